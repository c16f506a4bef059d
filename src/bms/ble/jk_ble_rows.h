#pragma once
// Where the frames of JK boards have what over Bluetooth, as far as it is not where RS485 has it (jk.h).
// What the bytes mean: docs/bms/ble/jikong.md
#include "bms/types/jk.h"

namespace bmsd::bms::jk_ble {

/// Where cell frames have what: those of older boards are of 24 cells, and shorter.
struct Places {
    std::int64_t most_cells;
    std::size_t mask, spread, extremes;
    std::array<Field, 10> numbers;
    std::size_t sensors_present;
    std::array<jk::MaskedSensor, 5> sensors;  // of boards with fewer the last is repeated
    std::size_t alarms;
    Wire alarm_wire;
};
constexpr Field sensor_field(std::size_t offset, Target target)
{
    return {offset, i16le, 0.1, target, 0, jk::not_fitted};
}
/// What stands as on RS485, but for the temperature of the MOSFETs in front and the heater behind.
constexpr std::array<Field, 10> numbers(std::size_t earlier)
{
    std::array<Field, 10> table{Field{178, u32le, 0.001, &Telemetry::capacity},
                                Field{jk::status_table[1]},
                                Field{jk::status_table[2]},
                                Field{jk::status_table[3]},
                                Field{jk::status_table[4]},
                                Field{jk::status_table[5]},
                                Field{jk::status_table[6]},
                                Field{jk::status_table[7]},
                                Field{jk::status_table[8]},
                                Field{jk::status_table[9]}};
    for (Field& field : table) field.offset -= earlier;
    return table;
}
inline constexpr jk::MaskedSensor mosfet_32{0, sensor_field(144, &Telemetry::temperature_mosfet)};
inline constexpr jk::MaskedSensor mosfet_24{2, sensor_field(134, &Telemetry::temperature_mosfet)};
inline constexpr Places places_32{.most_cells = 32,
                                  .mask = 70,
                                  .spread = 76,
                                  .extremes = 78,
                                  .numbers = numbers(0),
                                  .sensors_present = jk::sensors_present_at,
                                  .sensors = {mosfet_32,
                                              {1, sensor_field(162, sensor(1))},
                                              {2, sensor_field(164, sensor(2))},
                                              {4, sensor_field(256, sensor(3))},
                                              {5, sensor_field(258, sensor(4))}},
                                  .alarms = jk::status_alarms_at,
                                  .alarm_wire = u32le};
inline constexpr Places places_24{
    .most_cells = 24,
    .mask = 54,
    .spread = 60,
    .extremes = 62,
    .numbers = numbers(32),
    .sensors_present = 182,
    .sensors =
        {{{0, sensor_field(130, sensor(1))}, {1, sensor_field(132, sensor(2))}, mosfet_24, mosfet_24, mosfet_24}},
    .alarms = 136,
    .alarm_wire = u16le};
inline constexpr int first_of_32 = 11, first_with_heater = 14;  // major number of the software
inline constexpr std::array heating_table{Field{jk::status_table[10]}};
inline constexpr std::array heater_table{Field{jk::status_table[11]}};
inline constexpr std::array low_temperature{AlarmBit{27, Alarm::low_temperature, 2}};
inline constexpr double least_cell = 1, most_cell = 5;
// Of the settings: the voltage of a cell at which the board ends charging.
inline constexpr std::size_t highest_cell_at = 18;

}  // namespace bmsd::bms::jk_ble
