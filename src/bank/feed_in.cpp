#include "bank/feed_in.h"

namespace bmsd::bank {
namespace {

constexpr double calm_for = 10;  // s

}  // namespace

Flag FeedIn::step(const Input& input, bool enabled, const control::Now& now)
{
    if (!enabled) {
        const bool restore = off_by_us_;
        off_by_us_ = confirmed_ = false;
        return restore ? Flag(true) : std::nullopt;
    }
    if (off_by_us_ && input.on == false) confirmed_ = true;
    if (off_by_us_ && confirmed_ && input.on == true) off_by_us_ = confirmed_ = false;  // the user has switched it on
    const bool begins = input.stop && !stopped_;
    stopped_ = input.stop && (stopped_ || input.on);
    if (input.stop) {
        calm_since_.reset();
        if (!begins || input.on != true) return std::nullopt;
        off_by_us_ = true;
        return false;
    }
    if (!off_by_us_ || !input.balanced) {
        calm_since_.reset();
        return std::nullopt;
    }
    if (!calm_since_) calm_since_ = now.steady;
    if (now.steady - *calm_since_ < calm_for) return std::nullopt;
    off_by_us_ = confirmed_ = false;
    return true;
}

}  // namespace bmsd::bank
