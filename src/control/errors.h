#pragma once
// Internal errors and what they do to /ErrorCode. Source: core/alarms-and-errors.md section 2.
#include <array>

#include "control/input.h"

namespace bmsd::control {

inline constexpr std::int64_t too_many_errors = 8;
inline constexpr std::int64_t settings_invalid = 119;

/// Remembers when something was caught and survived: 180 of them within 3 hours are one too many.
class ErrorLog {
  public:
    void count(unsigned errors, const Now& now);
    /// In a cycle with a good read: lets the code go when the errors have become rare; looks once an hour.
    void review(const Now& now);
    void set_settings_invalid(bool invalid) { settings_invalid_ = invalid; }
    bool settings_are_invalid() const { return settings_invalid_; }
    /// Code 119 comes before 8 (RA2).
    Count code() const;

  private:
    static constexpr std::size_t capacity = 180;

    double oldest() const { return stamps_[next_]; }

    std::array<double, capacity> stamps_{};  // s, a ring
    std::size_t count_ = 0, next_ = 0;
    Number reviewed_at_;  // s
    bool too_many_ = false;
    bool settings_invalid_ = false;
};

}  // namespace bmsd::control
