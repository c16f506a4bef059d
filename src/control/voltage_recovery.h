#pragma once
// A charge voltage that has been lowered comes back late and slowly. Source: core/charge-control.md section 5.3.
#include "config/config.h"
#include "model/telemetry.h"

namespace bmsd::control {

/// Times are whole seconds of the steady clock.
class VoltageRecovery {
  public:
    struct Step {
        double voltage;  // V
        bool ramping;    // false: still held
    };

    bool pending() const { return stamp_.has_value(); }
    /// Seconds since the last lowering, if one is pending.
    Number age(double now) const { return stamp_ ? Number(now - *stamp_) : std::nullopt; }
    void forget();
    /// The voltage has just been lowered, or must be held anew.
    void lowered(double now);
    /// Something else has lowered the voltage: a ramp begins again from where it is now.
    void interrupted() { ramp_start_.reset(); }
    /// From `present` on its way up to `target` > `present`.
    Step rise(const config::Config& config, double present, double target, double now);

  private:
    Number stamp_;       // s, the last lowering
    Number ramp_start_;  // s
    double base_ = 0;    // V, at the start of the ramp
};

}  // namespace bmsd::control
