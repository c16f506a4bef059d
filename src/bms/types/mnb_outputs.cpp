#include "bms/types/mnb_outputs.h"

#include <algorithm>
#include <cmath>

namespace bmsd::bms::mnb_board {
namespace {

constexpr unsigned charge_line = 2, load_line = 3, generator_line = 4, fan_line = 17;
constexpr double fan_on = 45, fan_off = 40;              // degC of the chip
constexpr double generator_on = 20, generator_off = 35;  // % of charge

/// Of a current limit, `distance` V from the last voltage.
double share(double distance)
{
    return distance < well_off_limit ? std::clamp(10 * (distance - near_limit), 0.0, 1.0) : 1.0;
}

}  // namespace

void Counter::count(Telemetry& t, const Extremes& cells, const config::Config& config, Instant now)
{
    if (last && t.current)
        remaining = std::clamp(remaining + *t.current * to_seconds(now - *last) / 3600, 0.0, capacity);
    if (t.current) last = now;  // else as after a failed poll: the next current stands for the gap
    if (cells.highest > config.max_cell_voltage - near_limit) remaining = capacity;
    if (cells.lowest < config.min_cell_voltage + near_limit) remaining = 0;
    t.capacity_remaining.reset();
    t.soc.reset();
    if (!t.current) return;
    t.capacity_remaining = remaining;
    t.soc = std::round(remaining / capacity * 10000) / 100;
}

void Outputs::decide(Telemetry& t, const Extremes& cells, const config::Config& config)
{
    const double above = config.max_cell_voltage - cells.highest, below = cells.lowest - config.min_cell_voltage;
    charge_ = above >= near_limit && (charge_ || above > well_off_limit);
    load_ = below >= near_limit && (load_ || below > well_off_limit);
    const double soc = t.soc.value_or(generator_ ? generator_on : generator_off);  // unknown: it stays as it is
    generator_ = soc < generator_on || !load_ || (generator_ && soc <= generator_off);
    fan_ = *t.temperatures[3] > fan_on || (fan_ && *t.temperatures[3] >= fan_off);
    t.charge_fet = charge_;
    t.discharge_fet = load_;
    t.max_charge_current = config.max_battery_charge_current * share(above);
    t.max_discharge_current = config.max_battery_discharge_current * share(below);
}

bool Outputs::drive(Channel& channel) const
{
    bool all = channel.drive(charge_line, charge_);
    all &= channel.drive(load_line, load_);
    all &= channel.drive(generator_line, generator_);
    all &= channel.drive(fan_line, fan_);
    return all;
}

void Outputs::all_off(Channel& channel)
{
    for (const unsigned line : {charge_line, load_line, generator_line, fan_line}) channel.drive(line, false);
}

}  // namespace bmsd::bms::mnb_board
