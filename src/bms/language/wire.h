#pragma once
// How a number travels: size and both directions of each wire type, once. A protocol with a kind of its own adds a
// Wire.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "util/bytes.h"

namespace bmsd::bms {

struct Wire {
    std::uint8_t size;  // bytes
    std::int64_t (*get)(const std::uint8_t* data);
    void (*put)(std::uint8_t* data, std::int64_t raw);
    std::int64_t least, most;  // what it can carry
};

namespace detail {

template <class T, bool BigEndian, std::size_t Size = sizeof(T)>
constexpr std::int64_t get_integer(const std::uint8_t* data)
{
    return static_cast<std::int64_t>(static_cast<T>(BigEndian ? read_be(data, Size) : read_le(data, Size)));
}

template <class T, bool BigEndian, std::size_t Size = sizeof(T)>
constexpr void put_integer(std::uint8_t* data, std::int64_t raw)
{
    BigEndian ? write_be(data, Size, static_cast<std::uint64_t>(raw))
              : write_le(data, Size, static_cast<std::uint64_t>(raw));
}

template <class T, bool BigEndian>
constexpr Wire integer()
{
    return {sizeof(T), get_integer<T, BigEndian>, put_integer<T, BigEndian>,
            static_cast<std::int64_t>(std::numeric_limits<T>::min()),
            static_cast<std::int64_t>(std::numeric_limits<T>::max())};
}

/// Two words of 16 bits, each most significant byte first, the low word before the high one.
template <class T>
constexpr std::int64_t get_word_pair(const std::uint8_t* data)
{
    return static_cast<T>(read_be(data, 2) | read_be(data + 2, 2) << 16);
}

template <class T>
constexpr void put_word_pair(std::uint8_t* data, std::int64_t raw)
{
    write_be(data, 2, static_cast<std::uint64_t>(raw));
    write_be(data + 2, 2, static_cast<std::uint64_t>(raw) >> 16);
}

template <class T>
constexpr Wire word_pair()
{
    return {sizeof(T), get_word_pair<T>, put_word_pair<T>, static_cast<std::int64_t>(std::numeric_limits<T>::min()),
            static_cast<std::int64_t>(std::numeric_limits<T>::max())};
}

}  // namespace detail

inline constexpr Wire u8 = detail::integer<std::uint8_t, true>();
inline constexpr Wire i8 = detail::integer<std::int8_t, true>();
inline constexpr Wire u16be = detail::integer<std::uint16_t, true>();
inline constexpr Wire i16be = detail::integer<std::int16_t, true>();
inline constexpr Wire u32be = detail::integer<std::uint32_t, true>();
inline constexpr Wire i32be = detail::integer<std::int32_t, true>();
inline constexpr Wire u16le = detail::integer<std::uint16_t, false>();
inline constexpr Wire i16le = detail::integer<std::int16_t, false>();
inline constexpr Wire u32le = detail::integer<std::uint32_t, false>();
inline constexpr Wire i32le = detail::integer<std::int32_t, false>();
inline constexpr Wire u32be_low_first = detail::word_pair<std::uint32_t>();
inline constexpr Wire i32be_low_first = detail::word_pair<std::int32_t>();
namespace detail {

/// Unsigned, of a size that no integer type has.
template <std::size_t Size, bool BigEndian>
constexpr Wire odd_size()
{
    return {Size, get_integer<std::uint64_t, BigEndian, Size>, put_integer<std::uint64_t, BigEndian, Size>, 0,
            static_cast<std::int64_t>((std::uint64_t{1} << 8 * Size) - 1)};
}

}  // namespace detail

inline constexpr Wire u24be = detail::odd_size<3, true>();
inline constexpr Wire u24le = detail::odd_size<3, false>();
inline constexpr Wire i24le{3, [](const std::uint8_t* data) { return (u24le.get(data) ^ 0x800000) - 0x800000; },
                            u24le.put, -0x800000, 0x7FFFFF};
inline constexpr Wire u48be = detail::odd_size<6, true>();
/// Bits, not a number: beyond 2^63 what get() tells is to be read as unsigned.
inline constexpr Wire bits64le{8, detail::get_integer<std::uint64_t, false, 8>,
                               detail::put_integer<std::uint64_t, false, 8>, std::numeric_limits<std::int64_t>::min(),
                               std::numeric_limits<std::int64_t>::max()};

/// What the wires of floating point numbers give for NaN and infinity.
inline constexpr std::int64_t not_a_number = std::numeric_limits<std::int64_t>::min();

/// A floating point number of 32 bits (IEEE 754), as steps of 1 / `Steps`.
template <int Steps, bool BigEndian>
inline constexpr Wire f32{4,
                          [](const std::uint8_t* data) {
                              const auto bits =
                                  static_cast<std::uint32_t>(BigEndian ? read_be(data, 4) : read_le(data, 4));
                              const double steps = static_cast<double>(std::bit_cast<float>(bits)) * Steps;
                              return std::abs(steps) < 1e15 ? std::int64_t{std::llround(steps)} : not_a_number;
                          },
                          [](std::uint8_t* data, std::int64_t raw) {
                              const auto value = static_cast<float>(static_cast<double>(raw) / Steps);
                              const auto bits = std::bit_cast<std::uint32_t>(value);
                              BigEndian ? write_be(data, 4, bits) : write_le(data, 4, bits);
                          },
                          -1'000'000'000, 1'000'000'000};

}  // namespace bmsd::bms
