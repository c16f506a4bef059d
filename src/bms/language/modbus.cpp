#include "bms/language/modbus.h"

#include "bms/language/identity.h"
#include "util/checksum.h"

namespace bmsd::bms::modbus {
namespace {

constexpr std::uint8_t refusing = 0x80;
constexpr std::size_t head = 3, tail = 2;  // address, function, count; CRC
constexpr std::size_t refusal_size = 5;
enum class Code : std::uint8_t { unknown_function = 1, unknown_registers = 2 };
constexpr std::uint8_t last_code = 0x0B;

// No reply is known to come later than this after its request was given up.
constexpr Duration settling = std::chrono::seconds(1);

/// What was asked for last on a port.
struct LastAsked {
    std::uint8_t address = 0;
    Block block{};
};

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

constexpr std::uint8_t refusal_of(const Block& block)
{
    return static_cast<std::uint8_t>(block.function) | refusing;
}

/// Whether what was refused was not the answer, which may still come.
bool is_late(Refusal reason)
{
    return reason != Refusal::device_error && reason != Refusal::implausible && reason != Refusal::bad_content;
}

/// Whether `bytes` begin as the answer to `block` does, as far as they go.
bool begins(ByteView bytes, std::uint8_t address, const Block& block)
{
    if (bytes[0] != address) return false;
    if (bytes.size() == 1) return true;
    const bool refused = bytes[1] == refusal_of(block);
    if (!refused && bytes[1] != static_cast<std::uint8_t>(block.function)) return false;
    if (bytes.size() == 2) return true;
    return refused ? bytes[2] >= 1 && bytes[2] <= last_code : bytes[2] == block.size();
}

/// Of what begins(): how long it is when it is whole, as far as known.
std::size_t whole_length(ByteView bytes, const Block& block)
{
    const bool answer = bytes.size() > 1 && bytes[1] != refusal_of(block);
    return answer ? head + block.size() + tail : refusal_size;
}

/// Length of a frame as it says itself; 0: not known yet.
std::size_t own_length(ByteView frame)
{
    if (frame.size() < head) return 0;
    return (frame[1] & refusing) != 0 ? refusal_size : head + frame[2] + tail;
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

std::size_t noise_before(ByteView bytes, std::uint8_t address, const Block& block)
{
    std::size_t broken = bytes.size();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const ByteView rest = bytes.subspan(i);
        if (!begins(rest, address, block)) continue;
        const std::size_t whole = whole_length(rest, block);
        if (rest.size() < whole || sound(rest.first(whole))) return i;
        broken = std::min(broken, i);  // noise that looks like a beginning, or a damaged answer
    }
    return broken;
}

std::size_t reply_length(ByteView so_far, std::uint8_t address, const Block& block)
{
    const std::size_t noise = noise_before(so_far, address, block);
    const ByteView answer = so_far.subspan(noise);
    return noise + (answer.empty() ? refusal_size : whole_length(answer, block));
}

Reply<ByteView> open(ByteView reply, std::uint8_t address, const Block& block)
{
    if (reply.size() < refusal_size || reply.size() != own_length(reply)) return refuse(Refusal::bad_length);
    if (!sound(reply)) return refuse(Refusal::bad_checksum);
    if (reply[0] != address) return refuse(Refusal::wrong_address);
    if (reply[1] == refusal_of(block)) return refuse(Refusal::device_error);
    if (reply[1] != static_cast<std::uint8_t>(block.function)) return refuse(Refusal::wrong_echo);
    if (reply[2] != block.size()) return refuse(Refusal::bad_length);
    return reply.subspan(head, block.size());
}

std::uint16_t registers_for_cells(const Reading& reading)
{
    return static_cast<std::uint16_t>(reading.telemetry.cell_count.value_or(0));
}

Bytes fill(const Row& row, const Reading& reading)
{
    Layout whole = row.layout;
    whole.least = row.block.size();
    Bytes data = bms::fill(whole, reading);
    data.resize(row.block.size());
    return data;
}

Reply<void> take_plausible(ByteView, Reading& reading)
{
    return plausible(reading.telemetry);
}

Task<Reply<void>> Host::read(Channel& channel, std::span<const Row> rows, Reading& reading)
{
    const Take nothing;
    const auto ask = [&](const Row& row) { return ask_row(channel, row, reading, nothing); };
    co_return co_await requests_.read(channel, rows, reading, ask);
}

Task<Reply<void>> Host::read(Channel& channel, const Row& row, Reading& reading, Take then)
{
    const auto ask = [&](const Row& asked) { return ask_row(channel, asked, reading, then); };
    co_return co_await requests_.read_one(channel, row, reading, ask);
}

Task<Reply<void>> Host::read(Channel& channel, Block block, Take take)
{
    co_await must(keep_apart(channel, block));
    co_return co_await exchange(channel, block, take, timing_.tries);
}

Task<Reply<void>> Host::ask_row(Channel& channel, const Row& row, Reading& reading, const Take& then)
{
    Block block = row.block;
    if (row.count != nullptr) block.count = row.count(reading);
    const Take take_row = [&](ByteView data) -> Reply<void> {
        const auto taken = bms::take(row.layout, data, reading);
        if (!taken) return taken;
        note_unknown(row, data);
        return then ? then(data) : taken;
    };
    co_await must(keep_apart(channel, block));
    co_return co_await exchange(channel, block, take_row, row.tries > 0 ? row.tries : timing_.tries);
}

Task<Reply<void>> Host::keep_apart(Channel& channel, Block block)
{
    const LastAsked last = channel.shared<LastAsked>();
    if (last.address != address_ || last.block == block || !block.alike(last.block)) co_return Reply<void>{};
    const Row* between = nullptr;  // the shortest that is of another length
    for (const Row& row : apart_)
        if (!block.alike(row.block) && (between == nullptr || row.block.size() < between->block.size())) between = &row;
    if (between == nullptr) co_return Reply<void>{};
    const Take ignore = [](ByteView) -> Reply<void> { return {}; };
    co_return co_await exchange(channel, between->block, ignore, timing_.tries);
}

Task<Reply<void>> Host::exchange(Channel& channel, Block block, const Take& take, int tries)
{
    if (late_ && asked_ != block) {
        const Duration left = *late_ + settling - channel.steady();
        if (left > Duration::zero()) co_await channel.pause(left);
        late_.reset();
    }
    asked_ = block;
    channel.shared<LastAsked>() = {address_, block};
    const auto bytes = request(address_, block);
    const std::uint8_t address = address_;
    const Exchange asked{.request = bytes,
                         .length = [=](ByteView so_far) { return reply_length(so_far, address, block); },
                         .first = timing_.first,
                         .rest = timing_.rest,
                         .gap = timing_.gap,
                         .partial = true};
    const auto check = [&](ByteView reply) { return judge(channel, reply, block, take); };
    Reply<void> taken = refuse(Refusal::silence);
    for (int i = 0; i < tries && !taken && taken.error() != Refusal::device_error; ++i) {
        taken = co_await ask(channel, asked, check);
        heard_ = heard_ || taken || taken.error() == Refusal::device_error;
        if (!taken && heard_ && is_late(taken.error())) late_ = channel.steady();
    }
    co_return taken;
}

Reply<void> Host::judge(Channel& channel, ByteView reply, const Block& block, const Take& take)
{
    const std::size_t noise = noise_before(reply, address_, block);
    const ByteView answer = reply.subspan(noise);
    if (answer.empty()) {  // say what it is instead
        const auto other = open(reply, address_, block);
        return refuse(other ? Refusal::bad_start : other.error());
    }
    if (noise != 0) channel.refused(Refusal::bad_start);
    if (answer.size() < whole_length(answer, block)) return refuse(Refusal::cut_short);
    const auto data = open(answer, address_, block);
    return data ? take(*data) : refuse(data.error());
}

void Host::note_unknown(const Row& row, ByteView data)
{
    for (const UnknownWord& word : row.unknown) {
        auto seen =
            std::find_if(unknown_.begin(), unknown_.end(), [&](const auto& pair) { return pair.first == &word; });
        if (seen == unknown_.end()) seen = unknown_.emplace(seen, &word, UnknownBits(word.name));
        if (word.offset + word.wire.size > data.size()) continue;
        seen->second.note(static_cast<std::uint64_t>(word.wire.get(&data[word.offset])) & ~word.known);
    }
}

std::size_t ModbusDevice::receive(ByteView input, Bytes& reply)
{
    if (rows(input[0]).empty()) return 1;
    if (input.size() < request_size) return 0;
    const ByteView bytes = input.first(request_size);
    if (!sound(bytes)) return 1;
    const Block wanted{static_cast<std::uint16_t>(read_be(&bytes[2], 2)),
                       static_cast<std::uint16_t>(read_be(&bytes[4], 2)), static_cast<Function>(bytes[1])};
    answer(bytes[0], wanted, reply);
    return request_size;
}

std::span<const Row> ModbusDevice::rows(std::uint8_t address) const
{
    return address == address_ ? rows_ : std::span<const Row>();
}

Bytes ModbusDevice::content(std::uint8_t, const Row& row) const
{
    return fill(row, truth_);
}

void ModbusDevice::answer(std::uint8_t address, const Block& wanted, Bytes& reply) const
{
    const std::size_t from = reply.size();
    const auto function = static_cast<std::uint8_t>(wanted.function);
    Code code = Code::unknown_function;
    for (const Row& row : rows(address)) {
        const Block& block = row.block;
        if (block.function == wanted.function) code = Code::unknown_registers;
        if (!contains(block, wanted) || wanted.size() > 0xFF) continue;
        const Bytes whole = content(address, row);
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
