#include "control/soc.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "util/decimal.h"

namespace bmsd::control {
namespace {

constexpr double longest_step = 60;     // s: over a longer gap the mean of both ends counts (RS4)
constexpr double empty_after = 60;      // s
constexpr double most_current = 1000;   // A, of the external sensor as of the BMS
constexpr double step_within = 60;      // s
constexpr double large_step = 5;        // % in that time
constexpr double empty_from_soc = 0.5;  // %

Number finite(const Number& value)
{
    return value && std::isfinite(*value) ? value : std::nullopt;
}

/// Linear between the points; beyond the ends the error of the end point stays (RS1), so an over-current stays visible.
double corrected(std::span<const double> reported, std::span<const double> measured, double value)
{
    const std::size_t count = reported.size();
    const bool falling = reported.front() > reported.back();
    const auto at = [&](std::size_t i) { return falling ? count - 1 - i : i; };
    const std::size_t first = at(0), last = at(count - 1);
    if (value <= reported[first]) return value + measured[first] - reported[first];
    if (value >= reported[last]) return value + measured[last] - reported[last];
    std::size_t i = count - 2;
    while (i > 0 && value < reported[at(i)]) --i;
    const double x0 = reported[at(i)], x1 = reported[at(i + 1)];
    const double y0 = measured[at(i)], y1 = measured[at(i + 1)];
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0);
}

Number from_bms(const config::Config& config, const Number& current)
{
    const auto& reported = config.current_reported_by_bms;
    const auto& measured = config.current_measured_by_user;
    if (!current || reported == measured || reported.size() < 2 || reported.size() != measured.size()) return current;
    return rounded(corrected(reported, measured, *current), 3);
}

}  // namespace

Number effective_current(const config::Config& config, const Input& input)
{
    if (input.telemetry == nullptr) return std::nullopt;
    const Telemetry& t = *input.telemetry;
    Number current = finite(input.external_current);
    if (current && std::abs(*current) > most_current) current.reset();
    current = current ? Number(rounded(*current, 3)) : from_bms(config, finite(t.current));
    if (!current) return std::nullopt;
    if (t.discharge_fet == false && *current < 0) return 0.0;
    if (t.charge_fet == false && *current > 0) return 0.0;
    return current;
}

Number SocCounter::step(const Reading& reading, const Now& now)
{
    const bool known = reading.capacity && *reading.capacity > 0;
    if (known) capacity_ = *reading.capacity;
    if (counting_) {
        integrate(reading, now);
        watch_step(now.steady);
        empty_rule(reading, now);
    } else if (known) {
        begin(reading, now);
        empty_rule(reading, now);
    }
    return known ? value() : reading.bms_soc;
}

void SocCounter::begin(const Reading& reading, const Now& now)
{
    const Number start = finite(start_) ? start_ : finite(reading.bms_soc);
    remaining_ = capacity_ * std::clamp(start.value_or(100), 0.0, 100.0) / 100;
    counting_ = true;
    start_.reset();
    last_time_ = now.steady;
    last_current_ = reading.current;
}

void SocCounter::integrate(const Reading& reading, const Now& now)
{
    if (!reading.current) return;  // the next known current closes the gap
    const double seconds = now.steady - last_time_;
    Number mean = reading.current;
    if (seconds > longest_step) {
        mean.reset();
        if (last_current_) mean = (*last_current_ + *reading.current) / 2;
    }
    if (mean) remaining_ += *mean * seconds / 3600;
    remaining_ = std::clamp(remaining_, 0.0, capacity_);
    last_time_ = now.steady;
    last_current_ = reading.current;
}

/// Held at the minimum for 60 s while discharging: empty, whatever has been counted (RS3: without a break).
void SocCounter::empty_rule(const Reading& reading, const Now& now)
{
    const double second = std::floor(now.steady);
    if (!reading.lowest_cell || *reading.lowest_cell > reading.empty_cell_voltage) {
        low_since_.reset();
    } else if (!low_since_ || reading.resumed || !reading.current || *reading.current >= 0) {
        low_since_ = second;
    } else if (second - *low_since_ > empty_after && value() > empty_from_soc) {
        remaining_ = 0;
        low_since_.reset();
        minute_since_.reset();
    }
}

/// A minute's counting; a reset (by the user, full, empty) begins a new one.
void SocCounter::watch_step(double now)
{
    const double soc = remaining_ / capacity_ * 100;
    stepped_ = minute_since_ && std::abs(soc - minute_soc_) > large_step;
    if (minute_since_ && !stepped_ && now - *minute_since_ < step_within) return;
    minute_since_ = now;
    minute_soc_ = soc;
}

void SocCounter::set(double percent)
{
    minute_since_.reset();
    start_ = percent;
    counting_ = false;
}

void SocCounter::fill()
{
    low_since_.reset();
    minute_since_.reset();
    if (counting_) {
        remaining_ = capacity_;
    } else {
        start_ = 100;
    }
}

Number SocCounter::value() const
{
    if (!counting_) return finite(start_);
    return rounded(std::clamp(remaining_ / capacity_ * 100, 0.0, 100.0), 3);
}

}  // namespace bmsd::control
