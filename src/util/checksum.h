#pragma once
// Every checksum the protocols use, each once. All are pure and constexpr.
#include "util/bytes.h"

namespace bmsd::checksum {

#ifdef BMSD_FUZZ
/// In a build for fuzzing every checksum is right, so that an input reaches what lies behind the check.
template <class T>
struct Sum {
    T value;
    constexpr operator T() const { return value; }  // NOLINT: it stands for the number
    template <class U>
    friend constexpr bool operator==(const Sum&, const U&)
    {
        return true;
    }
};
#else
template <class T>
using Sum = T;
#endif

/// Sum of the bytes modulo 256.
constexpr Sum<std::uint8_t> sum8(ByteView bytes)
{
    std::uint8_t sum = 0;
    for (const auto byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
    return Sum<std::uint8_t>{sum};
}

/// Sum of the bytes modulo 65536.
constexpr Sum<std::uint16_t> sum16(ByteView bytes)
{
    std::uint16_t sum = 0;
    for (const auto byte : bytes) sum = static_cast<std::uint16_t>(sum + byte);
    return Sum<std::uint16_t>{sum};
}

/// Two's complement of sum16: added to the bytes it gives 0 modulo 65536 (JBD; the ASCII frames over their characters).
constexpr Sum<std::uint16_t> negated_sum16(ByteView bytes)
{
    return Sum<std::uint16_t>{static_cast<std::uint16_t>(-sum16(bytes))};
}

/// Exclusive or of the bytes.
constexpr Sum<std::uint8_t> xor8(ByteView bytes)
{
    std::uint8_t sum = 0;
    for (const auto byte : bytes) sum = static_cast<std::uint8_t>(sum ^ byte);
    return Sum<std::uint8_t>{sum};
}

/// CRC of `Width` bits, least significant bit first, with a reflected polynomial.
template <class T>
constexpr T crc_reflected(ByteView bytes, T start, T polynomial)
{
    T crc = start;
    for (const auto byte : bytes) {
        crc = static_cast<T>(crc ^ byte);
        for (int bit = 0; bit < 8; ++bit) crc = static_cast<T>(crc & 1 ? crc >> 1 ^ polynomial : crc >> 1);
    }
    return crc;
}

/// CRC-8, polynomial 07, start 00, most significant bit first.
constexpr Sum<std::uint8_t> crc8(ByteView bytes)
{
    std::uint8_t crc = 0;
    for (const auto byte : bytes) {
        crc = static_cast<std::uint8_t>(crc ^ byte);
        for (int bit = 0; bit < 8; ++bit) crc = static_cast<std::uint8_t>(crc & 0x80 ? crc << 1 ^ 0x07 : crc << 1);
    }
    return Sum<std::uint8_t>{crc};
}

/// CRC-8/MAXIM: polynomial 31, start 00, least significant bit first.
constexpr Sum<std::uint8_t> crc8_maxim(ByteView bytes)
{
    return Sum<std::uint8_t>{crc_reflected<std::uint8_t>(bytes, 0x00, 0x8C)};
}

/// CRC-16/XMODEM: polynomial 1021, start 0000, most significant bit first.
constexpr Sum<std::uint16_t> crc16_xmodem(ByteView bytes)
{
    std::uint16_t crc = 0;
    for (const auto byte : bytes) {
        crc = static_cast<std::uint16_t>(crc ^ byte << 8);
        for (int bit = 0; bit < 8; ++bit) crc = static_cast<std::uint16_t>(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return Sum<std::uint16_t>{crc};
}

/// CRC-16/MODBUS; sent low byte first.
constexpr Sum<std::uint16_t> crc16_modbus(ByteView bytes)
{
    return Sum<std::uint16_t>{crc_reflected<std::uint16_t>(bytes, 0xFFFF, 0xA001)};
}

/// Appends the CRC-16/MODBUS of what is there.
inline void append_crc16_modbus(Bytes& bytes)
{
    const auto crc = crc16_modbus(bytes);
    bytes.insert(bytes.end(), {static_cast<std::uint8_t>(crc), static_cast<std::uint8_t>(crc >> 8)});
}

/// Whether the last two bytes are the CRC-16/MODBUS of those before.
constexpr bool crc16_modbus_fits(ByteView bytes)
{
    return bytes.size() > 2 && crc16_modbus(bytes.first(bytes.size() - 2)) == read_le(&bytes[bytes.size() - 2], 2);
}

}  // namespace bmsd::checksum
