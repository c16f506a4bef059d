// Heltec Smart BMS (YYBMS) on RS485. What the bytes mean: docs/bms/heltecmodbus.md
#include <fmt/format.h>

#include <algorithm>

#include "bms/language/identity.h"
#include "bms/language/modbus.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Layout;

// The connection test asks for the type name up to three times: 1.2 s on a silent line.
constexpr modbus::Timing timing{.first = 400ms, .rest = 400ms, .gap = 30ms};
constexpr int tries = 3, settings_tries = 4;

// What registers hold is least significant byte first, over all of a reply.
constexpr std::int64_t most_cells = 32;
constexpr double most_cell_voltage = 5;
constexpr std::array charge_limit_table{Field{0, u16le, 0.01, &Telemetry::max_charge_current}};
constexpr std::array discharge_limit_table{Field{0, u16le, 0.01, &Telemetry::max_discharge_current}};
constexpr std::array capacity_table{Field{0, u16le, 0.1, &Telemetry::capacity}};
constexpr std::array cells_table{Field{0, u8, 1, &Telemetry::cell_count}};
constexpr std::array voltage_table{Field{0, i32le, 0.001, &Telemetry::voltage}};
constexpr std::array current_table{Field{0, i32le, -0.01, &Telemetry::current}};
constexpr std::array soc_table{Field{0, u8, 1, &Telemetry::soc}, Field{1, u8, 1, &Telemetry::soh}};
constexpr std::array sensor_table{Field{0, u8, 1, sensor(2), 40}, Field{1, u8, 1, sensor(1), 40}};
constexpr std::array mosfet_table{Field{1, u8, 1, &Telemetry::temperature_mosfet, 40}};
constexpr std::size_t balancer_temperature_at = 0;
constexpr std::array run_bits{Bit{3, 4, &Telemetry::charge_fet, true}, Bit{3, 5, &Telemetry::discharge_fet, true}};
constexpr ListField cell_list{0, 2, u16le, 0.001, &Telemetry::cell_voltages};
constexpr std::array warning_bits{
    AlarmBit{0, Alarm::high_cell_voltage, 2},
    AlarmBit{1, Alarm::low_cell_voltage, 2},
    AlarmBit{3, Alarm::high_voltage, 2},
    AlarmBit{15, Alarm::high_voltage, 2},
    AlarmBit{4, Alarm::low_voltage, 2},
    AlarmBit{5, Alarm::high_charge_current, 2},
    AlarmBit{6, Alarm::high_discharge_current, 1},
    AlarmBit{7, Alarm::high_discharge_current, 2},
    AlarmBit{8, Alarm::high_discharge_current, 2},
    AlarmBit{9, Alarm::high_charge_temperature, 2},
    AlarmBit{10, Alarm::low_charge_temperature, 2},
    AlarmBit{11, Alarm::high_temperature, 2},
    AlarmBit{12, Alarm::low_temperature, 2},
    AlarmBit{13, Alarm::high_internal_temperature, 2},
    AlarmBit{14, Alarm::low_soc, 2},
};
constexpr std::uint64_t other_faults = 0xFFFF0000;
constexpr std::array warning_words{modbus::AlarmWord{0, u32le, warning_bits}};

Reply<void> take_type(ByteView data, Reading&)
{
    return is_text(data) ? Reply<void>{} : refuse(Refusal::bad_content);
}

void put_text(MutableBytes data, std::string_view text)
{
    std::copy_n(text.begin(), std::min(text.size(), data.size()), data.begin());
}

Reply<void> take_cell_count(ByteView, Reading& reading)
{
    const auto count = *reading.telemetry.cell_count;
    return count >= 1 && count <= most_cells ? Reply<void>{} : refuse(Refusal::bad_content);
}

/// Eight bytes as four groups of digits.
Reply<void> take_serial(ByteView data, Reading& reading)
{
    std::string text = to_hex(data);
    for (const std::size_t at : {12U, 8U, 4U}) text.insert(at, 1, '-');
    reading.identity.serial_number = reading.identity.unique_id = text;
    return {};
}

