#pragma once
// Bytes as they travel, and their hexadecimal text.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bmsd {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// Lower-case hexadecimal without blanks.
std::string to_hex(ByteView bytes);

/// Reads hexadecimal digits, blanks between bytes allowed; nullopt for anything else.
std::optional<Bytes> from_hex(std::string_view text);

/// Printable ASCII of the bytes up to the first NUL, blanks at both ends removed; other bytes become blanks.
std::string printable(ByteView bytes);

/// Whether there is text up to the first NUL: printable ASCII only, at least one character that is no blank.
bool is_text(ByteView bytes);

/// The unsigned integer of `size` (1..8) bytes at `data`, most significant first.
constexpr std::uint64_t read_be(const std::uint8_t* data, std::size_t size)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | data[i];
    return value;
}

/// The unsigned integer of `size` (1..8) bytes at `data`, least significant first.
constexpr std::uint64_t read_le(const std::uint8_t* data, std::size_t size)
{
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | data[i];
    return value;
}

constexpr void write_be(std::uint8_t* data, std::size_t size, std::uint64_t value)
{
    for (std::size_t i = size; i-- > 0; value >>= 8) data[i] = static_cast<std::uint8_t>(value);
}

constexpr void write_le(std::uint8_t* data, std::size_t size, std::uint64_t value)
{
    for (std::size_t i = 0; i < size; ++i, value >>= 8) data[i] = static_cast<std::uint8_t>(value);
}

inline void append(Bytes& to, ByteView bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace bmsd
