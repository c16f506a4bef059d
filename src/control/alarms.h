#pragma once
// Alarm levels as published. Source: core/alarms-and-errors.md section 1.
#include "control/input.h"

namespace bmsd::control {

/// What the battery has said so far: a level that is not read in a cycle keeps its last value.
class AlarmLevels {
  public:
    /// After a good read.
    void read(const Alarms& alarms);
    const Alarms& present() const { return present_; }

  private:
    Alarms present_;
};

/// While a SoC reset charge is requested and for 30 minutes after it the high voltage is meant to be: warnings are not
/// shown then, alarms are (RA1).
struct Hiding {
    bool soc_reset_requested = false;
    double soc_reset_reached = 0;  // s since 1970, 0 = never
};

/// With a calculated SoC the low SoC alarm of the BMS says nothing.
Alarms published_alarms(const Alarms& present, const Hiding& hiding, bool soc_calculation, const Now& now);

}  // namespace bmsd::control
