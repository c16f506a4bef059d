#pragma once
// Decimal numbers: rounding to places, and digits appended to a text without allocating.
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "util/inline_text.h"

namespace bmsd {

/// Half away from zero.
inline double rounded(double value, int decimals)
{
    double scale = 1;
    for (int i = 0; i < decimals; ++i) scale *= 10;
    return std::round(value * scale) / scale;
}

template <std::size_t Capacity>
void append(InlineText<Capacity>& text, std::int64_t value)
{
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    text += std::string_view(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace bmsd
