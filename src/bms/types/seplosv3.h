#pragma once
// What stands where in the registers of Seplos V3 boards. What the bytes mean: docs/bms/seplosv3.md
#include "bms/language/layout.h"

namespace bmsd::bms::seplosv3_tables {

inline constexpr std::string_view maker = "XZH-ElecTech Co.,Ltd";
inline constexpr std::int64_t most_cells = 16;
inline constexpr std::int64_t freezing = 2731;  // 0 degC in 0.1 K

inline constexpr std::array model_text{TextField{0, 20, &Identity::hardware_version}};
inline constexpr std::array serial_text{TextField{0, 30, &Identity::serial_number}};

inline constexpr std::array parameter_table{
    Field{2 * 0x01, u16be, 1, &Telemetry::cell_count},
    Field{2 * 0x05, u16be, 0.01, &Telemetry::max_battery_voltage},
    Field{2 * 0x09, u16be, 0.01, &Telemetry::min_battery_voltage},
    Field{2 * 0x59, u16be, 0.01, &Telemetry::capacity},
    Field{2 * 0x65, u16be, 0.01, &Telemetry::requested_charge_voltage},
    Field{2 * 0x66, u16be, 1, &Telemetry::requested_charge_current},
    Field{2 * 0x67, i16be, -1, &Telemetry::requested_discharge_current},  // the amount counts
};
inline constexpr std::array pack_table{
    Field{0, u16be, 0.01, &Telemetry::voltage},
    Field{2, i16be, 0.01, &Telemetry::current},
    Field{4, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{8, u16be, 10, &Telemetry::total_ah_drawn},
    Field{10, u16be, 0.1, &Telemetry::soc},
    Field{12, u16be, 0.1, &Telemetry::soh},
    Field{14, u16be, 1, &Telemetry::cycles},
    Field{30, u16be, 1, &Telemetry::max_discharge_current},
    Field{32, u16be, 1, &Telemetry::max_charge_current},
};
inline constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages};
inline constexpr std::array sensor_table{
    Field{32, u16be, 0.1, sensor(1), freezing},
    Field{34, u16be, 0.1, sensor(2), freezing},
    Field{36, u16be, 0.1, sensor(3), freezing},
    Field{38, u16be, 0.1, sensor(4), freezing},
    Field{48, u16be, 0.1, &Telemetry::temperature_ambient, freezing},
    Field{50, u16be, 0.1, &Telemetry::temperature_mosfet, freezing},
};

inline constexpr BalanceMask balance_masks[]{{6, u16le}};
inline constexpr std::array switch_bits{Bit{15, 0, &Telemetry::discharge_fet}, Bit{15, 1, &Telemetry::charge_fet},
                                        Bit{15, 3, &Telemetry::heating}};
inline constexpr std::array<std::uint8_t, 7> event_places{9, 10, 11, 12, 13, 14, 17};
inline constexpr std::uint8_t voltage = 0, temperature = 8, board = 16, current = 24, latched = 32, charge = 40,
                              fault = 48;
inline constexpr std::array event_bits{AlarmBit{voltage + 0, Alarm::high_cell_voltage, 1},
                                       AlarmBit{voltage + 1, Alarm::high_cell_voltage, 2},
                                       AlarmBit{voltage + 2, Alarm::low_cell_voltage, 1},
                                       AlarmBit{voltage + 3, Alarm::low_cell_voltage, 2},
                                       AlarmBit{voltage + 4, Alarm::high_voltage, 1},
                                       AlarmBit{voltage + 5, Alarm::high_voltage, 2},
                                       AlarmBit{voltage + 6, Alarm::low_voltage, 1},
                                       AlarmBit{voltage + 7, Alarm::low_voltage, 2},
                                       AlarmBit{temperature + 0, Alarm::high_charge_temperature, 1},
                                       AlarmBit{temperature + 1, Alarm::high_charge_temperature, 2},
                                       AlarmBit{temperature + 2, Alarm::low_charge_temperature, 1},
                                       AlarmBit{temperature + 3, Alarm::low_charge_temperature, 2},
                                       AlarmBit{temperature + 4, Alarm::high_temperature, 1},
                                       AlarmBit{temperature + 5, Alarm::high_temperature, 2},
                                       AlarmBit{temperature + 6, Alarm::low_temperature, 1},
                                       AlarmBit{temperature + 7, Alarm::low_temperature, 2},
                                       AlarmBit{board + 4, Alarm::high_internal_temperature, 1},
                                       AlarmBit{board + 5, Alarm::high_internal_temperature, 2},
                                       AlarmBit{current + 0, Alarm::high_charge_current, 1},
                                       AlarmBit{current + 1, Alarm::high_charge_current, 2},
                                       AlarmBit{current + 2, Alarm::high_charge_current, 2},
                                       AlarmBit{latched + 2, Alarm::high_charge_current, 2},
                                       AlarmBit{current + 3, Alarm::high_discharge_current, 1},
                                       AlarmBit{current + 4, Alarm::high_discharge_current, 2},
                                       AlarmBit{current + 5, Alarm::high_discharge_current, 2},
                                       AlarmBit{current + 6, Alarm::high_discharge_current, 2},
                                       AlarmBit{latched + 0, Alarm::high_discharge_current, 2},
                                       AlarmBit{latched + 3, Alarm::high_discharge_current, 2},
                                       AlarmBit{charge + 2, Alarm::low_soc, 1},
                                       AlarmBit{charge + 3, Alarm::low_soc, 2},
                                       AlarmBit{charge + 4, Alarm::cell_imbalance, 1},
                                       AlarmBit{fault + 4, Alarm::cell_imbalance, 2},
                                       AlarmBit{fault + 0, Alarm::internal_failure, 2},
                                       AlarmBit{fault + 1, Alarm::internal_failure, 2},
                                       AlarmBit{fault + 2, Alarm::internal_failure, 2},
                                       AlarmBit{fault + 3, Alarm::internal_failure, 2},
                                       AlarmBit{fault + 5, Alarm::internal_failure, 2},
                                       AlarmBit{fault + 6, Alarm::internal_failure, 2},
                                       AlarmBit{fault + 7, Alarm::internal_failure, 2}};
inline constexpr std::size_t sensors_at = 0;  // of the parameters

}  // namespace bmsd::bms::seplosv3_tables
