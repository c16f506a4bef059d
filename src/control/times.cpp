#include "control/times.h"

#include <algorithm>
#include <cmath>

#include "util/decimal.h"
#include "util/duration_text.h"

namespace bmsd::control {
namespace {

constexpr double least_current = 0.1;                       // A, for a time to go
constexpr double least_interval = 5;                        // s
constexpr std::int64_t keep_charged = 9;                    // BatteryLife/State: no discharge at all
constexpr std::int64_t without_battery_life[]{10, 11, 12};  // BatteryLife/State

/// How fast and in which direction the SoC goes, from the average current alone (RS8).
struct Pace {
    double rate = 0;  // % per s, >= 0
    bool charging = false;

    /// Seconds from `soc` to `target`, whole; negative when it lies behind. Absent when there is no way.
    Count seconds(double soc, double target) const
    {
        const double distance = charging ? target - soc : soc - target;
        if (rate <= 0 || distance == 0) return std::nullopt;
        return static_cast<std::int64_t>(distance / rate);
    }
};

void set_text(TimeToSoc& point, const Count& seconds, std::int64_t type)
{
    point.text.clear();
    if (!seconds) return;
    if (type != 2) append(point.text, *seconds);
    if (type == 2) point.text += short_duration(*seconds);
    if (type == 3) {
        point.text += " [";
        point.text += short_duration(*seconds);
        point.text += "]";
    }
}

}  // namespace

Number CurrentAverage::add(const Number& current)
{
    if (!current) return std::nullopt;
    sum_ += *current - values_[next_];
    values_[next_] = *current;
    next_ = (next_ + 1) % window;
    count_ = std::min(count_ + 1, window);
    if (next_ == 0) {  // once a round: what the subtractions left behind goes
        sum_ = 0;
        for (const double value : values_) sum_ += value;
    }
    return rounded(sum_ / static_cast<double>(count_), 2);
}

double discharge_floor(const EssSettings& ess, double soc_low_warning)
{
    const bool optimised = ess.hub4_mode == 1 || ess.hub4_mode == 2;
    const bool readable = ess.battery_life_state && ess.minimum_soc_limit && ess.soc_limit;
    if (!optimised || !readable || ess.battery_life_state == keep_charged) return soc_low_warning;
    const bool minimum =
        std::ranges::find(without_battery_life, *ess.battery_life_state) != std::end(without_battery_life);
    return std::trunc(minimum ? *ess.minimum_soc_limit : *ess.soc_limit);
}

void Times::configure(const config::Config& config)
{
    to_soc_.clear();
    for (const auto percent : config.time_to_soc_points) {
        to_soc_.push_back({.percent = static_cast<int>(percent), .text = {}});
    }
    forget();
}

void Times::step(const config::Config& config, const Reading& reading, const EssSettings& ess, const Now& now)
{
    const bool wanted = config.time_to_go_enable || !config.time_to_soc_points.empty();
    const bool possible = reading.soc && reading.capacity && *reading.capacity > 0;
    if (!wanted || reading.lost || !possible) return forget();
    if (!reading.average) return;
    const double interval = std::max(least_interval, static_cast<double>(config.time_to_soc_recalculate_every));
    if (evaluated_at_ && now.steady - *evaluated_at_ < interval) return;
    evaluated_at_ = now.steady;
    evaluate(config, reading, ess);
}

void Times::forget()
{
    evaluated_at_.reset();
    to_go_.reset();
    for (TimeToSoc& point : to_soc_) point.text.clear();
}

void Times::evaluate(const config::Config& config, const Reading& reading, const EssSettings& ess)
{
    const double average = *reading.average;
    const Pace pace{std::abs(average) / (*reading.capacity / 100) / 3600, average >= 0};
    to_go_.reset();
    if (config.time_to_go_enable && std::abs(average) > least_current) {
        const double target = pace.charging ? 100 : discharge_floor(ess, config.soc_low_warning);
        const Count seconds = pace.seconds(*reading.soc, target);
        if (seconds > 0) to_go_ = seconds;
    }
    for (TimeToSoc& point : to_soc_) {
        Count seconds = pace.seconds(*reading.soc, point.percent);
        const bool behind = pace.charging ? point.percent < *reading.soc : point.percent > *reading.soc;
        if (behind && !config.time_to_soc_inc_from) seconds.reset();
        set_text(point, seconds, config.time_to_soc_value_type);
    }
}

void Times::fill(Derived& out) const
{
    out.time_to_go = to_go_;
    out.time_to_soc = to_soc_;
}

}  // namespace bmsd::control
