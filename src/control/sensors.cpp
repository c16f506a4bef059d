#include "control/sensors.h"

#include <algorithm>
#include <cmath>

namespace bmsd::control {
namespace {

constexpr double stale_after = 600;  // s (RD33)

void keep(Number& last, const Number& value)
{
    if (value && std::isfinite(*value)) last = value;
}

}  // namespace

SensorState SensorWatch::step(const config::Config& config, const Reading& reading, const Now& now)
{
    SensorState out;
    for (std::size_t i = 0; i < sensor_count; ++i) {
        Sensor& sensor = sensors_[i];
        const Number& value = reading.temperatures[i];
        if (value && std::isfinite(*value)) sensor = {value, now.steady, false};
        const auto& selected = config.temperature_source_battery;
        const bool counts = std::ranges::find(selected, static_cast<std::int64_t>(i + 1)) != selected.end();
        if (!counts || !sensor.last) continue;
        if (!out.coldest || *sensor.last < *out.coldest) out.coldest = sensor.last;
        if (!out.hottest || *sensor.last > *out.hottest) out.hottest = sensor.last;
        const bool stale = now.steady - sensor.at >= stale_after;
        out.stale = out.stale || stale;
        out.newly_stale = out.newly_stale || (stale && !sensor.stale);
        sensor.stale = stale;
    }
    keep(mosfet_, reading.mosfet);
    keep(soc_, reading.soc);
    out.mosfet = mosfet_;
    out.soc = soc_;
    return out;
}

}  // namespace bmsd::control
