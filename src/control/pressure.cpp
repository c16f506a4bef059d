#include "control/pressure.h"

#include <algorithm>

namespace bmsd::control {
namespace {

constexpr double patience = 30;              // s, with a cell that does not fall and with chargers that do not obey
constexpr double fall = 0.00025;             // V in a quarter of a minute; less is none
constexpr double excess_amperes = 2;         // A
constexpr double excess_share = 0.05;        // of the CCL
constexpr double fall_per_excess = 1;        // V/s for each volt that the highest cell is too high
constexpr double disobedience_fall = 0.010;  // V/s
constexpr double longest_step = 10;          // s
constexpr double furthest_below = 0.3;       // V below the pack while nothing flows
constexpr double no_charge = 0.15;           // A on average, up to that nothing flows
constexpr double real_charge = 0.5;          // A, no noise
constexpr double smoothing = 15;             // s

/// The mean of a current that may be noise around nothing; what is far from it counts as near.
Number smoothed(const Number& mean, const Number& current, double seconds)
{
    if (!current) return mean;
    const double near = std::clamp(*current, -1.0, 1.0);
    return mean ? *mean + (near - *mean) * std::min(seconds / smoothing, 1.0) : near;
}

}  // namespace

bool StallWatch::step(double highest, double limit, double now)
{
    if (highest <= limit) {
        *this = {};
        return false;
    }
    if (!over_since_) over_since_ = block_start_ = now;
    if (now - *block_start_ >= patience / 2 && count_ > 0) {
        const double mean = sum_ / count_;
        falling_ = last_mean_ && mean <= *last_mean_ - fall;
        last_mean_ = mean;
        block_start_ = now;
        sum_ = 0;
        count_ = 0;
    }
    sum_ += highest;
    ++count_;
    return now - *over_since_ >= patience && !falling_;
}

bool ObeyWatch::step(const Number& current, const Number& limit, double now)
{
    if (!current || !limit || *current <= *limit) {
        since_.reset();
        ignored_ = false;
        return false;
    }
    if (*current <= *limit + std::max(excess_amperes, excess_share * *limit)) {
        since_.reset();
        return ignored_;
    }
    if (!since_) since_ = now;
    ignored_ = ignored_ || now - *since_ >= patience;
    return ignored_;
}

void VoltagePressure::look(const Seen& seen, const Number& present)
{
    // a missing current counts as the last one: nothing may rise because nobody looks
    if (seen.current) last_current_ = seen.current;
    const Number mean = smoothed(seen_.current, last_current_, seen.seconds);
    seen_ = seen;
    seen_.current = mean;
    over_ = std::max(seen.highest - seen.cell_limit, 0.0);
    stalled_ = stall_.step(seen.highest, seen.cell_limit, seen.now) && seen.controller;
    ignored_ = obey_.step(last_current_, seen.ccl, seen.now);
    // on average, for noise is no charge; and now, for a charge that has stopped is none
    charging_ = !seen.current || (*mean > no_charge && *seen.current > no_charge);
    const bool charged = last_current_ && *last_current_ > real_charge;
    release_.reset();
    if (holds()) {
        held_ = true;
        if (charged && present) beyond_ = std::max(beyond_, seen.sum - *present);
    } else if (held_ && !charging_ && !charged) {
        held_ = false;
        release_ = seen.sum - beyond_;
    }
}

double VoltagePressure::press(double target, double present) const
{
    const double seconds = std::min(seen_.seconds, longest_step);
    const double start = std::min(present, seen_.sum);  // what is above the pack holds nobody back
    double pressed = present;
    if (stalled_) pressed = start - fall_per_excess * over_ * seconds;
    if (ignored_) pressed = std::min(pressed, start - disobedience_fall * seconds);
    pressed = std::max(pressed, floor(present));
    return holds() ? std::min(target, pressed) : target;
}

double VoltagePressure::floor(double present) const
{
    return charging_ ? 0 : std::min(present, seen_.sum - furthest_below);
}

}  // namespace bmsd::control
