#include "bms/language/ble_modbus.h"

namespace bmsd::bms::ble {
namespace {

constexpr std::uint8_t refusing = 0x80;
constexpr std::size_t head = 3, around = 5;

/// Of what begins with the address; what cannot be the answer is as long as its part that tells so.
std::size_t reply_size(ByteView so_far, const modbus::Block& block)
{
    const auto function = static_cast<std::uint8_t>(block.function);
    if (so_far.size() < 2) return 2;
    if (so_far[1] == (function | refusing)) return around;
    if (so_far[1] != function) return 2;
    if (so_far.size() < head) return head;
    return so_far[2] == block.size() ? around + block.size() : head;
}

}  // namespace

Task<Reply<void>> read_block(Channel& channel, std::uint8_t address, modbus::Block block, modbus::Take take, bool once)
{
    const auto request = modbus::request(address, block);
    const auto start = static_cast<char>(address);
    const Framing framing{.start = std::string_view(&start, 1),
                          .length = [block](ByteView so_far) { return reply_size(so_far, block); }};
    const auto open = [&](ByteView frame) -> Reply<void> {
        const bool head_only = frame.size() < around;
        if (head_only) return refuse(Refusal::bad_start);
        const auto data = modbus::open(frame, address, block);
        return data ? take(*data) : refuse(data.error());
    };
    co_return co_await ask(channel, {.request = request, .framing = framing, .once = once}, open);
}

Task<Reply<void>> ModbusHost::greet(Channel& channel, Reading& reading)
{
    requests_.anew();
    if (information_) co_await device_information(channel, reading.identity);
    for (const modbus::Row& row : rows_) {
        if (row.need != Need::setting) continue;
        const auto taken = co_await take(channel, address_, row, reading);
        if (!taken && taken.error() == Refusal::link_lost) co_return taken;
        if (!taken) forget(row, reading);
    }
    co_return Reply<void>{};
}

Task<Reply<void>> ModbusHost::read(Channel& channel, Reading& reading)
{
    const auto ask_row = [&](const modbus::Row& row) { return take(channel, address_, row, reading); };
    for (const modbus::Row& row : rows_)
        if (row.need != Need::setting) co_await must(requests_.read_one(channel, row, reading, ask_row));
    co_return Reply<void>{};
}

Task<Reply<void>> ModbusHost::take(Channel& channel, std::uint8_t address, const modbus::Row& row, Reading& reading)
{
    modbus::Block block = row.block;
    if (row.count != nullptr) block.count = row.count(reading);
    const modbus::Take take_row = [&](ByteView data) { return bms::take(row.layout, data, reading); };
    co_return co_await read_block(channel, address, block, take_row, row.need != Need::required);
}

}  // namespace bmsd::bms::ble
