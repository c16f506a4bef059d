#include "bank/calendar.h"

#include <fmt/format.h>

#include <chrono>

#include "config/text.h"

namespace bmsd::bank {
namespace {

std::chrono::year_month_day ymd(const Date& date)
{
    return {std::chrono::year(date.year), std::chrono::month(date.month), std::chrono::day(date.day)};
}

}  // namespace

std::optional<Date> read_date(std::string_view text)
{
    const auto parts = config::split(text, '-');
    if (parts.size() != 3) return std::nullopt;
    const auto year = config::parse_int(parts[0]), month = config::parse_int(parts[1]),
               day = config::parse_int(parts[2]);
    const bool fits =
        year && month && day && *year >= 1970 && *year < 10000 && *month > 0 && *month < 13 && *day > 0 && *day < 32;
    if (!fits) return std::nullopt;
    const Date date{static_cast<std::int32_t>(*year), static_cast<std::uint8_t>(*month),
                    static_cast<std::uint8_t>(*day)};
    return ymd(date).ok() ? std::optional(date) : std::nullopt;
}

std::string text(const Date& date)
{
    return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::int64_t days_between(const Date& a, const Date& b)
{
    return (std::chrono::sys_days(ymd(b)) - std::chrono::sys_days(ymd(a))).count();
}

}  // namespace bmsd::bank
