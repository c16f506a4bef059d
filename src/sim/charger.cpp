#include "sim/charger.h"

#include <algorithm>
#include <cmath>

namespace bmsd::sim {
namespace {

constexpr double least_voltage = 1;  // V, a battery with less is none

double towards(double value, double target, double rise, double fall)
{
    return std::clamp(target, value - fall, value + rise);
}

}  // namespace

double Charger::step(double dt, const Orders& orders, const Power& power, double voltage)
{
    look(dt, orders);
    const double volts = std::max(voltage, least_voltage);
    const double load = std::max(power.load, 0.0) / volts;
    const double charge_limit = seen_.may_charge ? seen_.charge_current.value_or(0) : 0;
    const double discharge_limit = seen_.may_discharge ? seen_.discharge_current.value_or(0) : 0;

    const double most = spec_.obeys_current ? charge_limit + load : power.supply / volts;
    const double wanted = std::min({power.supply / volts, most, regulated(volts)});
    supply_ = towards(supply_, std::max(wanted, 0.0), spec_.rise * dt, spec_.fall * dt);
    supply_ = std::min(supply_, std::max(power.supply, 0.0) / volts);  // no sun, no current
    const double drain = drained(dt, volts);
    return std::max(supply_ - load - drain, -discharge_limit);  // the inverter drops loads it may not serve
}

void Charger::look(double dt, const Orders& orders)
{
    since_look_ += dt;
    if (since_look_ < spec_.period) return;
    since_look_ = 0;
    const Number before = seen_.charge_voltage;
    seen_ = orders;
    const bool same = before && orders.charge_voltage && std::abs(*orders.charge_voltage - *before) < spec_.deadband;
    if (same) seen_.charge_voltage = before;
}

/// What the chargers give so that the battery comes to CVL; without CVL nothing.
double Charger::regulated(double voltage) const
{
    if (!seen_.charge_voltage) return 0;
    const double missing = *seen_.charge_voltage + spec_.voltage_error - voltage;
    return supply_ + spec_.gain * missing / spec_.resistance;
}

double Charger::drained(double dt, double voltage)
{
    if (!spec_.drains || !seen_.charge_voltage) {
        drain_ = 0;
        return 0;
    }
    const double surplus = voltage - *seen_.charge_voltage - spec_.voltage_error;
    const double wanted = surplus > spec_.deadband || drain_ > 0 ? drain_ + spec_.gain * surplus / spec_.resistance : 0;
    drain_ = towards(drain_, std::max(wanted, 0.0), spec_.rise * dt, spec_.fall * dt);
    return drain_;
}

}  // namespace bmsd::sim
