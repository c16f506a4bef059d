#include "sim/day.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bmsd::sim {
namespace {

constexpr double minute = 60;  // s

/// 0..1, the same for the same seed and number.
double chance(std::uint64_t seed, std::uint64_t number)
{
    std::uint64_t x = seed * 0x9E3779B97F4A7C15U + number + 0x632BE59BD9B4E019U;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27) * 0x94D049BB133111EBU;
    x ^= x >> 31;
    return static_cast<double>(x >> 11) * 0x1.0p-53;
}

}  // namespace

double Day::supply(double time) const
{
    const double angle = (time / spec_.length - 0.25) * 2 * std::numbers::pi;  // up at six, highest at noon
    const double height = std::sin(angle);
    const double sun = height > 0 ? spec_.peak * height * std::sqrt(height) * (1 - spec_.clouds * cloud(time)) : 0;
    return sun + spec_.mains;
}

/// 0..1: a cloud passes in minutes, from one value to the next without a step.
double Day::cloud(double time) const
{
    const double place = std::max(time, 0.0) / (3 * minute), whole = std::floor(place);
    const auto number = static_cast<std::uint64_t>(whole);
    const double from = chance(spec_.seed, number), to = chance(spec_.seed, number + 1);
    return from + (to - from) * (place - whole);
}

double Day::load(double time) const
{
    const auto number = static_cast<std::uint64_t>(std::max(time, 0.0) / minute);
    const bool burst = chance(spec_.seed + 1, number) < spec_.bursts;
    return spec_.base_load * (0.5 + chance(spec_.seed + 2, number)) + (burst ? spec_.burst_load : 0);
}

double Day::temperature(double time) const
{
    const double angle = (time / spec_.length - 10.0 / 24) * 2 * std::numbers::pi;  // warmest at four
    return spec_.mean_temperature + spec_.swing * std::sin(angle);
}

}  // namespace bmsd::sim
