#include "control/sensors.h"

#include <algorithm>
#include <cmath>

namespace bmsd::control {
namespace {

constexpr double stale_after = 600;                 // s (RD33)
constexpr double coldest = -50, hottest = 150;      // degC, what a sensor can say
constexpr double jump = 20, jump_within = 5;        // K, s
constexpr double steady_band = 3, steady_for = 60;  // K, s
constexpr double lost_after = 10;                   // s without a word

void widen(SensorRange& range, const Number& value)
{
    if (!range.coldest || *value < *range.coldest) range.coldest = value;
    if (!range.hottest || *value > *range.hottest) range.hottest = value;
}

}  // namespace

Number SensorFilter::step(const Number& reading, double now)
{
    if (!reading) {
        steady_from_.reset();
        if (last_ && now - last_at_ >= lost_after) faulty_ = lost_ = true;
        return std::nullopt;
    }
    if (!(*reading >= coldest && *reading <= hottest)) {  // NaN is in no range
        steady_from_.reset();
        faulty_ = lost_ = last_.has_value();
        return std::nullopt;
    }
    const bool watched = last_ && (faulty_ || now - last_at_ <= jump_within);
    if (watched && std::abs(*reading - *last_) > jump) suspect_ = true;
    if (suspect_) {
        lost_ = true;
        if (!steady_from_ || std::abs(*reading - *steady_from_) > steady_band) {
            steady_from_ = reading;
            steady_since_ = now;
        }
        if (now - steady_since_ < steady_for) return std::nullopt;
        suspect_ = false;
    }
    steady_from_.reset();
    faulty_ = lost_ = false;
    last_ = reading;
    last_at_ = now;
    return reading;
}

bool SensorWatch::Sensor::hear(const Number& value, double now)
{
    if (value && std::isfinite(*value)) *this = {value, now, false};
    const bool before = stale;
    stale = last && now - at >= stale_after;
    return stale && !before;
}

SensorState SensorWatch::step(const config::Config& config, const Reading& reading, const Now& now)
{
    SensorState out;
    for (std::size_t i = 0; i < sensor_count; ++i) {
        Sensor& sensor = sensors_[i];
        const auto& selected = config.temperature_source_battery;
        const bool newly_stale = sensor.hear(reading.temperatures[i], now.steady);
        const bool counts = std::ranges::find(selected, static_cast<std::int64_t>(i + 1)) != selected.end();
        if (!counts || !sensor.last) continue;
        widen(out.all, sensor.last);
        if (!sensor.stale) widen(out.heard, sensor.last);
        out.stale = out.stale || sensor.stale;
        out.newly_stale = out.newly_stale || newly_stale;
    }
    const bool mosfet_newly_stale = mosfet_.hear(reading.mosfet, now.steady);
    out.newly_stale = out.newly_stale || mosfet_newly_stale;
    out.mosfet = mosfet_.last;
    out.mosfet_stale = mosfet_.stale;
    if (reading.soc && std::isfinite(*reading.soc)) soc_ = reading.soc;
    out.soc = soc_;
    return out;
}

}  // namespace bmsd::control
