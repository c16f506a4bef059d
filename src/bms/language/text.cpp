#include "bms/language/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace bmsd::bms {

std::string_view as_text(ByteView bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<double> leading_number(std::string_view text)
{
    std::string number;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i] == ',' ? '.' : text[i];
        const bool fits = (c >= '0' && c <= '9') || c == '.' || (i == 0 && (c == '-' || c == '+'));
        if (!fits) break;
        if (!(i == 0 && c == '+')) number += c;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end == number.data()) return std::nullopt;
    return value;
}

std::optional<double> number(std::string_view text)
{
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return std::nullopt;
    text = text.substr(first, text.find_last_not_of(blanks) - first + 1);
    const auto digits = text.substr(text[0] == '-' || text[0] == '+' ? 1 : 0);
    if (digits.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
    if (std::count(digits.begin(), digits.end(), '.') > 1) return std::nullopt;
    return leading_number(text);
}

std::optional<int> whole_number(std::string_view text)
{
    const auto value = number(text);
    if (!value || text.find('.') != std::string_view::npos || std::abs(*value) > 1e6) return std::nullopt;
    return static_cast<int>(*value);
}

std::vector<std::string_view> split(std::string_view line)
{
    std::vector<std::string_view> fields;
    for (;;) {
        const auto comma = line.find(',');
        fields.push_back(line.substr(0, comma));
        if (comma == std::string_view::npos) return fields;
        line.remove_prefix(comma + 1);
    }
}

}  // namespace bmsd::bms
