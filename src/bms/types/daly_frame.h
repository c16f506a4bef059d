#pragma once
// The "A5" frames of Daly boards, the same on a serial port and over Bluetooth.
// What the bytes mean: docs/bms/daly.md
#include <algorithm>

#include "bms/language/refusal.h"
#include "util/bytes.h"
#include "util/checksum.h"

namespace bmsd::bms::a5 {

// A frame, in both directions: A5, host address or board number, id, 08, eight data bytes, sum.
inline constexpr std::uint8_t start = 0xA5, filler = 0xAA, data_size = 8;
inline constexpr std::size_t number_at = 1, id_at = 2, size_at = 3, data_at = 4, frame_size = 13;
inline constexpr std::uint8_t bluetooth_host = 0x80;
inline constexpr std::size_t most_frames = 16;  // in one reply

/// Byte 1 of what the board at `address` sends.
constexpr std::uint8_t board_number(std::uint8_t address)
{
    return static_cast<std::uint8_t>((address & 0x3F) + 1);
}
static_assert(board_number(0x40) == 1 && board_number(0x41) == 2 && board_number(bluetooth_host) == 1);

/// Unused data bytes help the board's UART to synchronise.
inline Bytes frame(std::uint8_t number, std::uint8_t what, ByteView data)
{
    Bytes bytes{start, number, what, data_size};
    append(bytes, data);
    bytes.resize(frame_size - 1, filler);
    bytes.push_back(checksum::sum8(bytes));
    return bytes;
}

/// The data of one frame.
inline Reply<ByteView> open(ByteView frame, std::uint8_t number, std::uint8_t what)
{
    if (frame.size() < frame_size) return refuse(Refusal::cut_short);
    if (frame[0] != start) return refuse(Refusal::bad_start);
    if (frame[size_at] != data_size) return refuse(Refusal::bad_length);
    if (checksum::sum8(frame.first(frame_size - 1)) != frame[frame_size - 1]) return refuse(Refusal::bad_checksum);
    if (frame[id_at] != what) return refuse(Refusal::wrong_echo);
    if (frame[number_at] != number) return refuse(Refusal::wrong_address);
    return frame.subspan(data_at, data_size);
}

/// The reply to 57 or 95: frames that tell their number (from 1) in the first data byte, in any order. More than the
/// needed ones may come.
struct Series {
    std::size_t needed;
    std::size_t piece;  // bytes of content in each

    /// Length of a reply: all needed numbers were seen. What comes behind is left to the port, which drops it.
    std::size_t length(ByteView so_far) const
    {
        std::uint64_t missing = (std::uint64_t{1} << needed) - 1;
        std::size_t at = 0;
        for (; at + frame_size <= so_far.size() && missing != 0 && at < most_frames * frame_size; at += frame_size) {
            const std::size_t number = so_far[at + data_at];
            if (number >= 1 && number <= needed) missing &= ~(std::uint64_t{1} << (number - 1));
        }
        return missing == 0 || at >= most_frames * frame_size ? at : at + frame_size;
    }

    /// The pieces in the order of their numbers.
    Reply<Bytes> assemble(ByteView stream, std::uint8_t number, std::uint8_t what) const
    {
        Bytes content(needed * piece);
        std::uint64_t missing = (std::uint64_t{1} << needed) - 1;
        for (; !stream.empty(); stream = stream.subspan(std::min(stream.size(), frame_size))) {
            const auto data = open(stream, number, what);
            if (!data) return refuse(data.error());
            const std::size_t n = (*data)[0];
            if (n < 1 || n > needed) continue;
            missing &= ~(std::uint64_t{1} << (n - 1));
            std::copy_n(data->begin() + 1, piece, content.begin() + static_cast<std::ptrdiff_t>((n - 1) * piece));
        }
        if (missing != 0) return refuse(Refusal::cut_short);
        return content;
    }
};

}  // namespace bmsd::bms::a5
