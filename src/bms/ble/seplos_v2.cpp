// Seplos boards before V3 over Bluetooth: the tables of RS485 in bytes. What the bytes mean: docs/bms/ble/seplos_v2.md
#include <charconv>
#include <vector>

#include "bms/language/ble_rows.h"
#include "bms/language/told.h"
#include "bms/types/seplos_rows.h"

namespace bmsd::bms::ble {
namespace {

using namespace seplos_tables;

// A request is 7E 10, address, 46, command, length of the data, data, CRC, 0D. Its reply is 7E 14, address, command,
// error, length of the data, data, CRC, 0D.
constexpr std::uint8_t maker = 0x51, pack = 0x61, system_state = 0x62, device_code = 0x46;
constexpr Envelope questions{.start = "\x7E\x10",
                             .head = 7,
                             .count_at = 5,
                             .count = u16be,
                             .summed_from = 1,
                             .sum = big_endian<checksum::crc16_xmodem>,
                             .end = "\x0D"};
constexpr Envelope frames{.start = "\x7E\x14",
                          .head = 7,
                          .count_at = 5,
                          .count = u16be,
                          .echo_at = 3,
                          .asked_at = 4,
                          .status_at = 4,
                          .summed_from = 1,
                          .sum = big_endian<checksum::crc16_xmodem>,
                          .end = "\x0D"};

Bytes request(const Row& row)
{
    constexpr std::uint8_t main_pack[]{0x00};
    return questions.frame(row.code == pack ? ByteView(main_pack) : ByteView(), 0x00, device_code, row.code);
}

constexpr TextField model[]{{19, 10, &Identity::model_name}};
constexpr std::array pack_count_table{Field{35, u8, 1, &Telemetry::pack_count, 0, 0}};
constexpr std::size_t version_at = 30, maker_size = 36;

Reply<void> take_maker(ByteView data, Reading& reading)
{
    reading.identity.firmware_version = std::to_string(data[version_at]) + '.' + std::to_string(data[version_at + 1]);
    return {};
}

void fill_maker(Bytes& data, const Reading& reading)
{
    const std::string& version = reading.identity.firmware_version.value_or("");
    const char* const end = version.data() + version.size();
    const auto major = std::from_chars(version.data(), end, data[version_at]);
    if (major.ptr != end) std::from_chars(major.ptr + 1, end, data[version_at + 1]);
}

// Behind the numbers of the pack: a state of each cell and sensor, counted events, the balancing cells.
constexpr std::size_t fixed_size = 23, least_sensors = 2, events = 8;  // fixed: without the states
constexpr Field sensor_field(std::size_t index, Target target)
{
    return {2 * index, u16be, 0.1, target, 2731, 0};
}

/// The last two sensors are those of the surroundings and of the MOSFETs, the ones before them on the cells.
void sensors_of(std::size_t count, std::vector<Field>& table)
{
    for (std::size_t i = 0; i < std::min(count - least_sensors, sensor_count); ++i)
        table.push_back(sensor_field(i, sensor(static_cast<int>(i + 1))));
    table.push_back(sensor_field(count - 2, &Telemetry::temperature_ambient));
    table.push_back(sensor_field(count - 1, &Telemetry::temperature_mosfet));
}

ascii::Shape pack_shape()
{
    ascii::Shape shape = telemetry_shape;
    shape.least_sensors = least_sensors;
    return shape;
}

Reply<void> take_pack(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    const auto counted = ascii::count(data, pack_shape());
    if (!counted) return refuse(counted.error());
    const std::size_t cells = counted->cells, events_at = counted->end + fixed_size + cells + counted->sensors;
    const std::size_t bytes = (cells + 7) / 8;
    if (data.size() <= events_at || data.size() < events_at + 1 + data[events_at] + bytes)
        return refuse(Refusal::bad_length);
    t.cell_count = static_cast<std::int64_t>(cells);
    decode(cell_list, data.subspan(telemetry_shape.at + 1), cells, t);
    t.temperatures = {};
    std::vector<Field> sensors;
    sensors_of(counted->sensors, sensors);
    decode(sensors, data.subspan(counted->sensors_at), t);
    decode(pack_table, data.subspan(counted->end), t);
    decode_balancing(read_le(&data[events_at + 1U + data[events_at]], bytes), cells, t);
    t.balancing = any(t.cell_balancing);
    return {};
}

void fill_pack(Bytes& data, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    const std::size_t cells = t.cell_voltages.size();
    std::size_t fitted = sensor_count;
    while (fitted > 0 && !t.temperatures[fitted - 1]) --fitted;
    const ascii::Counted counted = ascii::counted(pack_shape(), cells, fitted + least_sensors);
    const std::size_t events_at = counted.end + fixed_size + cells + counted.sensors;
    data.resize(events_at + 1 + events + (cells + 7) / 8);
    data[telemetry_shape.at] = static_cast<std::uint8_t>(cells);
    data[counted.sensors_at - 1] = static_cast<std::uint8_t>(counted.sensors);
    encode(cell_list, MutableBytes(data).subspan(telemetry_shape.at + 1), t);
    std::vector<Field> sensors;
    sensors_of(counted.sensors, sensors);
    encode(sensors, MutableBytes(data).subspan(counted.sensors_at), t);
    encode(pack_table, MutableBytes(data).subspan(counted.end), t);
    data[events_at] = events;
    write_le(&data[events_at + 1 + events], (cells + 7) / 8, encode_balancing(t));
}

void forget_pack(Reading& reading)
{
    reading.telemetry.cell_count.reset();
}

// Events stand with the last one first.
constexpr std::size_t events_count_at = 39, used_events = 6;
constexpr std::array switch_bits{Bit{38, 0, &Telemetry::discharge_fet}, Bit{38, 1, &Telemetry::charge_fet},
                                 Bit{38, 3, &Telemetry::heating}};

std::array<std::uint8_t, used_events> event_places(std::size_t count)
{
    std::array<std::uint8_t, used_events> places{};
    for (std::size_t i = 0; i < used_events; ++i) places[i] = static_cast<std::uint8_t>(events_count_at + count - i);
    return places;
}

Reply<void> take_system(ByteView data, Reading& reading)
{
    const std::size_t count = data[events_count_at];
    if (data.size() <= events_count_at + count) return refuse(Refusal::bad_length);
    reading.telemetry.alarms = {};
    if (count >= used_events) decode(alarm_bits, gather(data, event_places(count)), reading.telemetry.alarms);
    return {};
}

void fill_system(Bytes& data, const Reading& reading)
{
    data.resize(events_count_at + 1 + events);
    data[events_count_at] = events;
    scatter(encode(alarm_bits, reading.telemetry.alarms), event_places(events), data);
}

constexpr Row rows[]{
    {{"Seplos maker (51)"},
     maker,
     {.least = maker_size, .fields = pack_count_table, .texts = model, .take = take_maker, .fill = fill_maker}},
    {{"Seplos pack (61)", Need::required, forget_pack}, pack, {.least = 3, .take = take_pack, .fill = fill_pack}},
    {{"Seplos system (62)"},
     system_state,
     {.least = events_count_at + 1, .bits = switch_bits, .take = take_system, .fill = fill_system}},
};
constexpr Speech speech{.reply = frames, .request = request, .rows = rows};

class SeplosV2 final : public RowHost {
  public:
    SeplosV2(const Entry& entry, const Setup& setup) : RowHost(entry, setup, speech) {}

  private:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override { return take(channel, rows[0], reading); }
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_await must(take(channel, rows[1], reading));
        co_return co_await take(channel, rows[2], reading);
    }
};

constexpr Gatt gatt[]{{.service = "ff00", .notify = "ff01", .write = "ff02"}};
constexpr Layout in_the_pack{.fields = pack_table};
constexpr Told delivers =
    Told{"firmware_version",   "cell_count",     "cell_voltages", "temperatures", "temperature_ambient",
         "temperature_mosfet", "cell_balancing", "balancing",     "alarms"}
        .add(in_the_pack)
        .add(rows);

}  // namespace

extern const Entry seplos_v2_bms;
constinit const Entry seplos_v2_bms{
    .name = "aiobmsble_seplos_v2_bms",
    .type = "Seplos smart BMS V2",
    .sheet = "ble/seplos_v2",
    .brands = "Seplos boards before V3 (BP0., BP1., BP2.)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<SeplosV2, seplos_v2_bms>,
    .device = device_of_rows<speech>,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
