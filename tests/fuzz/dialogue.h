#pragma once
// A fuzz input and what it means. The first bytes choose the end of the line, the address, the baud rate and the
// switches of the configuration; the rest are replies to the host, or requests to the device.
#include "bms/catalogue.h"
#include "config/config.h"

namespace bmsd::fuzz {

/// The head of an input.
struct Choice {
    bool device = false;       // the device's end is fed; else the host's
    std::uint8_t line = 0;     // which of the entry's lines
    std::uint8_t address = 0;  // added to the line's address, modulo 16
    std::uint8_t flags = 0;    // switches of the configuration
};
inline constexpr std::size_t head_size = 4;
Bytes head_of(const Choice& choice);

/// Before each reply: nothing special, no reply at all, or one that breaks off after as many bytes as the next byte
/// says.
enum Mark : std::uint8_t { whole = 0x00, silent = 0xFF, cut = 0xFE };

/// Runs identify, polls and commands over the replies in `input`, or hands the requests to the device. Ends the process
/// when an invariant does not hold.
void run(const bms::Entry& entry, ByteView input);

/// The input that makes the device side of `entry` answer a whole dialogue to the host side: its replies.
Bytes record_replies(const bms::Entry& entry);
/// The same dialogue, the host's requests.
Bytes record_requests(const bms::Entry& entry);

}  // namespace bmsd::fuzz
