#include "bms/types/mnb_chip.h"

#include "util/log.h"

namespace bmsd::bms::mnb_board {
namespace {

using namespace std::chrono_literals;
namespace chip = max17853;

constexpr Duration gap = 10ms;
constexpr double coldest = 15, warmest = 40;  // degC, limits the chip watches

struct Setting {
    std::uint8_t reg;
    std::uint16_t data;
};

/// The registers written at the start, in this order.
std::vector<Setting> start_sequence(double high, double low)
{
    constexpr int cells = static_cast<int>(chip::cells);
    const auto c = chip::cell_voltage_data;
    const auto b = chip::block_voltage_data;
    const auto x = chip::thermistor_data;
    return {{0x01, 0},
            {0x02, 0},
            {0x03, 0},
            {0x04, 0},
            {0x05, 0},
            {0x06, 0},
            {0x14, 0x0002},
            {0x15, 0x0004},
            {0x16, 0},
            {0x18, 0x2999},
            {0x19, 0x3FAF},
            {0x1A, 0x41FE},
            {0x1B, 0x41FE},
            {0x1C, 0x000F},
            {0x1D, 0x000F},
            {0x1F, c(high - 0.1)},
            {0x20, c(high)},
            {0x21, c(low + 0.1)},
            {0x22, c(low)},
            {0x23, 0x0514},
            {0x28, b(cells * high - 0.25)},
            {0x29, b(cells * high)},
            {0x2A, b(cells * low + 0.25)},
            {0x2B, b(cells * low)},
            {0x30, x(coldest + 5)},
            {0x31, x(coldest)},
            {0x32, x(warmest - 5)},
            {0x33, x(warmest)},
            {0x5F, 0x0001},
            {0x62, 0x4800},
            {0x63, 0x0303},
            {0x64, 0x41FF},
            {0x65, 0x803F},
            {chip::scan_control, 0x0E21},
            {chip::balance_control, 0},
            {chip::balance_enable, 0x01FE},
            {0x7E, 0x0001},
            {0x6B, 0x0001}};
}

Exchange exchange(ByteView request)
{
    return {.request = request, .length = exactly(chip::frame_size), .first = 10ms, .rest = 10ms, .gap = gap};
}

}  // namespace

Task<void> Chip::set_up(Channel& channel, double high, double low)
{
    const auto settings = start_sequence(high, low);
    for (const Setting& setting : settings) co_await write(channel, setting.reg, setting.data);
}

Task<Reply<std::uint16_t>> Chip::read(Channel& channel, std::uint8_t reg)
{
    const auto request = chip::read_frame(reg);
    const auto reply = co_await must(channel.transact(exchange(request)));
    const auto answer = chip::open_answer(reply);
    if (answer.sound) co_return answer.data;
    mismatched_ = true;
    log::debug("MNB: checksum of register {:#04x} is wrong", reg);
    if (!checked_) co_return answer.data;
    channel.refused(Refusal::bad_checksum);
    co_return refuse(Refusal::bad_checksum);
}

Task<std::uint8_t> Chip::write(Channel& channel, std::uint8_t reg, std::uint16_t data)
{
    const auto request = chip::write_frame(reg, data);
    const auto reply = co_await channel.transact(exchange(request));
    co_return reply ? chip::open_answer(*reply).flags : std::uint8_t{0};
}

Task<void> Chip::clear_status(Channel& channel)
{
    for (std::uint8_t reg = chip::status1; reg <= chip::last_status; ++reg) co_await write(channel, reg, 0);
}

}  // namespace bmsd::bms::mnb_board
