#include "control/voltage_recovery.h"

#include "util/decimal.h"

namespace bmsd::control {

void VoltageRecovery::forget()
{
    stamp_.reset();
    ramp_start_.reset();
}

void VoltageRecovery::lowered(double now)
{
    stamp_ = now;
    ramp_start_.reset();
}

VoltageRecovery::Step VoltageRecovery::rise(const config::Config& config, double present, double target, double now)
{
    if (!stamp_) stamp_ = now;
    if (now - *stamp_ < static_cast<double>(config.cvl_recovery_hold_sec)) return {present, false};
    const double rate = config.cvl_recovery_rate_v_per_sec;
    if (!(rate > 0)) return {target, true};
    if (!ramp_start_) {
        ramp_start_ = now;
        base_ = present;
    }
    const double voltage = rounded(base_ + rate * (now - *ramp_start_), 6);
    if (voltage < target) return {voltage, true};
    ramp_start_ = now;  // a target that creeps up must not let the ramp run ahead of the voltage
    base_ = target;
    return {target, true};
}

}  // namespace bmsd::control
