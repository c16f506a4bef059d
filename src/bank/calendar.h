#pragma once
// Dates without a time zone: the caller knows what day it is here.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bmsd::bank {

struct Date {
    std::int32_t year = 0;
    std::uint8_t month = 1, day = 1;  // from 1

    bool operator==(const Date&) const = default;
};
/// "2026-07-04"; nullopt: none, or no such day.
std::optional<Date> read_date(std::string_view text);
std::string text(const Date& date);
/// Days from a to b, negative when b is earlier.
std::int64_t days_between(const Date& a, const Date& b);

}  // namespace bmsd::bank
