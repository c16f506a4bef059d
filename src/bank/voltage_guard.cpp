#include "bank/voltage_guard.h"

#include <algorithm>

namespace bmsd::bank {
namespace {

constexpr double ignored_after = 30;      // s
constexpr double ignored_margin = 2;      // A, or
constexpr double ignored_share = 0.05;    // of the limit
constexpr double ignored_rate = 0.010;    // V/s
constexpr double not_falling_after = 30;  // s
constexpr double excess_rate = 0.1;       // 1/s: 20 mV over lowers the bank by 2 mV a second
constexpr double longest_step = 10;       // s
constexpr double below_voltage = 0.3;     // V, windup
constexpr double noise = 0.0005;          // V

double sum_of_excess(const Values& values, double limit)
{
    double sum = 0;
    for (const Number& cell : values.cells) {
        if (cell) sum += std::max(0.0, *cell - limit);
    }
    const Number& highest = values[Item::max_cell];
    return sum > 0 || !highest ? sum : std::max(0.0, *highest - limit);
}

}  // namespace

CellsOver cells_over(const Crew& crew, const Number& limit)
{
    CellsOver out;
    for (const Unit& unit : crew.units) {
        const Values& v = unit.member->values;
        const bool floats = unit.member->mode.is != ChargeMode::Class::charging;
        const Number own = limit ? limit : floats ? v[Item::max_cell_charge_voltage] : std::nullopt;
        if (!own || !v[Item::max_cell] || *v[Item::max_cell] <= *own + noise) continue;
        if (*v[Item::max_cell] - *own > out.excess) {
            out.excess = *v[Item::max_cell] - *own;
            out.highest = *v[Item::max_cell];
        }
        const Number& sum = v[Item::cell_sum] ? v[Item::cell_sum] : v[Item::voltage];
        if (!sum) continue;
        const double bound = *sum - sum_of_excess(v, *own);
        out.bound = out.bound ? std::min(*out.bound, bound) : bound;
    }
    return out;
}

/// More than the limit for 30 s; from then on until it is no more than the limit.
bool VoltageGuard::is_ignored(const Input& input, const control::Now& now)
{
    if (!input.current || !input.limit) return ignored_ = false;
    const double margin = std::max(ignored_margin, ignored_share * *input.limit);
    if (*input.current <= *input.limit + (ignored_ ? 0 : margin)) {
        ignored_since_.reset();
        return ignored_ = false;
    }
    if (!ignored_since_) ignored_since_ = now.steady;
    ignored_ = ignored_ || now.steady - *ignored_since_ >= ignored_after;
    return ignored_;
}

double VoltageGuard::pull_down(const Input& input, bool ignored, double dt, const control::Now& now)
{
    const CellsOver& over = input.over;
    double out = std::min(held_.value_or(*input.target), *input.target);
    if (over.excess > 0) {
        if (over.bound) out = std::min(out, *over.bound);
        if (!fallen_at_ || over.highest < highest_ - noise) {
            fallen_at_ = now.steady;
            highest_ = over.highest;
        } else if (now.steady - *fallen_at_ >= not_falling_after) {
            out -= over.excess * excess_rate * dt;
        }
    }
    if (ignored) out = std::min(out, input.voltage.value_or(out)) - ignored_rate * dt;
    Number floor = input.floor;
    const bool charging = input.current && *input.current > 0;
    if (input.voltage && !charging) floor = std::max(floor.value_or(0), *input.voltage - below_voltage);
    // the floor stops the fall, it lifts nothing above what asks for less
    return std::min(*input.target, std::max(out, floor.value_or(out)));
}

VoltageGuard::Result VoltageGuard::step(const Input& input, const config::Config& config, const control::Now& now)
{
    const double dt = last_ ? std::clamp(now.steady - *last_, 0.0, longest_step) : 0;
    last_ = now.steady;
    const bool over = input.over.excess > 0, ignored = is_ignored(input, now);
    if (!over) fallen_at_.reset();
    if (!input.target) return {std::nullopt, over, ignored};
    if (over || ignored) {
        held_ = pull_down(input, ignored, dt, now);
        cause_ = true;
        recovery_.lowered(now.steady);
        return {held_, over, ignored};
    }
    if (!held_) return {input.target, false, false};
    if (cause_ && input.voltage) held_ = std::max(*held_, std::min(*input.target, *input.voltage));
    cause_ = false;
    if (*held_ >= *input.target) {
        held_.reset();
        recovery_.forget();
        return {input.target, false, false};
    }
    held_ = recovery_.rise(config, *held_, *input.target, now.steady).voltage;
    return {held_, false, false};
}

}  // namespace bmsd::bank
