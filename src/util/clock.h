#pragma once
// The two clocks: a steady one for every duration, the wall clock only for stamps that outlive the process.
#include <chrono>

namespace bmsd {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

constexpr double to_seconds(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}
constexpr Duration seconds(double value)
{
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

}  // namespace bmsd
