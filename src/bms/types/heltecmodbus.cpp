// Heltec Smart BMS (YYBMS) on RS485. What the bytes mean: docs/bms/heltecmodbus.md
#include <fmt/format.h>

#include <algorithm>

#include "bms/language/identity.h"
#include "bms/language/modbus.h"
#include "bms/language/told.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Row;

// The connection test asks for the type name up to three times: 1.2 s on a silent line.
constexpr modbus::Timing timing{.first = 400ms, .rest = 400ms, .gap = 30ms, .tries = 3};
constexpr int settings_tries = 4;

// What registers hold is least significant byte first, over all of a reply.
constexpr std::int64_t most_cells = 32;
constexpr double most_cell_voltage = 5;
constexpr std::int64_t freezing = 40, no_sensor = 0;  // raw values
constexpr std::array charge_limit_table{Field{0, u16le, 0.01, &Telemetry::max_charge_current}};
constexpr std::array discharge_limit_table{Field{0, u16le, 0.01, &Telemetry::max_discharge_current}};
constexpr std::array capacity_table{Field{0, u16le, 0.1, &Telemetry::capacity}};
constexpr std::array cells_table{Field{0, u8, 1, &Telemetry::cell_count}};
constexpr std::array voltage_table{Field{0, i32le, 0.001, &Telemetry::voltage}};
constexpr std::array current_table{Field{0, i32le, -0.01, &Telemetry::current}};
constexpr std::array soc_table{Field{0, u8, 1, &Telemetry::soc}, Field{1, u8, 1, &Telemetry::soh}};
constexpr std::array sensor_table{Field{0, u8, 1, sensor(2), freezing, no_sensor},
                                  Field{1, u8, 1, sensor(1), freezing, no_sensor}};
constexpr std::array mosfet_table{Field{1, u8, 1, &Telemetry::temperature_mosfet, freezing, no_sensor}};
constexpr std::size_t balancer_temperature_at = 0;
constexpr std::array run_bits{Bit{3, 4, &Telemetry::charge_fet, true}, Bit{3, 5, &Telemetry::discharge_fet, true}};
constexpr ListField cell_lists[]{{0, 2, u16le, 0.001, &Telemetry::cell_voltages}};
constexpr BalanceMask balance_masks[]{{0, u32le}};
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
    AlarmBit{16, Alarm::internal_failure, 2},  // any of the upper half, see take_warnings()
};
constexpr std::size_t other_faults_at = 2;
constexpr std::array warning_words{AlarmWord{0, u32le, warning_bits}};

void put_text(MutableBytes data, std::string_view text)
{
    std::copy_n(text.begin(), std::min(text.size(), data.size()), data.begin());
}

Reply<void> take_type(ByteView data, Reading&)
{
    return is_text(data) ? Reply<void>{} : refuse(Refusal::bad_content);
}

void fill_type(Bytes& data, const Reading& reading)
{
    put_text(data, reading.identity.model_name.value_or("YYBMS"));
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
    reading.identity.serial_number = text;
    return {};
}

void fill_serial(Bytes& data, const Reading& reading)
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

void fill_date(Bytes& data, const Reading& reading)
{
    const std::string digits = letters_and_digits(reading.identity.production_date.value_or(""));
    if (digits.size() != 8) return;
    write_le(data.data(), 2, std::stoul(digits.substr(0, 4)));
    data[2] = static_cast<std::uint8_t>(std::stoul(digits.substr(6)));
    data[3] = static_cast<std::uint8_t>(std::stoul(digits.substr(4, 2)));
}

/// The name ends with it when both blocks are read.
Reply<void> take_hardware_number(ByteView data, Reading& reading)
{
    reading.identity.hardware_version = fmt::format("{}({})", reading.identity.hardware_version.value_or(""), data[0]);
    return {};
}

Reply<void> take_mosfet(ByteView data, Reading& reading)
{
    Number& temperature = reading.telemetry.temperature_mosfet;
    const auto balancer = data[balancer_temperature_at];
    if (balancer != no_sensor) temperature = std::max(temperature, Number(balancer - double{freezing}));
    return {};
}

Reply<void> take_warnings(ByteView data, Reading& reading)
{
    if (read_le(&data[other_faults_at], 2) != 0) reading.telemetry.alarms.raise(Alarm::internal_failure, 2);
    return {};
}