void fill_serial(MutableBytes data, const Reading& reading)
{
    put_text(data, letters_and_digits(reading.identity.serial_number.value_or("")));
}

Reply<void> take_date(ByteView data, Reading& reading)
{
    const auto year = static_cast<int>(read_le(data.data(), 2));
    const int day = data[2], month = data[3];
    Text text = date_text(year, month, day);
    if (text) text = fmt::format("{:04}-{:02}-{:02}", year, month, day);
    reading.identity.production_date = text;
    return {};
}

void fill_date(MutableBytes data, const Reading& reading)
{
    const std::string digits = letters_and_digits(reading.identity.production_date.value_or(""));
    if (digits.size() != 8) return;
    write_le(data.data(), 2, std::stoul(digits.substr(0, 4)));
    data[2] = static_cast<std::uint8_t>(std::stoul(digits.substr(6)));
    data[3] = static_cast<std::uint8_t>(std::stoul(digits.substr(4, 2)));
}

/// The name ends with the hardware number when both blocks are read.
Reply<void> take_name(ByteView data, Reading& reading)
{
    reading.identity.hardware_version = printable(data);
    return {};
}

void fill_name(MutableBytes data, const Reading& reading)
{
    put_text(data, reading.identity.hardware_version.value_or(""));
}

Reply<void> take_hardware_number(ByteView data, Reading& reading)
{
    reading.identity.hardware_version = fmt::format("{}({})", reading.identity.hardware_version.value_or(""), data[0]);
    return {};
}

Reply<void> take_mosfet(ByteView data, Reading& reading)
{
    Number& temperature = reading.telemetry.temperature_mosfet;
    temperature = std::max(*temperature, data[balancer_temperature_at] - 40.0);
    return {};
}

void fill_mosfet(MutableBytes data, const Reading&)
{
    data[balancer_temperature_at] = data[1];
}

Reply<void> take_warnings(ByteView data, Reading& reading)
{
    const bool other = (read_le(data.data(), 4) & other_faults) != 0;
    reading.telemetry.alarms[Alarm::internal_failure] = static_cast<std::uint8_t>(other ? 2 : 0);
    return {};
}

void fill_warnings(MutableBytes data, const Reading& reading)
{
    if (reading.telemetry.alarms[Alarm::internal_failure].value_or(0) > 0) data[2] = 1;
}

Reply<void> take_soc(ByteView, Reading& reading)
{
    return *reading.telemetry.soh <= 100 ? plausible(reading.telemetry) : refuse(Refusal::implausible);
}

Reply<void> take_voltage(ByteView, Reading& reading)
{
    return plausible(reading.telemetry);
}

Reply<void> take_cells(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    decode(cell_list, data, static_cast<std::size_t>(*t.cell_count), t);
    for (const Number& cell : t.cell_voltages) {
        if (*cell > most_cell_voltage) return refuse(Refusal::implausible);
    }
    return {};
}

void fill_cells(MutableBytes data, const Reading& reading)
{
    encode(cell_list, data, reading.telemetry);
}

Reply<void> take_balancing(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    decode_balancing(read_le(data.data(), 4), static_cast<std::size_t>(*t.cell_count), t);
    t.balancing = any(t.cell_balancing);
    return {};
}

void fill_balancing(MutableBytes data, const Reading& reading)
{
    write_le(data.data(), 4, encode_balancing(reading.telemetry));
}

void fill_type(MutableBytes data, const Reading& reading)
{
    put_text(data, reading.identity.model_name.value_or("YYBMS"));
}

