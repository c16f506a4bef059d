#pragma once
// The frames of JBD boards, the same on a serial port and over Bluetooth, and their factory mode.
// What the bytes mean: docs/bms/lltjbd.md
#include <functional>

#include "bms/language/envelope.h"

namespace bmsd::bms::jbd {

// Request: DD, A5 read or 5A write, register, n, data, sum, 77. Reply: DD, register, status, n, data, sum, 77; early
// boards put A5 in place of the register.
inline constexpr std::uint8_t read_code = 0xA5, write_code = 0x5A, refused_status = 0x80;
inline constexpr Envelope frames{.start = "\xDD",
                                 .head = 4,
                                 .count_at = 3,
                                 .echo_at = 1,
                                 .echo_or = read_code,
                                 .status_at = 2,
                                 .summed_from = 2,
                                 .sum = big_endian<checksum::negated_sum16>,
                                 .end = "\x77"};

inline constexpr std::uint8_t factory_register = 0x00, leave_register = 0x01;
inline constexpr std::uint16_t enter_factory = 0x5678, leave_unsaved = 0x0000, leave_saved = 0x2828;

/// The data of a register; valid until the next exchange.
Task<Reply<ByteView>> read(Channel& channel, std::uint8_t reg, int tries = 1);
Task<Reply<void>> write(Channel& channel, std::uint8_t reg, std::uint16_t value, int tries = 1);

/// Does `body` in factory mode, which is left again whatever happens on the way, also when only the reply to entering
/// was lost: a board that stays in it answers nothing else properly. Saved only when body() set `changed`. When it
/// cannot be entered, body() is done nevertheless with `entered` false, and its result is the result.
using Body = std::function<Task<Reply<void>>(Reply<void> entered, bool& changed)>;
Task<Reply<void>> in_factory_mode(Channel& channel, Body body, int tries = 1);

}  // namespace bmsd::bms::jbd