Reply<void> take_soc(ByteView, Reading& reading)
{
    Number& health = reading.telemetry.soh;
    if (*health > 100) health.reset();
    return {};
}

Reply<void> take_cells(ByteView, Reading& reading)
{
    for (const Number& cell : reading.telemetry.cell_voltages)
        if (*cell > most_cell_voltage) return refuse(Refusal::implausible);
    return {};
}

Reply<void> take_balancing(ByteView, Reading& reading)
{
    reading.telemetry.balancing = any(reading.telemetry.cell_balancing);
    return {};
}

void forget_balancing(Reading& reading)
{
    reading.telemetry.balancing.reset();
}

// Exactly these blocks are asked for: the device is not known to answer others. None is as long as the one before it,
// whenever that can be. The cells come last of those the device has: their block reaches over the temperatures.
constexpr Row rows[]{
    {{"Heltec type name (7)"}, {7, 13}, {.take = take_type, .fill = fill_type}},
    {{"Heltec number of cells (75)"}, {75, 1}, {.fields = cells_table, .take = take_cell_count}},
    {{"Heltec device name (41)", Need::setting}, {41, 6}, {.whole_text = &Identity::hardware_version}, settings_tries},
    {{"Heltec hardware number (38)", Need::setting}, {38, 1}, {.take = take_hardware_number}, settings_tries},
    {{"Heltec serial number (2)", Need::setting}, {2, 4}, {.take = take_serial, .fill = fill_serial}, settings_tries},
    {{"Heltec charge current limit (191)", Need::setting}, {191, 1}, {.fields = charge_limit_table}, settings_tries},
    {{"Heltec production date (39)", Need::setting}, {39, 2}, {.take = take_date, .fill = fill_date}, settings_tries},
    {{"Heltec discharge current limit (194)", Need::setting},
     {194, 1},
     {.fields = discharge_limit_table},
     settings_tries},
    {{"Heltec voltage (76)"}, {76, 2}, {.fields = voltage_table, .take = modbus::take_plausible}},
    {{"Heltec state of charge (120)", Need::optional}, {120, 1}, {.fields = soc_table, .take = take_soc}},
    {{"Heltec current (78)", Need::optional}, {78, 2}, {.fields = current_table}},
    {{"Heltec cell temperatures (113)", Need::optional}, {113, 1}, {.fields = sensor_table}},
    {{"Heltec run state (152)", Need::optional}, {152, 2}, {.bits = run_bits}},
    {{"Heltec MOSFET temperature (112)", Need::optional}, {112, 1}, {.fields = mosfet_table, .take = take_mosfet}},
    {{"Heltec warnings (156)", Need::optional}, {156, 2}, {.alarms = warning_words, .take = take_warnings}},
    {{"Heltec cells (81)"},
     {81, most_cells},
     {.lists = cell_lists, .take = take_cells},
     0,
     modbus::registers_for_cells},
    {{"Heltec balancing (139)", Need::optional, forget_balancing},
     {139, 2},
     {.balancing = balance_masks, .take = take_balancing}},
    {{"Heltec capacity (118)", Need::setting}, {118, 1}, {.fields = capacity_table}, settings_tries},
};
constexpr std::span<const Row> known = std::span<const Row>(rows).first(2),
                               settings = std::span<const Row>(rows).subspan(2, 6),
                               polled = std::span<const Row>(rows).subspan(8);

class HeltecModbus final : public Protocol {
  public:
    explicit HeltecModbus(const Setup& setup) : config_(setup.config), host_(setup.address, timing, known) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        host_.anew();
        co_await must(host_.read(channel, known, reading));
        co_await must(poll(channel, reading));
        reading.identity.type = fmt::format("#{}_Heltec_Smart", host_.address());
        reading.identity.unique_id = reading.identity.serial_number;
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        co_await must(host_.read(channel, settings, reading));
        co_await must(host_.read(channel, polled, reading));
        if (config_.soc_calculation) reading.telemetry.alarms[Alarm::low_soc].reset();
        co_return Reply<void>{};
    }

  private:
    const config::Config& config_;
    modbus::Host host_;
};

constexpr Line lines[]{{9600, 0x01}};
constexpr Told delivers = Told{"serial_number", "production_date", "balancing"}.add(rows);

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
    .device = modbus::device<rows>,
    .unproven = true,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms
