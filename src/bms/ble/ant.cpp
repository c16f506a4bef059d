// ANT boards of 2021 and later. What the bytes mean: docs/bms/ble/ant.md
#include "bms/language/ble_rows.h"
#include "bms/types/ant_rows.h"

namespace bmsd::bms::ble {
namespace {

using namespace ant_rows;

constexpr std::size_t function_at = 2;
constexpr std::uint8_t reply_mark = 0x10, status = 0x01, device = 0x02, unlock = 0x23;
constexpr Envelope status_frames{.start = "\x7E\xA1",
                                 .head = 6,
                                 .count_at = 5,
                                 .echo_at = function_at,
                                 .summed_from = 1,
                                 .sum = little_endian<checksum::crc16_modbus>,
                                 .end = "\xAA\x55"};
/// Eight more bytes come behind the sum, the last two of them the end mark.
constexpr Envelope device_frames = [] {
    Envelope frames = status_frames;
    frames.end = {};
    return frames;
}();
constexpr std::size_t device_rest = 8;

/// Of a request to read: its length is what is wanted, and no data follow.
Bytes question_of(std::uint8_t function, std::uint16_t address, std::uint8_t wanted)
{
    Bytes bytes{0x7E,  0xA1, function, static_cast<std::uint8_t>(address), static_cast<std::uint8_t>(address >> 8),
                wanted};
    const auto crc = checksum::crc16_modbus(ByteView(bytes).subspan(1));
    bytes.insert(bytes.end(), {static_cast<std::uint8_t>(crc), static_cast<std::uint8_t>(crc >> 8), 0xAA, 0x55});
    return bytes;
}

Bytes status_question()
{
    return question_of(status, 0x0000, 0xBE);
}

Bytes device_question()
{
    return question_of(device, 0x026C, 0x20);
}

constexpr std::array device_texts{TextField{0, 16, &Identity::hardware_version},
                                  TextField{16, 16, &Identity::firmware_version}};

// Of the data of the status reply: sensors and cells are counted at its start, what follows them moves.
constexpr std::size_t most_sensors = 6, sensors_at = 2, cells_at = 3, first_cell = 28, fixed_size = 106;
constexpr std::array count_table{Field{cells_at, u8, 1, &Telemetry::cell_count}};
constexpr std::array cell_table{ListField{first_cell, 2, u16le, 0.001, &Telemetry::cell_voltages}};
constexpr std::int64_t missing = -40;
constexpr Field sensor_field(std::size_t index, Target target)
{
    return {2 * index, i16le, 1, target, 0, missing};
}
constexpr std::array sensor_table{sensor_field(0, sensor(1)), sensor_field(1, sensor(2)), sensor_field(2, sensor(3)),
                                  sensor_field(3, sensor(4))};
constexpr std::array board_table{sensor_field(0, &Telemetry::temperature_mosfet),
                                 sensor_field(1, &Telemetry::temperature_balancer)};
// Behind the board's two sensors.
constexpr std::size_t codes_at = 8, throughput_at = 20, balance_at = 32;
constexpr std::array pack_table{
    Field{0, u16le, 0.01, &Telemetry::voltage},
    Field{2, i16le, -0.1, &Telemetry::current},  // discharging counts positive
    Field{4, u16le, 1, &Telemetry::soc},
    Field{6, u16le, 1, &Telemetry::soh},
    Field{12, u32le, 0.000001, &Telemetry::capacity, 0, 0},
    Field{16, u32le, 0.000001, &Telemetry::capacity_remaining},
    Field{58, u32le, 0.001, &Telemetry::total_ah_drawn},
};
constexpr std::size_t pack_size = 66;
static_assert(fits(pack_table, pack_size) && apart(pack_table));

constexpr auto codes = [] {
    constexpr std::array newer{
        charge(16, Alarm::high_cell_voltage),        charge(16, Alarm::high_voltage),
        charge(17, Alarm::low_charge_temperature),   charge(18, Alarm::cell_imbalance),
        charge(12, Alarm::internal_failure),         charge(20, Alarm::internal_failure),
        discharge(16, Alarm::low_cell_voltage),      discharge(16, Alarm::low_voltage),
        discharge(4, Alarm::high_discharge_current), discharge(17, Alarm::low_temperature),
        discharge(18, Alarm::cell_imbalance),        discharge(19, Alarm::internal_failure),
    };
    std::array<AlarmBit, alarm_codes.size() + newer.size()> all{};
    std::copy(newer.begin(), newer.end(), std::copy(alarm_codes.begin(), alarm_codes.end(), all.begin()));
    return all;
}();

Reply<void> take_rest(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    const std::size_t cells = data[cells_at], sensors = data[sensors_at];
    if (sensors > most_sensors) return refuse(Refusal::bad_content);
    if (data.size() < fixed_size + 2 * (cells + sensors)) return refuse(Refusal::bad_length);
    const ByteView temperatures = data.subspan(first_cell + 2 * cells);
    decode(sensor_table, temperatures.first(2 * std::min(sensors, sensor_count)), t);
    decode(board_table, temperatures.subspan(2 * sensors), t);
    const ByteView pack = temperatures.subspan(2 * (sensors + board_table.size()));
    decode(pack_table, pack, t);
    if (!t.capacity) t.capacity_remaining.reset();
    t.cycles.reset();
    const auto throughput = scaled(u32le.get(&pack[throughput_at]), 0.001);
    if (t.capacity) t.cycles = static_cast<std::int64_t>(throughput / *t.capacity);
    take_codes(pack[codes_at], pack[codes_at + 1], pack[codes_at + 2], codes, t);
    decode_balancing(read_le(&pack[balance_at], 4), cells, t);
    return {};
}

void fill_rest(Bytes& data, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    const std::size_t cells = t.cell_voltages.size(), sensors = sensor_count;
    data.resize(fixed_size + 2 * (cells + sensors));
    data[sensors_at] = static_cast<std::uint8_t>(sensors);
    const MutableBytes temperatures = MutableBytes(data).subspan(first_cell + 2 * cells);
    encode(sensor_table, temperatures, t);
    encode(board_table, temperatures.subspan(2 * sensors), t);
    const MutableBytes pack = temperatures.subspan(2 * (sensors + board_table.size()));
    encode(pack_table, pack, t);
    const double throughput = static_cast<double>(t.cycles.value_or(0)) * t.capacity.value_or(0);
    write_le(&pack[throughput_at], 4, static_cast<std::uint64_t>(unscaled(throughput, 0.001, u32le)));
    const auto told = fill_codes(codes, t);
    std::copy(told.begin(), told.end(), pack.begin() + codes_at);
    write_le(&pack[balance_at], 4, encode_balancing(t));
}

constexpr Layout status_layout{.least = fixed_size,
                               .fields = count_table,
                               .lists = cell_table,
                               .most_cells = 32,
                               .take = take_rest,
                               .fill = fill_rest};
constexpr Layout device_layout{.least = 32, .texts = device_texts};

class Ant final : public Host {
    using Host::Host;

