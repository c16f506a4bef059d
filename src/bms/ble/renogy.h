#pragma once
// What Renogy batteries tell over Bluetooth; the two types differ in the unit of the current.
#include "bms/language/ble_modbus.h"
#include "bms/language/told.h"
#include "bms/types/renogy_rows.h"

namespace bmsd::bms::ble::renogy {

using namespace renogy_tables;

inline constexpr std::uint8_t address = 0x30;
inline constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff1", .write = "ffd1", .write_service = "ffd0"}};
inline constexpr TextField texts[]{serial_text(identity_from),
                                   model_text(identity_from),
                                   {from(identity_from, version_at), 4, &Identity::firmware_version}};

/// The whole of 13B2 to 13B8.
constexpr std::array<Field, 5> values(double amperes)
{
    const auto pack = pack_table(amperes);
    return {pack[0], pack[1], pack[2], capacity_field(state_from),
            Field{from(state_from, 0x13B8), u16be, 1, &Telemetry::cycles}};
}
inline constexpr auto hundredths = values(0.01), tenths = values(0.1);

inline constexpr ListField cell_lists[]{cell_list(cells_from)};
inline constexpr SensorList sensors{
    .count_at = 34, .count = u16be, .most = most_cells, .offset = 36, .stride = 2, .wire = i16be, .scale = 0.1};

/// Remaining over full charge; a little beyond is full.
Reply<void> take_values(ByteView data, Reading& reading);
/// Two bits a cell say whether its voltage or temperature is low, high or something else.
Reply<void> take_status(ByteView data, Reading& reading);
void fill_status(Bytes& data, const Reading& reading);
void forget_status(Reading& reading);

inline constexpr std::size_t status1_at = 12, status2_at = 14;
inline constexpr std::array fet_bits{Bit{status1_at + 1, 1, &Telemetry::charge_fet},
                                     Bit{status1_at + 1, 2, &Telemetry::discharge_fet},
                                     Bit{status2_at, 5, &Telemetry::heating}};
inline constexpr std::array status1_bits{
    AlarmBit{0, Alarm::high_discharge_current, 2},
    AlarmBit{4, Alarm::high_charge_current, 2},
    AlarmBit{9, Alarm::high_charge_current, 2},
    AlarmBit{5, Alarm::high_discharge_current, 2},
    AlarmBit{10, Alarm::high_discharge_current, 2},
    AlarmBit{6, Alarm::high_voltage, 2},
    AlarmBit{7, Alarm::low_cell_voltage, 2},
    AlarmBit{8, Alarm::high_cell_voltage, 2},
    AlarmBit{11, Alarm::low_temperature, 2},
    AlarmBit{12, Alarm::high_temperature, 2},
    AlarmBit{13, Alarm::low_charge_temperature, 2},
    AlarmBit{14, Alarm::high_charge_temperature, 2},
    AlarmBit{15, Alarm::low_voltage, 2},
};
inline constexpr std::array status2_bits{
    AlarmBit{0, Alarm::low_cell_voltage, 1},
    AlarmBit{1, Alarm::high_cell_voltage, 1},
    AlarmBit{2, Alarm::low_voltage, 1},
    AlarmBit{3, Alarm::high_voltage, 1},
    AlarmBit{4, Alarm::low_charge_temperature, 1},
    AlarmBit{5, Alarm::high_charge_temperature, 1},
    AlarmBit{6, Alarm::low_temperature, 1},
    AlarmBit{7, Alarm::high_temperature, 1},
};
inline constexpr AlarmWord status_words[]{{status1_at, u16be, status1_bits}, {status2_at, u16be, status2_bits}};

constexpr std::array<modbus::Row, 4> rows(std::span<const Field> value_table)
{
    return {modbus::Row{{"Renogy identity (13F0)", Need::setting}, {identity_from, 28}, {.texts = texts}},
            modbus::Row{{"Renogy values (13B2)"}, {state_from, 7}, {.fields = value_table, .take = take_values}},
            modbus::Row{{"Renogy cells (1388)"},
                        {cells_from, 34},
                        {.fields = count_table, .lists = cell_lists, .most_cells = most_cells, .sensors = &sensors}},
            modbus::Row{{"Renogy status (13EC)", Need::required, forget_status},
                        {status_from, 8},
                        {.bits = fet_bits, .alarms = status_words, .take = take_status, .fill = fill_status}}};
}

}  // namespace bmsd::bms::ble::renogy
