#pragma once
// The registers of EG4 LL batteries that mean the same on RS485 and over Bluetooth: offsets of the reply to 0000.
// What the bytes mean: docs/bms/eg4_ll.md
#include "bms/language/layout.h"

namespace bmsd::bms::eg4 {

inline constexpr std::uint16_t telemetry_registers = 39;
inline constexpr std::int64_t most_cells = 16;  // a board that tells more has so many
inline constexpr ListField cell_list{4, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0};
inline constexpr Field coarse_voltage{0, u16be, 0.01, &Telemetry::voltage};
inline constexpr Field board_temperature{36, i16be, 1, &Telemetry::temperature_mosfet};
inline constexpr Field health{46, u16be, 1, &Telemetry::soh};
inline constexpr Field charge{48, u16be, 1, &Telemetry::soc};
inline constexpr Field cell_count{72, u16be, 1, &Telemetry::cell_count};
inline constexpr std::array heater_bit{Bit{50, 7, &Telemetry::heating}};
inline constexpr std::size_t status_at = 52;  // warnings, protections, errors

constexpr Field current(double amperes)
{
    return {2, i16be, amperes, &Telemetry::current};
}
constexpr Field remaining(double ampere_hours)
{
    return {42, u16be, ampere_hours, &Telemetry::capacity_remaining};
}
constexpr Field cell_sensor(int number)
{
    return {65U + static_cast<unsigned>(number), i8, 1, sensor(number)};
}
/// How often it was charged and discharged.
inline constexpr Field cycle_count{58, u32be, 1, &Telemetry::cycles};

/// `field`, whose raw value `absent` tells nothing.
constexpr Field unless(Field field, std::int64_t absent)
{
    field.absent = absent;
    return field;
}

/// cell_count and cell_voltages out of the reply; refused without a cell.
inline Reply<void> take_cells(ByteView data, Telemetry& t)
{
    if (*t.cell_count == 0) return refuse(Refusal::bad_content);
    t.cell_count = std::min(*t.cell_count, most_cells);
    decode(cell_list, data, static_cast<std::size_t>(*t.cell_count), t);
    const bool any = std::any_of(t.cell_voltages.begin(), t.cell_voltages.end(),
                                 [](const Number& cell) { return cell.has_value(); });
    return any ? Reply<void>{} : refuse(Refusal::bad_content);
}

}  // namespace bmsd::bms::eg4
