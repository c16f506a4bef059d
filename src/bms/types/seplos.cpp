// Seplos boards before V3. What the bytes mean: docs/bms/seplos.md
#include <fmt/format.h>

#include "bms/language/ascii_frame.h"
#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

constexpr ascii::Dialect dialect{.start = '~', .version = 0x20, .reply_starts = "~", .groups = {0x46, 0x46}};
constexpr ascii::Service telemetry_service{0x46, 0x42}, alarm_service{0x46, 0x44};
constexpr std::uint8_t first_group = 0x01;

constexpr ascii::Shape telemetry_shape{
    .at = 2, .size = 2, .between = 0, .most_cells = 32, .least_sensors = 1, .most_sensors = 16, .rest = 17};
constexpr ListField cell_list{3, 2, u16be, 0.001, &Telemetry::cell_voltages};
constexpr std::size_t custom_count_at = 6, custom_count = 10;
constexpr std::array pack_table{
    Field{0, i16be, 0.01, &Telemetry::current},
    Field{2, u16be, 0.01, &Telemetry::voltage},
    Field{4, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{7, u16be, 0.01, &Telemetry::capacity},
    Field{9, u16be, 0.1, &Telemetry::soc},
    Field{13, u16be, 1, &Telemetry::cycles},
    Field{15, u16be, 0.1, &Telemetry::soh},
};
static_assert(fits(pack_table, telemetry_shape.rest) && apart(pack_table));

constexpr Field sensor_field(std::size_t index, Target target)
{
    return {2 * index, u16be, 0.1, target, 2731};
}
constexpr std::array sensor_table{sensor_field(0, sensor(1)),
                                  sensor_field(1, sensor(2)),
                                  sensor_field(2, sensor(3)),
                                  sensor_field(3, sensor(4)),
                                  sensor_field(4, &Telemetry::temperature_ambient),
                                  sensor_field(5, &Telemetry::temperature_mosfet)};

// The alarm reply has one code for each cell and sensor, three other codes, then six events and the states.
constexpr ascii::Shape alarm_shape{
    .at = 2, .size = 1, .between = 0, .most_cells = 32, .least_sensors = 1, .most_sensors = 16, .rest = 12};
constexpr std::size_t codes_at = 3, events_after = 3, event_count = 6, balance_at = 7;
constexpr std::array state_bits{Bit{6, 0, &Telemetry::discharge_fet}, Bit{6, 1, &Telemetry::charge_fet},
                                Bit{6, 3, &Telemetry::heating}};
constexpr std::uint8_t event1 = 0, event2 = 8, event3 = 16, event4 = 24, event5 = 32, event6 = 40;
constexpr std::array alarm_bits{
    AlarmBit{event2 + 1, Alarm::high_cell_voltage, 2},
    AlarmBit{event2 + 0, Alarm::high_cell_voltage, 1},
    AlarmBit{event2 + 3, Alarm::low_cell_voltage, 2},
    AlarmBit{event2 + 2, Alarm::low_cell_voltage, 1},
    AlarmBit{event2 + 5, Alarm::high_voltage, 2},
    AlarmBit{event6 + 0, Alarm::high_voltage, 2},
    AlarmBit{event2 + 4, Alarm::high_voltage, 1},
    AlarmBit{event2 + 7, Alarm::low_voltage, 2},
    AlarmBit{event2 + 6, Alarm::low_voltage, 1},
    AlarmBit{event3 + 1, Alarm::high_charge_temperature, 2},
    AlarmBit{event3 + 0, Alarm::high_charge_temperature, 1},
    AlarmBit{event3 + 3, Alarm::low_charge_temperature, 2},
    AlarmBit{event3 + 2, Alarm::low_charge_temperature, 1},
    AlarmBit{event3 + 5, Alarm::high_temperature, 2},
    AlarmBit{event3 + 4, Alarm::high_temperature, 1},
    AlarmBit{event3 + 7, Alarm::low_temperature, 2},
    AlarmBit{event3 + 6, Alarm::low_temperature, 1},
    AlarmBit{event4 + 4, Alarm::high_internal_temperature, 2},
    AlarmBit{event4 + 5, Alarm::high_internal_temperature, 1},
    AlarmBit{event5 + 1, Alarm::high_charge_current, 2},
    AlarmBit{event5 + 0, Alarm::high_charge_current, 1},
    AlarmBit{event5 + 3, Alarm::high_discharge_current, 2},
    AlarmBit{event5 + 4, Alarm::high_discharge_current, 2},
    AlarmBit{event5 + 5, Alarm::high_discharge_current, 2},
    AlarmBit{event5 + 6, Alarm::high_discharge_current, 2},
    AlarmBit{event5 + 7, Alarm::high_discharge_current, 2},
    AlarmBit{event5 + 2, Alarm::high_discharge_current, 1},
    AlarmBit{event6 + 3, Alarm::low_soc, 2},
    AlarmBit{event6 + 2, Alarm::low_soc, 1},
    AlarmBit{event1 + 4, Alarm::cell_imbalance, 2},
    AlarmBit{event1 + 0, Alarm::internal_failure, 2},
    AlarmBit{event1 + 1, Alarm::internal_failure, 2},
    AlarmBit{event1 + 2, Alarm::internal_failure, 2},
    AlarmBit{event1 + 3, Alarm::internal_failure, 2},
    AlarmBit{event1 + 5, Alarm::internal_failure, 2},
    AlarmBit{event1 + 6, Alarm::internal_failure, 2},
    AlarmBit{event1 + 7, Alarm::internal_failure, 2},
    AlarmBit{event6 + 5, Alarm::internal_failure, 2},
    AlarmBit{event6 + 6, Alarm::internal_failure, 2},
};

Reply<void> take_telemetry(ByteView info, Telemetry& t)
{
    const auto counted = ascii::count(info, telemetry_shape);
    if (!counted) return refuse(counted.error());
    if (t.cell_count && *t.cell_count != static_cast<std::int64_t>(counted->cells)) return refuse(Refusal::bad_content);
    const ByteView pack = info.subspan(counted->end);
    t.cell_count = static_cast<std::int64_t>(counted->cells);
    decode(cell_list, info, counted->cells, t);
    decode(sensor_table, info.subspan(counted->sensors_at, 2 * counted->sensors), t);
    decode(pack_table, pack, t);
    t.soc = soc_in_range(*t.soc);
    return {};
}

Reply<void> take_alarms(ByteView info, Telemetry& t)
{
    const auto counted = ascii::count(info, alarm_shape);
    if (!counted) return refuse(counted.error());
    if (static_cast<std::int64_t>(counted->cells) != t.cell_count ||
        !ascii::are_codes(info.subspan(codes_at, counted->cells)))
        return refuse(Refusal::bad_content);
    const ByteView events = info.subspan(counted->end + events_after);
    decode(alarm_bits, read_le(events.data(), event_count), t.alarms);
    decode(state_bits, events, t);
    decode_balancing(read_le(&events[balance_at], 2), counted->cells, t);
    t.balancing = any(t.cell_balancing);
    return {};
}

class Seplos final : public Protocol {
  public:
    explicit Seplos(const Setup& setup) : host_(dialect, setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        reading.telemetry.cell_count.reset();
        group_ = host_.address();
        auto taken = co_await read_telemetry(channel, reading.telemetry);
        if (!taken && group_ != first_group) {
            group_ = first_group;
            taken = co_await read_telemetry(channel, reading.telemetry);
        }
        if (taken) taken = co_await read_alarms(channel, reading.telemetry);
        if (!taken) co_return taken;
        name(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto taken = co_await read_telemetry(channel, reading.telemetry);
        if (!taken) co_return taken;
        co_return co_await read_alarms(channel, reading.telemetry);
    }

  private:
    Task<Reply<void>> read_telemetry(Channel& channel, Telemetry& telemetry)
    {
        return host_.read(channel, telemetry_service, Bytes{group_}, take_telemetry, telemetry);
    }
    Task<Reply<void>> read_alarms(Channel& channel, Telemetry& telemetry)
    {
        return host_.read(channel, alarm_service, Bytes{group_}, take_alarms, telemetry);
    }

    /// The board tells neither version nor serial number.
    void name(Reading& reading) const
    {
        Identity& identity = reading.identity;
        identity.type = "Seplos";
        identity.hardware_version = fmt::format("Seplos BMS {}S", *reading.telemetry.cell_count);
        const std::uint8_t address = host_.address();
        identity.unique_id = letters_and_digits(*identity.hardware_version) + '_' +
                             (address == 0 ? "" : fmt::format("0x{:02X}_", address)) +
                             decimal_text(*reading.telemetry.capacity) + "Ah";
    }

    ascii::Host host_;
    std::uint8_t group_ = 0;  // INFO of both requests: the address; some boards want 01
};

class SeplosDevice final : public ascii::AsciiDevice {
  public:
    SeplosDevice(Reading& truth, std::uint8_t address) : AsciiDevice(dialect, address), truth_(truth) {}

  protected:
    Answer answer(const ascii::Frame& request) override
    {
        if (request.code == telemetry_service.code) return telemetry_info();
        if (request.code == alarm_service.code) return alarm_info();
        return std::unexpected(ascii::unknown_command);
    }

  private:
    ascii::Counted counted(const ascii::Shape& shape) const
    {
        const Telemetry& t = truth_.telemetry;
        const std::size_t sensors = std::max(shape.least_sensors, ascii::sensors_needed(sensor_table, t));
        return ascii::counted(shape, t.cell_voltages.size(), sensors);
    }

    Bytes telemetry_info() const
    {
        const Telemetry& t = truth_.telemetry;
        const auto counted = this->counted(telemetry_shape);
        Bytes info = ascii::blank(telemetry_shape, counted, 10);
        info[1] = address();
        encode(cell_list, info, t);
        encode(sensor_table, MutableBytes(info).subspan(counted.sensors_at, 2 * counted.sensors), t);
        const auto pack = MutableBytes(info).subspan(counted.end);
        encode(pack_table, pack, t);
        pack[custom_count_at] = custom_count;
        return info;
    }

    Bytes alarm_info() const
    {
        const Telemetry& t = truth_.telemetry;
        const auto counted = this->counted(alarm_shape);
        Bytes info = ascii::blank(alarm_shape, counted, 11);
        info[1] = address();
        const auto events = MutableBytes(info).subspan(counted.end + events_after);
        write_le(events.data(), event_count, encode(alarm_bits, t.alarms));
        encode(state_bits, events, t);
        write_le(&events[balance_at], 2, encode_balancing(t));
        return info;
    }

    Reading& truth_;
};

constexpr Line lines[]{{19200, 0x00}};
constexpr std::string_view delivers[]{
    "hardware_version",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "soh",
    "capacity",
    "capacity_remaining",
    "cycles",
    "cell_voltages",
    "cell_balancing",
    "balancing",
    "temperatures",
    "temperature_mosfet",
    "temperature_ambient",
    "charge_fet",
    "discharge_fet",
    "heating",
    "alarms",
};

}  // namespace

extern const Entry seplos;
const Entry seplos{
    .name = "Seplos",
    .type = "Seplos",
    .sheet = "seplos",
    .brands = "Seplos 1101, EMU10xx and EMU11xx boards (V2), Boqiang packs",
    .wiring = "RS485 or RS232 port of the pack; 19200 baud, address on the DIP switches, 0 as delivered",
    .lines = lines,
    .interval = 5s,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Seplos>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<SeplosDevice>(truth, line.address);
    },
};

}  // namespace bmsd::bms
