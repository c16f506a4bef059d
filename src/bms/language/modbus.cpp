#include "bms/language/modbus.h"

#include "bms/language/identity.h"
#include "util/checksum.h"

namespace bmsd::bms::modbus {
namespace {

constexpr std::uint8_t refusing = 0x80;
constexpr std::size_t head = 3, tail = 2;  // address, function, count; CRC
constexpr std::size_t refusal_size = 5;
enum class Code : std::uint8_t { unknown_function = 1, unknown_registers = 2 };

void close(Bytes& reply, std::size_t from)
{
    const auto crc = checksum::crc16_modbus(ByteView(reply).subspan(from));
    reply.insert(reply.end(), {static_cast<std::uint8_t>(crc), static_cast<std::uint8_t>(crc >> 8)});
}

bool sound(ByteView frame)
{
    const ByteView summed = frame.first(frame.size() - tail);
    return checksum::crc16_modbus(summed) == read_le(&frame[summed.size()], tail);
}

/// Whether `part` lies in `whole` and starts on a byte of it.
bool contains(const Block& whole, const Block& part)
{
    if (part.function != whole.function || part.count == 0 || part.start < whole.start) return false;
    const int offset = part.start - whole.start;
    return offset + part.count <= whole.count && (part.function != Function::read_coils || offset % 8 == 0);
}

}  // namespace

std::array<std::uint8_t, request_size> request(std::uint8_t address, const Block& block)
{
    std::array<std::uint8_t, request_size> bytes{address, static_cast<std::uint8_t>(block.function)};
    write_be(&bytes[2], 2, block.start);
    write_be(&bytes[4], 2, block.count);
    write_le(&bytes[6], 2, checksum::crc16_modbus(ByteView(bytes).first(6)));
    return bytes;
}

std::size_t reply_length(ByteView so_far)
{
    if (so_far.size() < head) return head;
    return (so_far[1] & refusing) != 0 ? refusal_size : head + so_far[2] + tail;
}

Reply<ByteView> open(ByteView reply, std::uint8_t address, const Block& block)
{
    if (reply.size() < refusal_size || reply.size() != reply_length(reply)) return refuse(Refusal::bad_length);
    if (!sound(reply)) return refuse(Refusal::bad_checksum);
    if (reply[0] != address) return refuse(Refusal::wrong_address);
    const auto function = static_cast<std::uint8_t>(block.function);
    if (reply[1] == (function | refusing)) return refuse(Refusal::device_error);
    if (reply[1] != function) return refuse(Refusal::wrong_echo);
    if (reply[2] != block.size()) return refuse(Refusal::bad_length);
    return reply.subspan(head, block.size());
}

Reply<void> take(const Layout& layout, ByteView data, Reading& reading)
{
    decode(layout.fields, data, reading.telemetry);
    decode(layout.texts, data, reading.identity);
    decode(layout.bits, data, reading.telemetry);
    for (const AlarmWord& word : layout.alarms)
        decode(word.bits, static_cast<std::uint64_t>(word.wire.get(&data[word.offset])), reading.telemetry.alarms);
    return layout.take == nullptr ? Reply<void>{} : layout.take(data, reading);
}

Bytes fill(const Layout& layout, const Reading& reading)
{
    Bytes data(layout.block.size());
    encode(layout.fields, data, reading.telemetry);
    encode(layout.texts, data, reading.identity);
    encode(layout.bits, data, reading.telemetry);
    for (const AlarmWord& word : layout.alarms)
        word.wire.put(&data[word.offset], static_cast<std::int64_t>(encode(word.bits, reading.telemetry.alarms)));
    if (layout.fill != nullptr) layout.fill(data, reading);
    return data;
}

Reply<void> take_plausible(ByteView, Reading& reading)
{
    return plausible(reading.telemetry);
}

Exchange Host::exchange(ByteView bytes) const
{
    return {.request = bytes, .length = reply_length, .first = timing_.first, .rest = timing_.rest, .gap = timing_.gap};
}

Task<Reply<void>> Host::read(Channel& channel, Block block, Take take, int tries) const
{
    const auto bytes = request(address_, block);
    const auto check = [&](ByteView reply) -> Reply<void> {
        const auto data = open(reply, address_, block);
        return data ? take(*data) : refuse(data.error());
    };
    Reply<void> taken = refuse(Refusal::silence);
    bool late = false;
    for (int i = 0; i < tries && !taken; ++i) {
        taken = co_await ask(channel, exchange(bytes), check);
        late = late || (!taken && taken.error() == Refusal::silence);
    }
    if (taken && late) co_await channel.pause(timing_.first);
    co_return taken;
}

Task<Reply<void>> Host::read(Channel& channel, Layout layout, Reading& reading, int tries) const
{
    const auto take_layout = [&](ByteView data) { return take(layout, data, reading); };
    co_return co_await read(channel, layout.block, take_layout, tries);
}

Task<Reply<void>> Host::read(Channel& channel, std::span<const Layout> layouts, Reading& reading, int tries) const
{
    for (const Layout& layout : layouts) {
        const auto taken = co_await read(channel, layout, reading, tries);
        if (!taken) co_return taken;
    }
    co_return Reply<void>{};
}

std::size_t ModbusDevice::receive(ByteView input, Bytes& reply)
{
    if (layouts(input[0]).empty()) return 1;
    if (input.size() < request_size) return 0;
    const ByteView bytes = input.first(request_size);
    if (!sound(bytes)) return 1;
    const Block wanted{static_cast<std::uint16_t>(read_be(&bytes[2], 2)),
                       static_cast<std::uint16_t>(read_be(&bytes[4], 2)), static_cast<Function>(bytes[1])};
    answer(bytes[0], wanted, reply);
    return request_size;
}

std::span<const Layout> ModbusDevice::layouts(std::uint8_t address) const
{
    return address == address_ ? layouts_ : std::span<const Layout>();
}

Bytes ModbusDevice::content(std::uint8_t, const Layout& layout) const
{
    return fill(layout, truth_);
}

void ModbusDevice::answer(std::uint8_t address, const Block& wanted, Bytes& reply) const
{
    const std::size_t from = reply.size();
    const auto function = static_cast<std::uint8_t>(wanted.function);
    Code code = Code::unknown_function;
    for (const Layout& layout : layouts(address)) {
        const Block& block = layout.block;
        if (block.function == wanted.function) code = Code::unknown_registers;
        if (!contains(block, wanted) || wanted.size() > 0xFF) continue;
        const Bytes whole = content(address, layout);
        const Block before{block.start, static_cast<std::uint16_t>(wanted.start - block.start), block.function};
        reply.insert(reply.end(), {address, function, static_cast<std::uint8_t>(wanted.size())});
        append(reply, ByteView(whole).subspan(before.size(), wanted.size()));
        return close(reply, from);
    }
    reply.insert(reply.end(),
                 {address, static_cast<std::uint8_t>(function | refusing), static_cast<std::uint8_t>(code)});
    close(reply, from);
}

}  // namespace bmsd::bms::modbus
