#pragma once
// Sensors that may not be fitted, whose place then reads a value that a sensor can read, too.
#include <array>

#include "model/telemetry.h"

namespace bmsd::bms {

/// A place that has never told anything but `filler` has no sensor; one that has may read that value later.
template <std::size_t places>
class Fitted {
  public:
    void keep(std::size_t place, Number& value, double filler = 0)
    {
        if (value && *value != filler) seen_[place] = true;
        if (!seen_[place]) value.reset();
    }

  private:
    std::array<bool, places> seen_{};
};

}  // namespace bmsd::bms
