#pragma once
// When the next cycle is due. A battery whose reads take longer than the interval gets a longer one, once and for all.
// Source: core/lifecycle.md section 5, "Slow BMS".
#include <optional>
#include <string>

#include "util/clock.h"

namespace bmsd::battery {

class Pace {
  public:
    explicit Pace(Duration interval) : interval_(interval) {}
    Duration interval() const { return interval_; }
    /// The deadline after `due`, given that its cycle ended at `now`: one interval later, or at once when that has
    /// passed; cycles that did not fit are left out, never queued.
    Instant after(Instant due, Instant now) const;
    /// Takes the length of a cycle; returns a warning for the log where there is one to give.
    std::optional<std::string> took(Duration cycle);

  private:
    Duration interval_;
    int slow_ = 0;  // in a row
};

}  // namespace bmsd::battery
