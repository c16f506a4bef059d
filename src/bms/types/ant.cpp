// ANT BMS, old protocol with frames of 140 bytes. What the bytes mean: docs/bms/ant.md
#include <algorithm>
#include <bit>

#include "bms/language/envelope.h"
#include "bms/language/field.h"
#include "bms/language/identity.h"
#include "bms/language/protocol.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t frame_size = 140, summed_from = 4, sum_at = 138;
using Question = std::array<std::uint8_t, 6>;
constexpr Question questions[]{{0xDB, 0xDB}, {0x5A, 0x5A}};  // some boards with a serial port only know the second

constexpr std::array frame_table{
    Field{4, u16be, 0.1, &Telemetry::voltage},
    Field{70, i32be, -0.1, &Telemetry::current},  // discharging counts positive
    Field{74, u8, 1, &Telemetry::soc},
    Field{75, u32be, 0.000001, &Telemetry::capacity, 0, 0},
    Field{79, u32be, 0.000001, &Telemetry::capacity_remaining},
    Field{83, u32be, 0.001, &Telemetry::total_ah_drawn},
    Field{91, i16be, 1, &Telemetry::temperature_mosfet, 0, -40},
    Field{95, i16be, 1, sensor(1), 0, -40},
    Field{97, i16be, 1, sensor(2), 0, -40},
    Field{123, u8, 1, &Telemetry::cell_count},
};
static_assert(fits(frame_table, sum_at) && apart(frame_table));
constexpr ListField cell_list{6, 2, u16be, 0.001, &Telemetry::cell_voltages};
constexpr std::size_t charge_code_at = 103, discharge_code_at = 104, balancer_code_at = 105, balancing_at = 132;
constexpr std::size_t most_cells = 32;

// The state of a FET is a code: on, off, or why it is off. As a word: bit 0..15 = charge code, 16..31 = discharge code.
constexpr std::uint8_t fet_off = 0, fet_on = 1, most_code = 15, automatic_balancing = 4;
constexpr std::uint64_t balancing_codes = 1U << 1 | 1U << 2 | 1U << automatic_balancing;
constexpr AlarmBit charge(unsigned code, Alarm alarm)
{
    return {static_cast<std::uint8_t>(code), alarm, 2};
}
constexpr AlarmBit discharge(unsigned code, Alarm alarm)
{
    return {static_cast<std::uint8_t>(16 + code), alarm, 2};
}
constexpr std::array alarm_codes{
    charge(2, Alarm::high_cell_voltage),
    charge(5, Alarm::high_voltage),
    charge(2, Alarm::high_voltage),
    charge(3, Alarm::high_charge_current),
    charge(6, Alarm::high_charge_temperature),
    charge(7, Alarm::high_internal_temperature),
    charge(10, Alarm::high_internal_temperature),
    charge(8, Alarm::internal_failure),
    charge(9, Alarm::internal_failure),
    charge(13, Alarm::internal_failure),
    discharge(2, Alarm::low_cell_voltage),
    discharge(5, Alarm::low_voltage),
    discharge(2, Alarm::low_voltage),
    discharge(3, Alarm::high_discharge_current),
    discharge(12, Alarm::high_discharge_current),
    discharge(6, Alarm::high_temperature),
    discharge(7, Alarm::high_internal_temperature),
    discharge(10, Alarm::high_internal_temperature),
    discharge(8, Alarm::internal_failure),
    discharge(9, Alarm::internal_failure),
    discharge(13, Alarm::internal_failure),
    discharge(14, Alarm::internal_failure),
};

constexpr std::uint64_t code_bit(std::uint8_t code)
{
    return code <= most_code ? std::uint64_t{1} << code : 0;
}

constexpr Envelope frames{.start = "\xAA\x55\xAA\xFF",
                          .head = 0,  // the sheet counts from the first byte of the frame
                          .size = sum_at,
                          .summed_from = summed_from,
                          .sum = big_endian<checksum::sum16>};

/// Where the frame begins; noise may come before it, and the first byte of a frame within that.
std::optional<std::size_t> find_frame(ByteView stream)
{
    const auto same = [](std::uint8_t byte, char mark) { return byte == static_cast<std::uint8_t>(mark); };
    const auto found = std::search(stream.begin(), stream.end(), frames.start.begin(), frames.start.end(), same);
    if (found == stream.end()) return std::nullopt;
    return static_cast<std::size_t>(found - stream.begin());
}

std::size_t stream_length(ByteView so_far)
{
    const auto at = find_frame(so_far);
    return at ? *at + frame_size : so_far.size() + 1;
}

