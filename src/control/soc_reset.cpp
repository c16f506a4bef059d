#include "control/soc_reset.h"

#include <cmath>

namespace bmsd::control {
namespace {

constexpr double day = 86400;          // s
constexpr double most_at_top = 86400;  // s

}  // namespace

bool SocReset::judge(const config::Config& config, const Now& now)
{
    const std::int64_t days = config.soc_reset_after_days.value_or(0);
    if (days <= 0) {
        cancel();
        return false;
    }
    stamp_when_clock_is_set(now);
    if (requested_ || now.wall < plausible_wall) return false;  // RD15: days are judged by a clock that is set
    const double age = std::floor(now.wall) - static_cast<double>(stamp_);
    if (stamp_ != 0 && !(age / day > static_cast<double>(days))) return false;
    requested_ = true;
    at_top_ = 0;
    return true;
}

bool SocReset::spent_at_top(double seconds, const Now& now)
{
    if (!requested_) return false;
    at_top_ += seconds;
    if (at_top_ <= most_at_top) return false;
    finish(now);
    return true;
}

void SocReset::finish(const Now& now)
{
    requested_ = false;
    reached_at_ = now.steady;
    stamp_when_clock_is_set(now);
}

void SocReset::stamp_when_clock_is_set(const Now& now)
{
    if (!reached_at_ || now.wall < plausible_wall) return;
    stamp_ = static_cast<std::int64_t>(std::floor(now.wall - (now.steady - *reached_at_)));
    reached_at_.reset();
}

}  // namespace bmsd::control
