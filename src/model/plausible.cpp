#include "model/plausible.h"

#include <algorithm>
#include <array>

namespace bmsd {
namespace {

struct Range {
    Number Telemetry::*member;
    double least, most;
    std::string_view reason;
    bool needed = false;  // no reading without it

    bool holds(const Number& value) const { return !value || (*value >= least && *value <= most); }  // NaN does not
};

constexpr Range ranges[]{
    {&Telemetry::capacity, 0, 5000, "capacity outside 0 to 5000 Ah"},
    {&Telemetry::current, -1000, 1000, "current outside -1000 to 1000 A"},
    {&Telemetry::voltage, 0, 100, "voltage outside 0 to 100 V", true},
    {&Telemetry::soc, 0, 100, "SoC outside 0 to 100 %"},
};
constexpr double least_soc = -5, most_soc = 110;  // a BMS that counts a little too far

constexpr Range sensor_range{nullptr, -50, 150, "sensor outside -50 to 150 degC"};
constexpr unsigned sensor_bit = std::size(ranges);

bool void_sensor(Number& sensor)
{
    if (sensor_range.holds(sensor)) return false;
    sensor.reset();
    return true;
}

}  // namespace

std::string_view implausible(const Telemetry& telemetry)
{
    for (const Range& range : ranges)
        if (!range.holds(telemetry.*range.member)) return range.reason;
    return {};
}

std::string_view impossible(const Telemetry& telemetry)
{
    for (const Range& range : ranges)
        if (range.needed && !range.holds(telemetry.*range.member)) return range.reason;
    return {};
}

std::uint32_t sift(Telemetry& telemetry)
{
    std::uint32_t voided = 0;
    if (telemetry.soc && *telemetry.soc >= least_soc && *telemetry.soc <= most_soc)
        telemetry.soc = std::clamp(*telemetry.soc, 0.0, 100.0);
    for (unsigned i = 0; i < std::size(ranges); ++i) {
        Number& value = telemetry.*ranges[i].member;
        if (ranges[i].needed || ranges[i].holds(value)) continue;
        value.reset();
        voided |= 1U << i;
    }
    bool sensor = void_sensor(telemetry.temperature_mosfet);
    sensor = void_sensor(telemetry.temperature_ambient) || sensor;
    sensor = void_sensor(telemetry.temperature_balancer) || sensor;
    for (Number& one : telemetry.temperatures) sensor |= void_sensor(one);
    for (Number& one : telemetry.cell_temperatures) sensor |= void_sensor(one);
    if (sensor) voided |= 1U << sensor_bit;
    return voided;
}

std::string_view sifted_text(unsigned bit)
{
    return bit < std::size(ranges) ? ranges[bit].reason : sensor_range.reason;
}

}  // namespace bmsd
