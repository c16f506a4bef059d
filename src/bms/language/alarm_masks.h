#pragma once
// Alarm tables where one alarm has many bits: masks with levels, a row an alarm and byte.
//
//   constexpr AlarmMask rows[]{{Alarm::high_voltage, 0, 0x10, 0x20}, {Alarm::internal_failure, 4, 0, 0xFC}};
//   constexpr auto bits = alarm_bits_of<rows>;   // for AlarmWord; bit b of byte k is bit 8 k + b of the word
#include <bit>

#include "bms/language/field.h"

namespace bmsd::bms {

struct AlarmMask {
    Alarm alarm;
    std::uint8_t byte;
    std::uint8_t warning;  // each of these bits raises level 1
    std::uint8_t severe;   // each of these bits raises level 2
};

template <const auto& rows>
inline constexpr auto alarm_bits_of = [] {
    constexpr std::size_t count = [] {
        int all = 0;
        for (const AlarmMask& row : rows) all += std::popcount(row.warning) + std::popcount(row.severe);
        return static_cast<std::size_t>(all);
    }();
    std::array<AlarmBit, count> bits{};
    auto next = bits.begin();
    for (const AlarmMask& row : rows)
        for (unsigned bit = 0; bit < 8; ++bit) {
            const auto place = static_cast<std::uint8_t>(8 * row.byte + bit);
            if ((row.warning >> bit & 1) != 0) *next++ = {place, row.alarm, 1};
            if ((row.severe >> bit & 1) != 0) *next++ = {place, row.alarm, 2};
        }
    return bits;
}();

/// A word of eight bytes, bit 0 the lowest of the first.
inline constexpr Wire alarm_bytes{
    8, [](const std::uint8_t* data) { return static_cast<std::int64_t>(read_le(data, 8)); },
    [](std::uint8_t* data, std::int64_t raw) { write_le(data, 8, static_cast<std::uint64_t>(raw)); }, 0, 0};

}  // namespace bmsd::bms
