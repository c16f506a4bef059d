#pragma once
// How JK PB boards are asked on RS485: a trigger, a payload, an acknowledgement. The bytes: docs/bms/jkbms_pb.md
#include "bms/language/channel.h"
#include "bms/types/jk.h"

namespace bmsd::bms::jk {

/// A trigger is a Modbus "write multiple registers" of one zero; the board sends a payload, then acknowledges.
struct Trigger {
    std::uint16_t reg;
    Payload payload;
    Duration timeout;
};

Bytes trigger_bytes(std::uint8_t address, const Trigger& trigger);
/// What the device side sends behind a payload.
Bytes acknowledgement_bytes(std::uint8_t address, std::uint16_t reg);

/// How many bytes of `stream` the reply of this board needs. Before it may come the request (some adapters return it),
/// noise, and payloads of others, which are skipped.
std::size_t reply_end(ByteView stream, std::uint8_t address, const Trigger& trigger);

/// Whether other bytes than the request, or the end of it, stand before the first payload.
bool noise_before(ByteView stream, ByteView request);

/// The payload in `stream`. Only an acknowledgement says whose a payload is; a bare one is this board's only where no
/// other board is asked on the port (`alone`), else it may be what a master tells of another.
Reply<ByteView> open_reply(ByteView stream, std::uint8_t address, const Trigger& trigger, bool alone);

/// The request at the begin of `input`: how many bytes of it a device is done with, and the register asked for, if it
/// is whole and to `address`.
struct Triggered {
    std::size_t used;
    std::optional<std::uint16_t> reg = {};
};
Triggered take_trigger(ByteView input, std::uint8_t address);

}  // namespace bmsd::bms::jk
