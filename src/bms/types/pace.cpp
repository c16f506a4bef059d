// Pace boards (PACE RS232 V2.5). What the bytes mean: docs/bms/pace.md
#include <cmath>

#include "bms/language/ascii_frame.h"
#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

constexpr ascii::Dialect dialect{
    .start = '~', .version = 0x25, .reply_starts = "~", .groups = {0x46, 0x46}, .own_address_for_0 = true};
constexpr std::size_t text_size = 20;
constexpr Duration first_byte = 500ms;
constexpr ascii::Service analog{0x46, 0x42, 0, first_byte}, status{0x46, 0x44, 0, first_byte};
constexpr ascii::Service version{0x46, 0xC1, text_size, first_byte}, product{0x46, 0xC2, text_size, first_byte};
constexpr std::uint8_t every_pack = 0xFF, first_pack = 0x01;  // INFO of the two requests that carry one

constexpr ascii::Shape analog_shape{
    .at = 2, .size = 2, .between = 0, .most_cells = 16, .least_sensors = 0, .most_sensors = 8, .rest = 13};
constexpr ListField cell_list{3, 2, u16be, 0.001, &Telemetry::cell_voltages};
constexpr std::size_t user_count_at = 6;  // how many numbers follow it: 3, of a wall-pack variant 9
constexpr std::array pack_table{
    Field{0, i16be, 0.01, &Telemetry::current},
    Field{2, u16be, 0.001, &Telemetry::voltage},
    Field{4, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{7, u16be, 0.01, &Telemetry::capacity},
    Field{9, u16be, 1, &Telemetry::cycles},
    Field{11, u16be, 0.01, &Telemetry::design_capacity},
};
static_assert(fits(pack_table, analog_shape.rest) && apart(pack_table));

constexpr Field sensor_field(std::size_t index, Target target)
{
    return {2 * index, u16be, 0.1, target, 2730};
}
constexpr std::array sensor_table{sensor_field(0, sensor(1)),
                                  sensor_field(1, sensor(2)),
                                  sensor_field(2, sensor(3)),
                                  sensor_field(3, sensor(4)),
                                  sensor_field(4, &Telemetry::temperature_mosfet),
                                  sensor_field(5, &Telemetry::temperature_ambient)};

// The status reply has one code for each cell and sensor, then these bytes.
constexpr ascii::Shape status_shape{
    .at = 2, .size = 1, .between = 0, .most_cells = 16, .least_sensors = 0, .most_sensors = 8, .rest = 12};
constexpr std::size_t codes_at = 3, balance_at = 8;
constexpr std::array fet_bits{Bit{5, 1, &Telemetry::charge_fet}, Bit{5, 2, &Telemetry::discharge_fet}};
constexpr std::array<std::uint8_t, 5> alarm_places{3, 4, 7, 10, 11};
constexpr std::uint8_t protect1 = 0, protect2 = 8, fault = 16, warn1 = 24, warn2 = 32;
constexpr std::array alarm_bits{
    AlarmBit{protect1 + 0, Alarm::high_cell_voltage, 2},
    AlarmBit{warn1 + 0, Alarm::high_cell_voltage, 1},
    AlarmBit{protect1 + 1, Alarm::low_cell_voltage, 2},
    AlarmBit{warn1 + 1, Alarm::low_cell_voltage, 1},
    AlarmBit{protect1 + 2, Alarm::high_voltage, 2},
    AlarmBit{warn1 + 2, Alarm::high_voltage, 1},
    AlarmBit{protect1 + 3, Alarm::low_voltage, 2},
    AlarmBit{protect1 + 7, Alarm::low_voltage, 2},
    AlarmBit{warn1 + 3, Alarm::low_voltage, 1},
    AlarmBit{protect1 + 4, Alarm::high_charge_current, 2},
    AlarmBit{warn1 + 4, Alarm::high_charge_current, 1},
    AlarmBit{protect1 + 5, Alarm::high_discharge_current, 2},
    AlarmBit{protect1 + 6, Alarm::high_discharge_current, 2},
    AlarmBit{warn1 + 5, Alarm::high_discharge_current, 1},
    AlarmBit{protect2 + 0, Alarm::high_charge_temperature, 2},
    AlarmBit{warn2 + 0, Alarm::high_charge_temperature, 1},
    AlarmBit{protect2 + 1, Alarm::high_temperature, 2},
    AlarmBit{protect2 + 5, Alarm::high_temperature, 2},
    AlarmBit{warn2 + 1, Alarm::high_temperature, 1},
    AlarmBit{warn2 + 4, Alarm::high_temperature, 1},
    AlarmBit{protect2 + 2, Alarm::low_charge_temperature, 2},
    AlarmBit{warn2 + 2, Alarm::low_charge_temperature, 1},
    AlarmBit{protect2 + 3, Alarm::low_temperature, 2},
    AlarmBit{protect2 + 6, Alarm::low_temperature, 2},
    AlarmBit{warn2 + 3, Alarm::low_temperature, 1},
    AlarmBit{warn2 + 5, Alarm::low_temperature, 1},
    AlarmBit{protect2 + 4, Alarm::high_internal_temperature, 2},
    AlarmBit{warn2 + 6, Alarm::high_internal_temperature, 1},
    AlarmBit{warn2 + 7, Alarm::low_soc, 1},
    AlarmBit{fault + 0, Alarm::internal_failure, 2},
    AlarmBit{fault + 1, Alarm::internal_failure, 2},
    AlarmBit{fault + 2, Alarm::internal_failure, 2},
    AlarmBit{fault + 4, Alarm::internal_failure, 2},
    AlarmBit{fault + 5, Alarm::internal_failure, 2},
};

/// Absent, too, when the pack does not know how much full is.
Number state_of_charge(ByteView pack)
{
    const auto remaining = static_cast<double>(read_be(&pack[4], 2)), full = static_cast<double>(read_be(&pack[7], 2));
    if (full == 0) return std::nullopt;
    return soc_in_range(std::round(remaining / full * 10000) / 100);
}

Reply<void> take_analog(ByteView info, Telemetry& t)
{
    const auto counted = ascii::count(info, analog_shape);
    if (!counted) return refuse(counted.error());
    if (t.cell_count && *t.cell_count != static_cast<std::int64_t>(counted->cells)) return refuse(Refusal::bad_content);
    const ByteView pack = info.subspan(counted->end);
    t.soc = state_of_charge(pack);
    t.cell_count = static_cast<std::int64_t>(counted->cells);
    decode(cell_list, info, counted->cells, t);
    decode(sensor_table, info.subspan(counted->sensors_at, 2 * counted->sensors), t);
    decode(pack_table, pack, t);
    return {};
}

Reply<void> take_status(ByteView info, Telemetry& t)
{
    const auto counted = ascii::count(info, status_shape);
    if (!counted) return refuse(counted.error());
    const ByteView codes = info.subspan(codes_at, counted->cells);
    if (static_cast<std::int64_t>(counted->cells) != t.cell_count || !ascii::are_codes(codes))
        return refuse(Refusal::bad_content);
    const ByteView states = info.subspan(counted->end);
    decode(fet_bits, states, t);
    decode(alarm_bits, gather(states, alarm_places), t.alarms);
    decode_balancing(read_le(&states[balance_at], 2), counted->cells, t);
    t.balancing = any(t.cell_balancing);
    return {};
}

class Pace final : public Protocol {
  public:
    explicit Pace(const Setup& setup) : host_(dialect, setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        host_.forget();
        reading.telemetry.cell_count.reset();
        const auto read = co_await read_analog(channel, reading.telemetry);
        if (!read) co_return read;
        reading.identity.type = "PACE RS232";
        const Text version_text = co_await read_text(channel, version);
        reading.identity.hardware_version = version_text;
        reading.identity.serial_number = co_await read_text(channel, product, version_text);
        const Identity& identity = reading.identity;
        reading.identity.unique_id = identity.serial_number ? *identity.serial_number : common_unique_id(reading);
        co_return co_await read_status(channel, reading.telemetry);
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto read = co_await read_status(channel, reading.telemetry);
        if (!read) co_return read;
        co_return co_await read_analog(channel, reading.telemetry);
    }

  private:
    Task<Reply<void>> read_analog(Channel& channel, Telemetry& telemetry)
    {
        return host_.read(channel, analog, Bytes{every_pack}, take_analog, telemetry);
    }
    Task<Reply<void>> read_status(Channel& channel, Telemetry& telemetry)
    {
        return host_.read(channel, status, Bytes{first_pack}, take_status, telemetry);
    }

    /// The first 20 characters of a text; absent when it does not come or is empty. `before`: the text asked for before
    /// this one, whose late reply must not be taken for it.
    Task<Text> read_text(Channel& channel, ascii::Service service, Text before = {})
    {
        const auto check = [&](ByteView info) -> Reply<void> {
            if (info.size() != text_size && info.size() != 2 * text_size) return refuse(Refusal::bad_length);
            if (before && printable(info.first(text_size)) == *before) return refuse(Refusal::wrong_echo);
            return {};
        };
        const auto info = co_await host_.ask(channel, service, {}, check, 3);
        if (!info) co_return std::nullopt;
        std::string text = printable(ByteView(*info).first(text_size));
        co_return text.empty() ? Text() : Text(std::move(text));
    }

    ascii::Host host_;
};

class PaceDevice final : public ascii::AsciiDevice {
  public:
    PaceDevice(Reading& truth, std::uint8_t address) : AsciiDevice(dialect, address), truth_(truth) {}

  protected:
    Answer answer(const ascii::Frame& request) override
    {
        switch (request.code) {
            case analog.code:
                return analog_info();
            case status.code:
                return status_info();
            case version.code:
                return text(truth_.identity.hardware_version);
            case product.code:
                return text(truth_.identity.serial_number);
            default:
                return std::unexpected(ascii::unknown_command);
        }
    }

  private:
    static Bytes text(const Text& text)
    {
        Bytes info(text_size, ' ');
        if (text) std::copy_n(text->begin(), std::min(text->size(), text_size), info.begin());
        return info;
    }

    Bytes analog_info() const
    {
        const Telemetry& t = truth_.telemetry;
        const auto counted =
            ascii::counted(analog_shape, t.cell_voltages.size(), ascii::sensors_needed(sensor_table, t));
        Bytes info = ascii::blank(analog_shape, counted);
        info[1] = 1;
        encode(cell_list, info, t);
        encode(sensor_table, MutableBytes(info).subspan(counted.sensors_at, 2 * counted.sensors), t);
        const auto pack = MutableBytes(info).subspan(counted.end);
        encode(pack_table, pack, t);
        pack[user_count_at] = 3;
        return info;
    }

    Bytes status_info() const
    {
        const Telemetry& t = truth_.telemetry;
        const auto counted =
            ascii::counted(status_shape, t.cell_voltages.size(), ascii::sensors_needed(sensor_table, t));
        Bytes info = ascii::blank(status_shape, counted);
        info[1] = 1;
        const auto states = MutableBytes(info).subspan(counted.end);
        encode(fet_bits, states, t);
        scatter(encode(alarm_bits, t.alarms), alarm_places, states);
        write_le(&states[balance_at], 2, encode_balancing(t));
        return info;
    }

    Reading& truth_;
};

constexpr Line lines[]{{9600, 0x00}};
constexpr std::string_view delivers[]{
    "hardware_version",
    "serial_number",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "capacity",
    "capacity_remaining",
    "design_capacity",
    "cycles",
    "cell_voltages",
    "cell_balancing",
    "balancing",
    "temperatures",
    "temperature_mosfet",
    "temperature_ambient",
    "charge_fet",
    "discharge_fet",
    "alarms",
};

}  // namespace

extern const Entry pace;
const Entry pace{
    .name = "Pace",
    .type = "PACE RS232",
    .sheet = "pace",
    .brands = "PACE P16S boards: Jakiper, Tewaycell, EG4 (older), Easun, Revov R100 and many wall packs",
    .wiring =
        "RS232 port of the pack (some boards TTL or RS485); 9600 baud, address on the DIP switches, 0 as delivered",
    .lines = lines,
    .interval = 5s,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Pace>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<PaceDevice>(truth, line.address);
    },
};

}  // namespace bmsd::bms