    /// A board with a password answers nothing until it was sent, and nothing to the password itself.
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        if (const std::string_view secret = channel.radio()->secret(); !secret.empty())
            co_await must(send(channel, status_frames.frame(Bytes(secret.begin(), secret.end()), unlock, 0x01, 0x6A)));
        const Bytes request = device_question();
        const auto take = [&](ByteView frame) -> Reply<void> {
            const ByteView end = frame.last(status_frames.end.size());
            if (end[0] != 0xAA || end[1] != 0x55) return refuse(Refusal::bad_end);
            const auto data = device_frames.open(frame.first(frame.size() - device_rest), device | reply_mark);
            return data ? bms::take(device_layout, *data, reading) : refuse(data.error());
        };
        const Framing framing{.start = device_frames.start,
                              .length = [](ByteView so_far) { return device_frames.length(so_far) + device_rest; }};
        const Asking asking{.request = request, .framing = framing, .once = true};
        const auto told = co_await ask(channel, asking, take);
        if (!told) forget(device_layout, reading);
        co_return !told && told.error() == Refusal::link_lost ? told : Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const Bytes request = status_question();
        const auto take = [&](ByteView frame) -> Reply<void> {
            const auto data = status_frames.open(frame, status | reply_mark);
            return data ? bms::take(status_layout, *data, reading) : refuse(data.error());
        };
        const Asking asking{.request = request, .framing = framing(status_frames)};
        co_return co_await ask(channel, asking, take);
    }
};

class AntDevice final : public Device {
  public:
    explicit AntDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const auto asked_status = begins_with(input, status_question());
        const auto asked_device = begins_with(input, device_question());
        if (asked_status.value_or(0) != 0) {
            append(reply, status_frames.frame(fill(status_layout, truth_), status | reply_mark, 0, 0));
            return *asked_status;
        }
        if (asked_device.value_or(0) != 0) {
            append(reply, device_frames.frame(fill(device_layout, truth_), device | reply_mark, 0x6C, 0x02));
            reply.insert(reply.end(), {0, 0, 0, 0, 0, 0, 0xAA, 0x55});
            return *asked_device;
        }
        return asked_status || asked_device ? 0 : 1;
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe1", .write = "ffe1"}};
constexpr std::string_view by_code[]{"cycles", "balancing", "cell_balancing", "charge_fet", "discharge_fet", "alarms"};
constexpr Told delivers = Told{}
                              .add(by_code)
                              .add(status_layout)
                              .add(device_layout)
                              .add(Layout{.fields = sensor_table})
                              .add(Layout{.fields = board_table})
                              .add(Layout{.fields = pack_table});

}  // namespace

extern const Entry ant_bms;
const Entry ant_bms{
    .name = "aiobmsble_ant_bms",
    .type = "ANT smart BMS",
    .sheet = "ble/ant",
    .brands = "ANT boards of 2021 and later (22AA, 24BH, 16ZM; ANT-BLE2..., ANT-BLE3...)",
    .wiring = "Bluetooth; a password stands behind the address in BLUETOOTH_BMS",
    .lines = lines,
    .delivers = delivers,
    .make = make<Ant, ant_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> { return std::make_unique<AntDevice>(truth); },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