/// `noise` is how many bytes came before the frame.
Reply<ByteView> open(ByteView stream, std::size_t& noise)
{
    const auto at = find_frame(stream);
    if (!at) return refuse(Refusal::bad_start);
    noise = *at;
    return frames.open(stream.subspan(*at, std::min(stream.size() - *at, frame_size)));
}

Reply<void> take(ByteView frame, Telemetry& t)
{
    decode(frame_table, frame, t);
    const auto cells = static_cast<std::size_t>(*t.cell_count);
    if (cells == 0 || cells > most_cells) return refuse(Refusal::bad_content);
    decode(cell_list, frame, cells, t);
    decode_balancing(read_be(&frame[balancing_at], 4), cells, t);
    t.cycles.reset();
    if (t.capacity) t.cycles = static_cast<std::int64_t>(*t.total_ah_drawn / *t.capacity);
    t.charge_fet = frame[charge_code_at] == fet_on;
    t.discharge_fet = frame[discharge_code_at] == fet_on;
    t.balancing = (balancing_codes & code_bit(frame[balancer_code_at])) != 0;
    decode(alarm_codes, code_bit(frame[charge_code_at]) | code_bit(frame[discharge_code_at]) << 16, t.alarms);
    return {};
}

class Ant final : public Protocol {
  public:
    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        Reply<void> polled;
        for (const Question& question : questions) {
            question_ = &question;
            polled = co_await poll(channel, reading);
            if (polled || polled.error() != Refusal::silence) break;
        }
        co_await must(polled);
        Identity& identity = reading.identity;
        identity.type = "ANT";
        identity.hardware_version = "ANT BMS " + std::to_string(*reading.telemetry.cell_count) + 'S';
        identity.firmware_version = "ANT BMS V2.0";
        identity.unique_id = common_unique_id(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const Exchange exchange{
            .request = *question_, .length = stream_length, .first = 500ms, .rest = 500ms, .partial = true};
        std::size_t noise = 0;
        const auto judge = [&](ByteView stream) { return open(stream, noise); };
        const auto frame = co_await must(ask(channel, exchange, judge));
        if (noise != 0) channel.refused(Refusal::bad_start);
        const auto taken = take(frame, reading.telemetry);
        if (!taken) channel.refused(taken.error());
        co_return taken;
    }

  private:
    const Question* question_ = &questions[0];  // the one it answers to
};

class AntDevice final : public Device {
  public:
    explicit AntDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const Question& request = questions[0];
        const std::size_t known = std::min(input.size(), request.size());
        if (!std::equal(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(known), input.begin())) return 1;
        if (known < request.size()) return 0;
        append(reply, frame());
        return request.size();
    }

  private:
    Bytes frame() const
    {
        const Telemetry& t = truth_.telemetry;
        Bytes data(sum_at);
        std::copy(frames.start.begin(), frames.start.end(), data.begin());
        encode(frame_table, data, t);
        encode(cell_list, MutableBytes(data).first(cell_list.offset + 2 * most_cells), t);
        write_be(&data[balancing_at], 4, encode_balancing(t));
        const auto word = encode(alarm_codes, t.alarms);
        data[charge_code_at] = fet_code(t.charge_fet, word & 0xFFFF);
        data[discharge_code_at] = fet_code(t.discharge_fet, word >> 16);
        data[balancer_code_at] = t.balancing.value_or(false) ? automatic_balancing : 0;
        return frames.frame(data);
    }

    static std::uint8_t fet_code(Flag on, std::uint64_t reasons)
    {
        if (on.value_or(true)) return fet_on;
        return reasons == 0 ? fet_off : static_cast<std::uint8_t>(std::countr_zero(reasons));
    }

    Reading& truth_;
};

constexpr Line lines[]{{19200}};
constexpr std::string_view delivers[]{
    "hardware_version",
    "firmware_version",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "capacity",
    "capacity_remaining",
    "cycles",
    "total_ah_drawn",
    "cell_voltages",
    "cell_balancing",
    "balancing",
    "temperatures",
    "temperature_mosfet",
    "charge_fet",
    "discharge_fet",
    "alarms",
};

}  // namespace

extern const Entry ant;
constinit const Entry ant{
    .name = "ANT",
    .type = "ANT",
    .sheet = "ant",
    .brands = "ANT BMS up to 2021 (old protocol), 4S..32S",
    .wiring = "TTL port of the board, or RS485 by an adapter; one board a port",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup&) -> std::unique_ptr<Protocol> { return std::make_unique<Ant>(); },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> { return std::make_unique<AntDevice>(truth); },
    .only_when_named = true,
    .addressable = false,
    .addressed = false,
    .warning = "ANT: its request upsets other BMS; name it in BMS_TYPE only where an ANT board is on the line",
};

}  // namespace bmsd::bms
