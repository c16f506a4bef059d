#include "control/cells.h"

#include <algorithm>
#include <cmath>

#include "control/derived.h"
#include "util/decimal.h"

namespace bmsd::control {
namespace {

constexpr double gone_after = 60;        // s without any cell, and s until it is over (section 15, number 13)
constexpr double long_gone_after = 600;  // s, then the currents fall
constexpr int millivolts = 3;            // decimals

void widen(Number& lowest, Number& highest, const Number& low, const Number& high)
{
    if (low && (!lowest || *low < *lowest)) lowest = low;
    if (high && (!highest || *high > *highest)) highest = high;
}

}  // namespace

double CellState::excess(double limit) const
{
    double over = 0, highest_single = limit;
    if (single != nullptr) {
        for (const Number& cell : *single) {
            if (!cell || *cell <= limit) continue;
            over += *cell - limit;
            highest_single = std::max(highest_single, *cell);
        }
    }
    if (highest && *highest > highest_single) over += *highest - highest_single;  // only the BMS has seen it (RD27)
    return over;
}

CellState CellWatch::step(const config::Config& config, const Telemetry& telemetry, const Now& now)
{
    const Count& reported = telemetry.cell_count;
    if (reported && *reported >= 1 && *reported <= static_cast<std::int64_t>(max_cells) && *reported != count_) {
        if (count_ != 0) last_.clear();  // a change that has been verified (witness.h): those cells are no more
        count_ = *reported;
    }
    CellState out;
    out.count = count_;
    look_at_each(config, telemetry, out);
    const bool every_cell = out.complete;
    const bool any_extreme = usable(telemetry.min_cell_voltage, config.max_cell_voltage) ||
                             usable(telemetry.max_cell_voltage, config.max_cell_voltage);
    const bool extremes = look_at_extremes(config, telemetry, out);
    if (out.lowest && out.highest) out.diff = rounded(*out.highest - *out.lowest, millivolts);
    if (has_single_cells_) {
        out.single = &telemetry.cell_voltages;
        out.complete = every_cell;
        if (every_cell) out.sum = rounded(out.raw_sum, millivolts);
    } else {
        const Number& pack = telemetry.voltage;
        const bool known = pack && std::isfinite(*pack) && *pack >= 0;
        if (known) last_pack_ = pack;
        out.complete = known && extremes && out.count > 0;
        out.raw_sum = known ? *pack : 0;
        if (known) out.sum = rounded(*pack, millivolts);
    }
    const double second = std::floor(now.steady);
    if (judge_gone(out.lowest.has_value() || any_extreme, second)) {
        out.complete = false;
        out.all_gone = second - *gone_since_ >= long_gone_after;
    }
    return out;
}

CellState CellWatch::last_known() const
{
    CellState out;
    out.count = count_;
    for (const Number& cell : last_) widen(out.lowest, out.highest, cell, cell);
    widen(out.lowest, out.highest, last_lowest_, last_lowest_);
    widen(out.lowest, out.highest, {}, last_highest_);
    if (!has_single_cells_) {
        out.sum = last_pack_;
        out.raw_sum = last_pack_.value_or(0);
    } else {
        out.single = &last_;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count_); ++i) {
            const Number seen = i < last_.size() ? last_[i] : std::nullopt;
            out.raw_sum += seen.value_or(0);
        }
        out.sum = out.raw_sum;
    }
    if (out.sum) out.sum = rounded(*out.sum, millivolts);
    out.limiting_low = out.lowest;
    out.limiting_high = out.highest;
    return out;
}

/// True from a minute without any cell on, until one has been there for a minute.
bool CellWatch::judge_gone(bool any, double now)
{
    const bool were_there = has_single_cells_ || last_highest_ || last_lowest_;
    if (any) {
        if (!gone_since_) return false;
        if (!back_since_) back_since_ = now;
        if (now - *back_since_ < gone_after && *back_since_ - *gone_since_ >= gone_after) return true;
        gone_since_.reset();
        back_since_.reset();
        return false;
    }
    back_since_.reset();
    if (were_there && !gone_since_) gone_since_ = now;
    return gone_since_ && now - *gone_since_ >= gone_after;
}

void CellWatch::look_at_each(const config::Config& config, const Telemetry& telemetry, CellState& out)
{
    const Cells& cells = telemetry.cell_voltages;
    bool every = static_cast<std::int64_t>(cells.size()) == out.count && out.count > 0;
    if (last_.size() < cells.size()) last_.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const Number cell = usable(cells[i], config.max_cell_voltage);
        if (!cell) {
            every = false;
            continue;
        }
        has_single_cells_ = true;
        last_[i] = cell;
        out.raw_sum += *cell;
        widen(out.lowest, out.highest, cell, cell);
    }
    for (const Number& cell : last_) widen(out.limiting_low, out.limiting_high, cell, cell);
    out.complete = every;
}

/// True: this reading has both. A lowest one above the highest is nonsense; it counts as a cell, so that it lowers.
bool CellWatch::look_at_extremes(const config::Config& config, const Telemetry& telemetry, CellState& out)
{
    const Number lowest = usable(telemetry.min_cell_voltage, config.max_cell_voltage);
    const Number highest = usable(telemetry.max_cell_voltage, config.max_cell_voltage);
    if (lowest) last_lowest_ = lowest;
    if (highest) last_highest_ = highest;
    widen(out.lowest, out.highest, lowest, lowest);
    widen(out.lowest, out.highest, {}, has_single_cells_ ? last_highest_ : highest);  // section 14, number 6
    widen(out.limiting_low, out.limiting_high, last_lowest_, last_lowest_);
    widen(out.limiting_low, out.limiting_high, {}, last_highest_);
    return lowest && highest;
}

}  // namespace bmsd::control
