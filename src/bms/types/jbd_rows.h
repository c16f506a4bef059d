#pragma once
// The registers of JBD boards, the same on a serial port and over Bluetooth. What the bytes mean: docs/bms/lltjbd.md
#include <cstdlib>
#include <string>

#include "bms/language/layout.h"
#include "bms/language/requests.h"
#include "config/config.h"

namespace bmsd::bms::jbd {

inline constexpr std::uint8_t remaining_register = 0xE0, fets_register = 0xE1;
inline constexpr unsigned balancer_enabled = 1U << 2;
inline constexpr std::array function_bits{Bit{1, 2, &Telemetry::balance_fet}};

// Register 03. 23 bytes are what every firmware sends; the sensors and whatever newer firmware appends come behind.
inline constexpr std::size_t general_size = 23, protection_at = 16, version_at = 18, sensors_at = 22;
inline constexpr std::array general_table{
    Field{0, u16be, 0.01, &Telemetry::voltage},
    Field{2, i16be, 0.01, &Telemetry::current},
    Field{4, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{6, u16be, 0.01, &Telemetry::capacity},
    Field{8, u16be, 1, &Telemetry::cycles},
    Field{19, u8, 1, &Telemetry::soc},
    Field{21, u8, 1, &Telemetry::cell_count},
};
static_assert(fits(general_table, general_size) && apart(general_table));
inline constexpr std::int64_t most_cells = 32;
inline constexpr std::array fet_bits{Bit{20, 0, &Telemetry::charge_fet}, Bit{20, 1, &Telemetry::discharge_fet}};
inline constexpr unsigned software_lock_bit = 12;  // of the protection word: FETs are held off by register E1
inline constexpr std::array protection_bits{
    AlarmBit{0, Alarm::high_cell_voltage, 2},
    AlarmBit{1, Alarm::low_cell_voltage, 2},
    AlarmBit{2, Alarm::high_voltage, 2},
    AlarmBit{3, Alarm::low_voltage, 2},
    AlarmBit{4, Alarm::high_charge_temperature, 1},
    AlarmBit{5, Alarm::low_charge_temperature, 1},
    AlarmBit{6, Alarm::high_temperature, 1},
    AlarmBit{7, Alarm::low_temperature, 1},
    AlarmBit{8, Alarm::high_charge_current, 1},
    AlarmBit{9, Alarm::high_discharge_current, 1},
    AlarmBit{10, Alarm::high_discharge_current, 2},
    AlarmBit{11, Alarm::internal_failure, 2},
};
inline constexpr std::array protection_word{AlarmWord{protection_at, u16be, protection_bits}};
inline constexpr std::array date_field{DateField{10, packed_date}};
inline constexpr std::array balance_mask{BalanceMask{12, u32be_low_first}};

constexpr Field sensor_field(std::size_t index, Target target)
{
    return {general_size + 2 * index, u16be, 0.1, target, 2731};
}
// One sensor is "1"; of several the first sits on the MOSFETs.
inline constexpr std::array single_sensor{sensor_field(0, sensor(1))};
inline constexpr std::array several_sensors{sensor_field(0, &Telemetry::temperature_mosfet), sensor_field(1, sensor(1)),
                                            sensor_field(2, sensor(2)), sensor_field(3, sensor(3)),
                                            sensor_field(4, sensor(4))};

inline std::span<const Field> sensor_table(std::size_t sensors)
{
    if (sensors == 0) return {};
    if (sensors == 1) return single_sensor;
    return std::span(several_sensors).first(std::min(sensors, several_sensors.size()));
}

inline Reply<void> take_general(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    if (*t.cell_count < 1 || *t.cell_count > most_cells) return refuse(Refusal::bad_content);
    t.temperature_mosfet.reset();
    t.temperatures = {};
    decode(sensor_table(data[sensors_at]), data, t);
    const auto version = data[version_at];
    reading.identity.hardware_version = std::to_string(version >> 4) + '.' + std::to_string(version & 15);
    return {};
}

inline void fill_general(Bytes& data, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    std::size_t sensors = 0;
    for (std::size_t i = 0; i < sensor_count; ++i)
        if (t.temperatures[i]) sensors = i + 1;
    if (sensors > 1 || t.temperature_mosfet) ++sensors;
    data.resize(general_size + 2 * sensors);
    data[version_at] = 0x80;
    data[sensors_at] = static_cast<std::uint8_t>(sensors);
    encode(sensor_table(sensors), data, t);
}

inline Reply<void> take_cells(ByteView data, Reading& reading)
{
    const bool all = data.size() >= 2 * reading.telemetry.cell_voltages.size();
    return all ? Reply<void>{} : refuse(Refusal::bad_length);
}

/// The alarm that boards leave to the host; not where the host counts the charge itself.
inline void judge_soc(const config::Config& config, Telemetry& t)
{
    Level& low_soc = t.alarms[Alarm::low_soc];
    low_soc.reset();
    if (config.soc_calculation) return;
    low_soc = static_cast<std::uint8_t>(*t.soc < config.soc_low_alarm ? 2 : *t.soc < config.soc_low_warning ? 1 : 0);
}

// Settings: one value a register, readable in factory mode only. The largest current is the amount, whatever sign a
// firmware gives it.
inline constexpr Wire amount{2, [](const std::uint8_t* data) { return std::abs(i16be.get(data)); }, i16be.put, 0,
                             0x7FFF};
inline constexpr Wire negative_amount{2, amount.get,
                                      [](std::uint8_t* data, std::int64_t raw) { i16be.put(data, -raw); }, 0, 0x7FFF};
inline constexpr std::array charge_limit{Field{0, amount, 0.01, &Telemetry::max_charge_current}};
inline constexpr std::array discharge_limit{Field{0, negative_amount, 0.01, &Telemetry::max_discharge_current}};
inline constexpr std::array cell_list{ListField{0, 2, u16be, 0.001, &Telemetry::cell_voltages}};

struct Row : Request {
    std::uint8_t reg;
    Layout layout;
};
inline constexpr Row general_row{{"LltJbd general information (03)"},
                                 0x03,
                                 {.least = general_size,
                                  .fields = general_table,
                                  .bits = fet_bits,
                                  .alarms = protection_word,
                                  .dates = date_field,
                                  .balancing = balance_mask,
                                  .take = take_general,
                                  .fill = fill_general}};
inline constexpr Row cells_row{{"LltJbd cell voltages (04)"}, 0x04, {.lists = cell_list, .take = take_cells}};
inline constexpr Row name_row{{"LltJbd model name (05)", Need::setting}, 0x05, {.whole_text = &Identity::model_name}};
inline constexpr std::uint8_t functions_register = 0x2D;
inline constexpr Row settings[]{
    {{"LltJbd charge current limit (28)", Need::setting}, 0x28, {.least = 2, .fields = charge_limit}},
    {{"LltJbd discharge current limit (29)", Need::setting}, 0x29, {.least = 2, .fields = discharge_limit}},
    {{"LltJbd function bits (2D)", Need::setting}, functions_register, {.least = 2, .bits = function_bits}},
};
inline constexpr const Row& functions_row = settings[2];

}  // namespace bmsd::bms::jbd
