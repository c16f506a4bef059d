#include "bank/charge_counter.h"

#include <algorithm>

namespace bmsd::bank {
namespace {

constexpr double longest_step = 60;  // s
constexpr int cycles_for_reset = 5;

}  // namespace

void ChargeCounter::step(const Input& input, const config::Config& config, const control::Now& now)
{
    const double dt = last_ ? std::clamp(now.steady - *last_, 0.0, longest_step) : 0;
    last_ = now.steady;
    if (!charge_) charge_ = input.start;
    if (!charge_ || !input.capacity || *input.capacity <= 0) return;
    count(input, config, dt);
    reset(input, config);
    charge_ = std::clamp(*charge_, 0.0, *input.capacity);
}

void ChargeCounter::count(const Input& input, const config::Config& config, double dt)
{
    if (!input.current) return;
    const double efficiency = *input.current > 0 ? config.aggregate_battery_efficiency : 1;
    *charge_ += *input.current * efficiency * dt / 3600;
}

void ChargeCounter::reset(const Input& input, const config::Config& config)
{
    const bool own = config.aggregate_charge_control == "own";
    const Number &low = input.lowest_cell, &high = input.highest_cell;
    const bool full =
        own ? input.voltage && input.cells && *input.voltage >= *input.cells * config.aggregate_balancing_voltage
            : high && *high >= config.aggregate_max_cell_voltage_soc_full;
    const double least = own ? config.aggregate_min_cell_voltage : config.aggregate_min_cell_voltage_soc_empty;
    const bool empty = config.aggregate_zero_soc && low && *low <= least;
    full_ = full ? full_ + 1 : 0;
    empty_ = empty ? empty_ + 1 : 0;
    if (full_ >= cycles_for_reset) charge_ = input.capacity;
    if (empty_ >= cycles_for_reset) charge_ = 0;
}

}  // namespace bmsd::bank
