#include "control/errors.h"

#include <algorithm>

namespace bmsd::control {
namespace {

constexpr double span = 10800;         // s
constexpr double review_every = 3600;  // s

}  // namespace

void ErrorLog::count(unsigned errors, const Now& now)
{
    for (; errors > 0; --errors) {
        stamps_[next_] = now.steady;
        next_ = (next_ + 1) % capacity;
        count_ = std::min(count_ + 1, capacity);
        if (count_ == capacity && now.steady - oldest() <= span) too_many_ = true;
    }
}

void ErrorLog::review(const Now& now)
{
    if (!reviewed_at_) reviewed_at_ = now.steady;
    if (now.steady - *reviewed_at_ < review_every) return;
    reviewed_at_ = now.steady;
    if (count_ == capacity && now.steady - oldest() > span) too_many_ = false;
}

Count ErrorLog::code() const
{
    if (settings_invalid_) return settings_invalid;
    if (too_many_) return too_many_errors;
    return std::nullopt;
}

}  // namespace bmsd::control
