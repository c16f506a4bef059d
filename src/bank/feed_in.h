#pragma once
// The DC feed-in of Venus, switched off while it must be and on again afterwards. While it is on, Venus does not obey
// the charge current limit for solar chargers. Source: core/aggregation.md section 11.5.
#include "config/config.h"
#include "control/input.h"

namespace bmsd::bank {

class FeedIn {
  public:
    struct Input {
        Flag on;                // the setting of Venus; absent: not known
        bool stop = false;      // a cell lowers the voltage, or nothing may be charged
        bool balanced = false;  // the cells are close together
    };

    /// `switched_off`: what was stored.
    explicit FeedIn(bool switched_off = false) : off_by_us_(switched_off) {}
    /// What is to be written, if anything.
    Flag step(const Input& input, bool enabled, const control::Now& now);
    bool switched_off() const { return off_by_us_; }

  private:
    bool off_by_us_;
    bool confirmed_ = false;  // the setting was seen off since
    bool stopped_ = false;    // the last cycle had a reason to stop, and acted on it
    Number calm_since_;       // s steady
};

}  // namespace bmsd::bank
