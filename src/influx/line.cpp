#include "influx/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bmsd::influx {
namespace {

/// A backslash before each of `special`; line ends and control characters become spaces. One backslash at the end would
/// take the separator behind it with it: it goes.
void escape(std::string& to, std::string_view text, std::string_view special)
{
    while (text.ends_with('\\')) text.remove_suffix(1);
    for (char c : text) {
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
        if (special.find(c) != std::string_view::npos) to += '\\';
        to += c;
    }
}

}  // namespace

Point::Point(std::string_view measurement, std::vector<Tag> tags)
{
    escape(head_, measurement, ", ");
    std::ranges::sort(tags);
    for (const auto& [name, value] : tags) {
        std::string written;
        escape(written, value, ",= ");
        if (written.empty()) continue;
        head_ += ',';
        escape(head_, name, ",= ");
        head_ += '=' + written;
    }
}

void Point::begin(std::string_view name)
{
    if (!fields_.empty()) fields_ += ',';
    escape(fields_, name, ",= ");
    fields_ += '=';
}

Point& Point::field(std::string_view name, const Number& value, int decimals)
{
    if (!value || !std::isfinite(*value) || std::abs(*value) > 1e15) return *this;
    begin(name);
    std::string digits = fmt::format("{:.{}f}", *value, std::max(decimals, 1));
    while (digits.ends_with('0') && !digits.ends_with(".0")) digits.pop_back();
    fields_ += digits == "-0.0" ? "0.0" : digits;
    return *this;
}

Point& Point::field(std::string_view name, const Flag& value)
{
    if (!value) return *this;
    begin(name);
    fields_ += *value ? 't' : 'f';
    return *this;
}

Point& Point::field(std::string_view name, std::string_view text)
{
    begin(name);
    fields_ += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') fields_ += '\\';
        fields_ += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    fields_ += '"';
    return *this;
}

bool Point::append_to(std::string& lines, std::int64_t seconds) const
{
    if (fields_.empty()) return false;
    fmt::format_to(std::back_inserter(lines), "{} {} {}\n", head_, fields_, seconds);
    return true;
}

}  // namespace bmsd::influx
