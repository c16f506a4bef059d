// The smart shunt "Pro BMS": no cells, no FETs. What the bytes mean: docs/bms/ble/pro.md
#include "bms/language/ble.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// 55 AA, n, type, n + 1 bytes. How its maker checks a frame nobody knows.
constexpr std::size_t count_at = 2, type_at = 3, around = 5, frame_size = 50;
constexpr std::uint8_t greets = 0x03, measures = 0x04, measured_count = 0x2D;
constexpr std::uint8_t head[]{0x80, 0xAA, 0x01, 0x70};  // of what it measures, from the fifth byte on
const Framing frames{.start = "\x55\xAA", .length = counted(count_at, around)};

constexpr std::uint8_t hello[]{0x55, 0xAA, 0x0A, 0x01, 0x01, 0x55, 0x80, 0x04, 0x07, 0x7F, 0x64, 0x8E, 0x68, 0x2B};
constexpr std::uint8_t second[]{0x55, 0xAA, 0x07, 0x01, 0x01, 0x55, 0x80, 0x40, 0x00, 0x00, 0x95};
constexpr std::uint8_t third[]{0x55, 0xAA, 0x07, 0x01, 0x01, 0x55, 0x80, 0x42, 0x00, 0x00, 0x97};
constexpr std::uint8_t start_stream[]{0x55, 0xAA, 0x09, 0x01, 0x01, 0x55, 0x80, 0x43, 0x00, 0x00, 0x12, 0x00, 0x84};
constexpr ByteView steps[]{second, third, start_stream};

/// 24 bits of amount; the highest bit of the byte behind them: it discharges.
constexpr std::uint8_t discharging = 0x80;
constexpr Wire amount_and_sign{
    4,
    [](const std::uint8_t* data) {
        const auto amount = static_cast<std::int64_t>(read_le(data, 3));
        return (data[3] & discharging) != 0 ? -amount : amount;
    },
    [](std::uint8_t* data, std::int64_t raw) {
        write_le(data, 3, static_cast<std::uint64_t>(std::abs(raw)));
        data[3] = static_cast<std::uint8_t>((data[3] & ~discharging) | (raw < 0 ? discharging : 0));
    },
    -0xFFFFFF, 0xFFFFFF};
/// 16 bits of amount; anything behind them: below zero.
constexpr Wire amount_and_minus{
    3, [](const std::uint8_t* data) { return data[2] != 0 ? -u16le.get(data) : u16le.get(data); },
    [](std::uint8_t* data, std::int64_t raw) {
        u16le.put(data, std::abs(raw));
        data[2] = static_cast<std::uint8_t>(raw < 0);
    },
    -0xFFFF, 0xFFFF};
constexpr std::array table{
    Field{8, u16le, 0.01, &Telemetry::voltage},  Field{12, amount_and_sign, 0.001, &Telemetry::current},
    Field{16, amount_and_minus, 0.1, sensor(1)}, Field{20, u32le, 0.01, &Telemetry::capacity_remaining},
    Field{24, u8, 1, &Telemetry::soc},
};
static_assert(fits(table, frame_size) && apart(table));
// Set in the app of the shunt, which switches nothing off.
constexpr std::array alarm_bits{
    AlarmBit{0, Alarm::high_voltage, 1},           AlarmBit{1, Alarm::low_voltage, 1},
    AlarmBit{2, Alarm::high_discharge_current, 1}, AlarmBit{5, Alarm::high_discharge_current, 1},
    AlarmBit{3, Alarm::high_temperature, 1},       AlarmBit{4, Alarm::low_temperature, 1},
    AlarmBit{6, Alarm::cell_imbalance, 1},
};
constexpr Wire seven_bits{
    1, u8.get,
    [](std::uint8_t* data, std::int64_t raw) { data[0] = static_cast<std::uint8_t>((data[0] & discharging) | raw); }, 0,
    0x7F};
constexpr AlarmWord alarm_word[]{{15, seven_bits, alarm_bits}};

void fill_head(Bytes& data, const Reading&)
{
    const std::uint8_t start[]{0x55, 0xAA, measured_count, measures};
    std::copy(std::begin(start), std::end(start), data.begin());
    std::copy(std::begin(head), std::end(head), data.begin() + std::size(start));
}
constexpr Layout layout{.least = frame_size, .fields = table, .alarms = alarm_word, .fill = fill_head};

class Pro final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await device_information(channel, reading.identity);
        const auto greeted = [](ByteView frame) -> Reply<void> {
            return frame[type_at] == greets ? Reply<void>{} : refuse(Refusal::wrong_echo);
        };
        co_await must(ask(channel, {.request = hello, .framing = frames}, greeted));
        for (const ByteView step : steps) co_await must(send(channel, Bytes(step.begin(), step.end())));
        co_return Reply<void>{};
    }

    /// The newest packet counts. When none comes the stream is asked for once more, then all begins anew on another
    /// connection.
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const auto take_frame = [&](ByteView frame) -> Reply<void> {
            if (frame[type_at] == greets) return refuse(Refusal::wrong_echo);
            if (frame[type_at] != measures || frame.size() != frame_size) return refuse(Refusal::bad_length);
            if (!std::equal(std::begin(head), std::end(head), &frame[type_at + 1])) return refuse(Refusal::bad_content);
            return take(layout, frame, reading);
        };
        auto heard = co_await hear_all(channel, frames, take_frame, hear_limit / 2);
        if (!heard) {
            co_await must(send(channel, Bytes(std::begin(start_stream), std::end(start_stream))));
            heard = co_await hear_all(channel, frames, take_frame, hear_limit / 2);
        }
        if (!heard) channel.radio()->stay_away(Duration::zero());
        co_return heard;
    }
};

class ProDevice final : public Device {
  public:
    explicit ProDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        if (input[0] != hello[0]) return 1;
        if (input.size() <= count_at) return 0;
        const std::size_t size = input[count_at] + std::size_t{4};
        if (input.size() < size) return 0;
        const std::uint8_t welcome[]{0x55, 0xAA, 0x08, greets, 0x80, 0xAA, 0x01, 0x04, 0x00, 0x00, 0x00, 0x2C, 0x52};
        if (same(input.first(size), hello)) append(reply, welcome);
        streams_ = streams_ || same(input.first(size), start_stream);
        return size;
    }
    Bytes speak() override { return streams_ ? fill(layout, truth_) : Bytes(); }

  private:
    static bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

    Reading& truth_;
    bool streams_ = false;
};

constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff4", .write = "fff3"}};
constexpr Told delivers = Told{}.add(layout);

}  // namespace

extern const Entry pro_bms;
constinit const Entry pro_bms{
    .name = "aiobmsble_pro_bms",
    .type = "Pro BMS Smart Shunt",
    .sheet = "ble/pro",
    .brands = "Foxwell BT630, Leagend CM100",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Pro, pro_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> { return std::make_unique<ProDevice>(truth); },
    .gatt = gatt,
    .transport = Transport::ble,
    .unchecked = "nobody knows its checksum",
};

}  // namespace bmsd::bms::ble
