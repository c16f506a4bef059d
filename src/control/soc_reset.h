#pragma once
// The raised voltage that is asked for every so many days to balance the top and to reset the SoC.
// Source: core/charge-control.md section 3.
#include "config/config.h"
#include "control/input.h"

namespace bmsd::control {

class SocReset {
  public:
    /// `stamp`: of the last reset, s since 1970, 0 = never.
    explicit SocReset(std::int64_t stamp) : stamp_(stamp) {}

    bool requested() const { return requested_; }
    std::int64_t stamp() const { return stamp_; }
    /// Once a good cycle. True when a request appears.
    bool judge(const config::Config& config, const Now& now);
    /// The pack has been at its normal maximum or above for `seconds` more. True when that is enough: the request ends
    /// although nothing got balanced (RD29).
    bool spent_at_top(double seconds, const Now& now);
    /// The reset is reached.
    void finish(const Now& now);
    void cancel() { requested_ = false; }
    /// Reached by a trip of the BMS. One cell was ahead then: that the cells are apart is no reason to charge again
    /// until they have come together (section 15, number 6).
    void tripped() { apart_ = true; }
    /// Whether that is why they are `apart`; to be asked in every cycle.
    bool left_apart(bool apart) { return apart_ = apart_ && apart; }

  private:
    void stamp_when_clock_is_set(const Now& now);

    std::int64_t stamp_;
    Number reached_at_;  // s steady: reached while the wall clock was not set
    bool requested_ = false;
    double at_top_ = 0;   // s, since the request
    bool apart_ = false;  // since a trip
};

}  // namespace bmsd::control
