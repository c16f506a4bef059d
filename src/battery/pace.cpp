#include "battery/pace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bmsd::battery {
namespace {

constexpr int patience = 5;
constexpr double longest_interval = 60;

}  // namespace

Instant Pace::after(Instant due, Instant now) const
{
    return std::max(due + interval_, now);
}

std::optional<std::string> Pace::took(Duration cycle)
{
    if (cycle <= interval_) {
        slow_ = 0;
        return std::nullopt;
    }
    ++slow_;
    const double present = to_seconds(interval_), needed = to_seconds(cycle);
    if (slow_ < 2) return std::nullopt;
    if (slow_ < patience)
        return fmt::format(
            "reading takes {:.2f} s, longer than the poll interval of {:.1f} s; {} more and the interval is raised",
            needed, present, patience - slow_);
    slow_ = 0;
    interval_ = seconds(std::min(longest_interval, std::ceil((needed + 0.05) * 2) / 2));
    return fmt::format("poll interval raised from {:.1f} s to {:.1f} s, since reading takes {:.2f} s", present,
                       to_seconds(interval_), needed);
}

}  // namespace bmsd::battery