// Exactly these blocks are asked for: the device is not known to answer others.
constexpr Layout type_name{.block = {7, 13}, .take = take_type, .fill = fill_type};
constexpr Layout cells{.block = {81, static_cast<std::uint16_t>(most_cells)}, .take = take_cells, .fill = fill_cells};
constexpr Layout balancing{.block = {139, 2}, .take = take_balancing, .fill = fill_balancing};
constexpr std::array settings{
    Layout{.block = {191, 1}, .fields = charge_limit_table},
    Layout{.block = {194, 1}, .fields = discharge_limit_table},
    Layout{.block = {118, 1}, .fields = capacity_table, .take = modbus::take_plausible},
    Layout{.block = {41, 6}, .take = take_name, .fill = fill_name},
    Layout{.block = {2, 4}, .take = take_serial, .fill = fill_serial},
    Layout{.block = {75, 1}, .fields = cells_table, .take = take_cell_count},
    Layout{.block = {38, 1}, .take = take_hardware_number},
    Layout{.block = {39, 2}, .take = take_date, .fill = fill_date},
};
constexpr std::array state{
    Layout{.block = {76, 2}, .fields = voltage_table, .take = take_voltage},
    Layout{.block = {78, 2}, .fields = current_table, .take = modbus::take_plausible},
    Layout{.block = {152, 2}, .bits = run_bits},
    Layout{.block = {156, 2}, .alarms = warning_words, .take = take_warnings, .fill = fill_warnings},
    Layout{.block = {120, 1}, .fields = soc_table, .take = take_soc},
    Layout{.block = {113, 1}, .fields = sensor_table},
    Layout{.block = {112, 1}, .fields = mosfet_table, .take = take_mosfet, .fill = fill_mosfet},
};

// The cells come last: a range for the most there can be reaches over the temperatures.
constexpr auto all = [] {
    std::array<Layout, settings.size() + state.size() + 3> blocks{};
    auto next = std::copy(settings.begin(), settings.end(), blocks.begin());
    next = std::copy(state.begin(), state.end(), next);
    *next++ = type_name;
    *next++ = balancing;
    *next = cells;
    return blocks;
}();

class HeltecModbus final : public Protocol {
  public:
    explicit HeltecModbus(const Setup& setup) : config_(setup.config), host_(setup.address, timing) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        auto taken = co_await host_.read(channel, type_name, reading, tries);
        if (!taken) co_return taken;
        taken = co_await read_group(channel, settings, reading, settings_tries);
        if (!taken) co_return taken;
        reading.identity.type = fmt::format("#{}_Heltec_Smart", host_.address());
        co_return co_await poll(channel, reading);
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto taken = co_await read_group(channel, state, reading, tries);
        if (!taken) co_return taken;
        if (config_.soc_calculation) reading.telemetry.alarms[Alarm::low_soc].reset();
        const auto count = static_cast<std::uint16_t>(*reading.telemetry.cell_count);
        const std::array cell_group{cells.first(count), balancing};
        co_return co_await read_group(channel, cell_group, reading, tries);
    }

  private:
    /// One request that fails starts the whole group again, when no late reply can come into it any more.
    Task<Reply<void>> read_group(Channel& channel, std::span<const Layout> group, Reading& reading, int attempts) const
    {
        Reply<void> taken;
        for (int i = 0; i < attempts; ++i) {
            if (i > 0) co_await channel.pause(timing.first);
            taken = co_await host_.read(channel, group, reading);
            if (taken) break;
        }
        co_return taken;
    }

    const config::Config& config_;
    modbus::Host host_;
};

constexpr Line lines[]{{9600, 0x01}};
constexpr std::string_view delivers[]{
    "hardware_version",
    "serial_number",
    "production_date",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "soh",
    "capacity",
    "cell_voltages",
    "cell_balancing",
    "balancing",
    "temperatures",
    "temperature_mosfet",
    "charge_fet",
    "discharge_fet",
    "max_charge_current",
    "max_discharge_current",
    "alarms",
};

}  // namespace

extern const Entry heltec_modbus;
const Entry heltec_modbus{
    .name = "HeltecModbus",
    .type = "#1_Heltec_Smart",
    .sheet = "heltecmodbus",
    .brands = "Heltec Smart BMS, YYBMS / YanYang (not the boards JK makes for Heltec)",
    .wiring = "RS485 port of the board",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<HeltecModbus>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<modbus::ModbusDevice>(truth, line.address, all);
    },
    .unproven = true,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms
