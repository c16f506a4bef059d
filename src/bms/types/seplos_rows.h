#pragma once
// What Seplos boards before V3 tell, the same in text on RS485 and in bytes over Bluetooth. What the bytes mean:
// docs/bms/seplos.md
#include "bms/language/ascii_layout.h"

namespace bmsd::bms::seplos_tables {

inline constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages};

// Behind the cells and sensors.
inline constexpr std::size_t count_at = 6, pack_size = 17;
inline constexpr std::array pack_table{
    Field{0, i16be, 0.01, &Telemetry::current},
    Field{2, u16be, 0.01, &Telemetry::voltage},
    Field{4, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{7, u16be, 0.01, &Telemetry::capacity},
    Field{9, u16be, 0.1, &Telemetry::soc},
    Field{13, u16be, 1, &Telemetry::cycles},
    Field{15, u16be, 0.1, &Telemetry::soh},
};
static_assert(fits(pack_table, pack_size) && apart(pack_table));
inline constexpr ascii::Shape telemetry_shape{
    .at = 2, .size = 2, .between = 0, .most_cells = 32, .least_sensors = 1, .most_sensors = 16, .rest = pack_size};

inline constexpr std::uint8_t event1 = 0, event2 = 8, event3 = 16, event4 = 24, event5 = 32, event6 = 40;
inline constexpr std::array alarm_bits{
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

}  // namespace bmsd::bms::seplos_tables
