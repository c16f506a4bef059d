// LiPower display modules of Ective and other batteries. What the bytes mean: docs/bms/ble/lipower.md
#include <cmath>

#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// Modbus, but with one register more than asked for in newer modules, so that the length is the reply's own.
constexpr Envelope envelope(std::string_view start)
{
    return {.start = start, .head = 3, .count_at = 2, .sum = little_endian<checksum::crc16_modbus>};
}
constexpr Envelope frames[]{envelope("\x22\x03"), envelope("\x0B\x03"), envelope("\x08\x03")};
constexpr std::size_t data_size = 16, newer_size = 18;

Bytes request(const Envelope& frames)
{
    Bytes bytes(frames.start.begin(), frames.start.end());
    bytes.insert(bytes.end(), {0x04, 0x00, 0x00, 0x08});
    checksum::append_crc16_modbus(bytes);
    return bytes;
}

constexpr std::array table{
    Field{0, u16be, 1, &Telemetry::capacity_remaining},
    Field{2, u16be, 1, &Telemetry::soc},
    Field{10, u16be, 0.01, &Telemetry::current},
    Field{12, u16be, 0.1, &Telemetry::voltage},
};
static_assert(fits(table, data_size) && apart(table));
constexpr std::size_t direction_at = 8;
constexpr std::uint64_t discharging = 1;  // others are taken as not discharging

Reply<void> take_direction(ByteView data, Reading& reading)
{
    if (data.size() != data_size && data.size() != newer_size) return refuse(Refusal::bad_length);
    Number& current = reading.telemetry.current;
    if (read_be(&data[direction_at], 2) == discharging) current = 0 - *current;
    return {};
}

void fill_direction(Bytes& data, const Reading& reading)
{
    Telemetry t;
    t.current = std::abs(reading.telemetry.current.value_or(0));
    encode(std::span(table).subspan(2, 1), data, t);
    write_be(&data[direction_at], 2, reading.telemetry.current.value_or(0) < 0 ? discharging : 2);
}

constexpr Layout layout{.least = data_size, .fields = table, .take = take_direction, .fill = fill_direction};

class Lipower final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        known_ = nullptr;
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    /// Which of the addresses it has is not known before it answers.
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        if (known_ != nullptr) co_return co_await read(channel, *known_, reading);
        Reply<void> taken = refuse(Refusal::silence);
        for (const Envelope& address : frames) {
            taken = co_await read(channel, address, reading);
            if (taken) known_ = &address;
            if (taken || taken.error() == Refusal::link_lost) break;
        }
        co_return taken;
    }

    static Task<Reply<void>> read(Channel& channel, const Envelope& address, Reading& reading)
    {
        const Bytes asked = request(address);
        const auto take = [&](ByteView frame) -> Reply<void> {
            const auto data = address.open(frame);
            return data ? bms::take(layout, *data, reading) : refuse(data.error());
        };
        const Asking asking{.request = asked, .framing = framing(address)};
        co_return co_await ask(channel, asking, take);
    }

    const Envelope* known_ = nullptr;
};

class LipowerDevice final : public Device {
  public:
    explicit LipowerDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const auto used = begins_with(input, request(frames[0]));
        if (used.value_or(0) != 0) append(reply, frames[0].frame(fill(layout, truth_)));
        return used.value_or(1);
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe1", .write = "ffe1"}};
constexpr Told delivers = Told{}.add(layout);

}  // namespace

extern const Entry lipower_bms;
const Entry lipower_bms{
    .name = "aiobmsble_lipower_bms",
    .type = "Ective LiPower BMS",
    .sheet = "ble/lipower",
    .brands = "Ective LC and others with a LiPower display module",
    .wiring = "Bluetooth; it tells no cells: their number and capacity stand in the configuration",
    .lines = lines,
    .delivers = delivers,
    .make = make<Lipower, lipower_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<LipowerDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
