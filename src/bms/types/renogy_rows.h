#pragma once
// Registers of Renogy batteries, the same on RS485 and over Bluetooth. What the bytes mean: docs/bms/renogy.md
#include "bms/language/modbus.h"

namespace bmsd::bms::renogy_tables {

inline constexpr std::uint16_t cells_from = 0x1388, state_from = 0x13B2, status_from = 0x13EC, identity_from = 0x13F0,
                               capacity_at = 0x13B6, serial_at = 0x13F6, model_at = 0x1402, version_at = 0x140A;
inline constexpr std::uint16_t most_cells = 16;
inline constexpr std::size_t text_size = 16;

/// Bytes from the register a block begins with to another one.
constexpr std::size_t from(std::uint16_t start, std::uint16_t reg)
{
    return 2U * (reg - start);
}

/// Register 13B2 and the next three; `amperes` a step of the current.
constexpr std::array<Field, 3> pack_table(double amperes)
{
    return {Field{0, i16be, amperes, &Telemetry::current}, Field{2, u16be, 0.1, &Telemetry::voltage},
            Field{4, u32be, 0.001, &Telemetry::capacity_remaining}};
}
constexpr Field capacity_field(std::uint16_t start)
{
    return {from(start, capacity_at), u32be, 0.001, &Telemetry::capacity};
}
constexpr TextField serial_text(std::uint16_t start)
{
    return {from(start, serial_at), text_size, &Identity::serial_number};
}
constexpr TextField model_text(std::uint16_t start)
{
    return {from(start, model_at), text_size, &Identity::model_name};
}
inline constexpr std::array count_table{Field{0, u16be, 1, &Telemetry::cell_count}};
/// Of a block that begins with 1388, or with 1389.
constexpr ListField cell_list(std::uint16_t start)
{
    return {from(start, cells_from + 1), 2, u16be, 0.1, &Telemetry::cell_voltages};
}

}  // namespace bmsd::bms::renogy_tables
