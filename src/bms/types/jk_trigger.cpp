// Triggers of JK PB boards and what comes back.
#include "bms/types/jk_trigger.h"

#include <algorithm>

#include "util/checksum.h"

namespace bmsd::bms::jk {
namespace {

constexpr std::uint8_t write_registers = 0x10;
constexpr std::size_t trigger_size = 11, acknowledgement_size = 8, register_at = 2;

/// What came of one reply so far. Only the acknowledgement says whose payload it stands behind.
struct Found {
    std::size_t end;                    // of the reply; behind the stream = so many bytes are needed to tell more
    Reply<ByteView> payload;            // of the board asked
    std::optional<ByteView> bare = {};  // without an acknowledgement: of that board, or of a master that tells all
};

enum class Signature : std::uint8_t { missing, mine, foreign };

struct Acknowledged {
    Signature signature;
    std::size_t size;  // with the padding byte that may come first; no board that answers has the address 0
};

Acknowledged acknowledged(ByteView behind_payload, std::uint8_t address, const Trigger& trigger)
{
    const std::size_t pad = !behind_payload.empty() && behind_payload[0] == 0 ? 1 : 0;
    const ByteView rest = behind_payload.subspan(pad);
    if (rest.size() < acknowledgement_size || !checksum::crc16_modbus_fits(rest.first(acknowledgement_size)))
        return {Signature::missing, pad + acknowledgement_size};
    const bool mine = rest[0] == address && rest[1] == write_registers && read_be(&rest[register_at], 2) == trigger.reg;
    return {mine ? Signature::mine : Signature::foreign, pad + acknowledgement_size};
}

/// What a foreign acknowledgement has wrong: the address, or else the register.
Refusal foreign(ByteView behind_payload, std::uint8_t address)
{
    const std::uint8_t answered = behind_payload[0] == 0 ? behind_payload[1] : behind_payload[0];
    return answered == address ? Refusal::wrong_echo : Refusal::wrong_address;
}

/// Looks for the payload of this board. Before it may come the request (some adapters return it), noise, and payloads
/// of others, which are skipped.
Found find_reply(ByteView stream, std::uint8_t address, const Trigger& trigger)
{
    Found found{0, refuse(Refusal::bad_start)};
    for (std::size_t from = 0;;) {
        const auto at = find_payload(stream.subspan(from));
        if (!at) {
            found.end = stream.size() + 1;
            return found;
        }
        const ByteView payload = stream.subspan(from + *at);
        if (payload.size() < payload_size) {
            found.end = from + *at + payload_size;
            if (!found.bare) found.payload = refuse(Refusal::cut_short);
            return found;
        }
        const auto checked = check_payload(payload, trigger.payload);
        const auto [signature, size] = acknowledged(payload.subspan(payload_size), address, trigger);
        const std::size_t end = from + *at + payload_size + size;
        if (signature == Signature::mine) {
            found.payload = checked ? Reply<ByteView>(payload.first(payload_size)) : refuse(checked.error());
            found.bare.reset();
            found.end = end;
            return found;
        }
        if (signature == Signature::foreign || !checked) {
            found.payload = refuse(signature == Signature::foreign ? foreign(payload.subspan(payload_size), address)
                                                                   : checked.error());
        } else {
            found.bare = payload.first(payload_size);
        }
        if (stream.size() < end) {  // its acknowledgement may be on its way
            found.end = end;
            return found;
        }
        from += *at + (signature == Signature::foreign ? payload_size + size
                       : checked                       ? payload_size
                                                       : payload_start.size());
    }
}

}  // namespace

Bytes trigger_bytes(std::uint8_t address, const Trigger& trigger)
{
    Bytes bytes{address, write_registers, 0, 0, 0, 1, 2, 0, 0};
    write_be(&bytes[register_at], 2, trigger.reg);
    checksum::append_crc16_modbus(bytes);
    return bytes;
}

Bytes acknowledgement_bytes(std::uint8_t address, std::uint16_t reg)
{
    Bytes bytes{address, write_registers, 0, 0, 0, 1};
    write_be(&bytes[register_at], 2, reg);
    checksum::append_crc16_modbus(bytes);
    return bytes;
}

std::size_t reply_end(ByteView stream, std::uint8_t address, const Trigger& trigger)
{
    return find_reply(stream, address, trigger).end;
}

bool noise_before(ByteView stream, ByteView request)
{
    const std::size_t before = find_payload(stream).value_or(0);
    return before > request.size() || !std::ranges::equal(stream.first(before), request.last(before));
}

Reply<ByteView> open_reply(ByteView stream, std::uint8_t address, const Trigger& trigger, bool alone)
{
    const Found found = find_reply(stream, address, trigger);
    if (!found.bare) return found.payload;
    if (alone) return *found.bare;
    return refuse(Refusal::wrong_address);
}

Triggered take_trigger(ByteView input, std::uint8_t address)
{
    if (input.size() > 1 && input[1] != write_registers) return {1};
    if (input.size() < trigger_size) return {0};
    if (!checksum::crc16_modbus_fits(input.first(trigger_size))) return {1};
    if (input[0] != address) return {trigger_size};
    return {trigger_size, static_cast<std::uint16_t>(read_be(&input[register_at], 2))};
}

}  // namespace bmsd::bms::jk
