#pragma once
// The "A5" frames of Daly boards, the same on a serial port and over Bluetooth.
// What the bytes mean: docs/bms/daly.md
#include <algorithm>

#include "bms/language/envelope.h"

namespace bmsd::bms::a5 {

// A frame, in both directions: A5, host address or board number, id, 08, eight data bytes, sum.
inline constexpr std::uint8_t filler = 0xAA;
inline constexpr std::size_t number_at = 1, id_at = 2, data_at = 4, data_size = 8, frame_size = 13;
inline constexpr Envelope frames{.start = "\xA5",
                                 .head = data_at,
                                 .size = data_size,
                                 .count_at = 3,
                                 .echo_at = id_at,
                                 .address_at = number_at,
                                 .sum = big_endian<checksum::sum8>};
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
    Bytes padded(data.begin(), data.end());
    padded.resize(data_size, filler);
    return frames.frame(padded, number, what);
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
            const auto data = frames.open(stream.first(std::min(stream.size(), frame_size)), what, number);
            if (!data) return refuse(data.error());
            const std::size_t n = (*data)[0];
            if (n < 1 || n > needed) continue;
            missing &= ~(std::uint64_t{1} << (n - 1));
            std::copy_n(data->begin() + 1, piece, content.begin() + static_cast<std::ptrdiff_t>((n - 1) * piece));
        }
        if (missing != 0) return refuse(Refusal::cut_short);
        return content;
    }

    /// The frames a board sends for `content`, at least `frames_sent`.
    Bytes split(ByteView content, std::size_t frames_sent, std::uint8_t number, std::uint8_t what) const
    {
        Bytes stream;
        for (std::size_t i = 0; i < std::max(frames_sent, needed); ++i) {
            Bytes data(data_size);
            data[0] = static_cast<std::uint8_t>(i + 1);
            for (std::size_t k = 0; k < piece && i * piece + k < content.size(); ++k)
                data[1 + k] = content[i * piece + k];
            append(stream, frame(number, what, data));
        }
        return stream;
    }
};

/// The host's end of the line to the board at one address.
class Host {
  public:
    explicit Host(std::uint8_t address) : address_(address) {}

    /// Asks for `what` up to `tries` times until `take` accepts the data: of one frame, or of all of a series.
    Task<Reply<void>> read(Channel& channel, std::uint8_t what, std::optional<Series> series, int tries,
                           std::function<Reply<void>(ByteView data)> take) const;
    /// Sent once. The board answers with the same id; its first data byte must be `expected`.
    Task<Reply<void>> write(Channel& channel, std::uint8_t what, Bytes data, std::uint8_t expected) const;

  private:
    std::uint8_t address_;
};

}  // namespace bmsd::bms::a5
