#pragma once
// What the DR-1363 boards (Daren485, KS48100) say inside the ASCII frames: services 42, 47, 51 and B0, both directions.
// The bytes: docs/bms/daren_485.md
#include "bms/language/ascii_layout.h"

namespace bmsd::bms::dr1363 {

inline constexpr std::uint8_t version = 0x22;
inline constexpr std::uint8_t realtime = 0x42, parameters = 0x47, maker = 0x51, module = 0xB0;  // services: CID2
inline constexpr std::uint8_t serial_module = 0x03, capacity_module = 0x04;                     // of service B0

// Service 42. The pack's numbers and status words follow the sensors.
inline constexpr ascii::Shape realtime_shape{
    .at = 5, .size = 2, .between = 6, .most_cells = 32, .least_sensors = 0, .most_sensors = 8, .rest = 23};
inline constexpr Field ambient_field{0, i16be, 0.1, &Telemetry::temperature_ambient};
inline constexpr Field mosfet_field{4, i16be, 0.1, &Telemetry::temperature_mosfet};
inline constexpr std::array<std::uint8_t, 4> balancing_places{32, 31, 34, 33};  // behind what every board sends

// The five status words as one: bit 0 of each word in it.
inline constexpr std::uint8_t voltage_status = 0, current_status = 16, temperature_status = 24, warning_status = 40,
                              fet_status = 56;
inline constexpr std::array common_alarms{
    AlarmBit{voltage_status + 2, Alarm::high_voltage, 2},
    AlarmBit{voltage_status + 6, Alarm::high_voltage, 1},
    AlarmBit{voltage_status + 0, Alarm::high_cell_voltage, 2},
    AlarmBit{voltage_status + 4, Alarm::high_cell_voltage, 1},
    AlarmBit{voltage_status + 3, Alarm::low_voltage, 2},
    AlarmBit{voltage_status + 7, Alarm::low_voltage, 1},
    AlarmBit{voltage_status + 1, Alarm::low_cell_voltage, 2},
    AlarmBit{voltage_status + 5, Alarm::low_cell_voltage, 1},
    AlarmBit{voltage_status + 13, Alarm::fuse_blown, 2},
    AlarmBit{current_status + 2, Alarm::high_charge_current, 2},
    AlarmBit{current_status + 6, Alarm::high_charge_current, 1},
    AlarmBit{current_status + 4, Alarm::high_discharge_current, 2},
    AlarmBit{current_status + 5, Alarm::high_discharge_current, 2},
    AlarmBit{current_status + 3, Alarm::high_discharge_current, 2},
    AlarmBit{current_status + 7, Alarm::high_discharge_current, 1},
    AlarmBit{temperature_status + 0, Alarm::high_charge_temperature, 2},
    AlarmBit{temperature_status + 8, Alarm::high_charge_temperature, 1},
    AlarmBit{temperature_status + 1, Alarm::low_charge_temperature, 2},
    AlarmBit{temperature_status + 9, Alarm::low_charge_temperature, 1},
    AlarmBit{temperature_status + 2, Alarm::high_temperature, 2},
    AlarmBit{temperature_status + 0, Alarm::high_temperature, 2},
    AlarmBit{temperature_status + 10, Alarm::high_temperature, 1},
    AlarmBit{temperature_status + 8, Alarm::high_temperature, 1},
    AlarmBit{temperature_status + 3, Alarm::low_temperature, 2},
    AlarmBit{temperature_status + 1, Alarm::low_temperature, 2},
    AlarmBit{temperature_status + 11, Alarm::low_temperature, 1},
    AlarmBit{temperature_status + 9, Alarm::low_temperature, 1},
    AlarmBit{warning_status + 7, Alarm::low_soc, 2},
    AlarmBit{voltage_status + 14, Alarm::cell_imbalance, 2},
    AlarmBit{voltage_status + 8, Alarm::cell_imbalance, 1},
    AlarmBit{temperature_status + 6, Alarm::high_internal_temperature, 2},
    AlarmBit{temperature_status + 4, Alarm::high_internal_temperature, 2},
    AlarmBit{temperature_status + 14, Alarm::high_internal_temperature, 1},
    AlarmBit{temperature_status + 12, Alarm::high_internal_temperature, 1},
    AlarmBit{warning_status + 1, Alarm::internal_failure, 2},
    AlarmBit{warning_status + 2, Alarm::internal_failure, 2},
    AlarmBit{warning_status + 3, Alarm::internal_failure, 2},
    AlarmBit{warning_status + 4, Alarm::internal_failure, 2},
    AlarmBit{fet_status + 2, Alarm::internal_failure, 2},
    AlarmBit{fet_status + 3, Alarm::internal_failure, 2},
};

/// What both types take from service 42. Each has its own `alarms`, and more: what stands behind the cells, the
/// balancing.
ascii::InfoLayout realtime_layout(std::span<const AlarmBit> alarms);

// Service 47.
inline constexpr std::size_t cell_number_at = 15, current_limit_at = 17, parameters_least = 19, parameters_size = 65;
inline constexpr std::size_t product_barcode_at = 25, bms_barcode_at = 45, barcode_size = 20;
/// The current limit, in A.
double limit_of(ByteView info);

/// One limit for both directions; a direction whose FET is off gets 0. Without a limit both are absent.
void share_limit(const Number& ampere, Telemetry& telemetry);

// Service 51.
inline constexpr std::size_t maker_least = 33;
/// Product code, project code and hardware type, as far as there, joined by blanks.
std::string hardware_text(ByteView info);
/// 01 05 05 -> "01.05.05"
std::string version_text(ByteView info);
/// A reply of service 51; a late one of another service is longer.
Reply<void> is_maker(ByteView info);

// Service B0.
inline constexpr std::size_t module_head = 6, serial_size = 30, date_at = 96;
inline constexpr Field design_capacity{10, u16be, 0.01, &Telemetry::design_capacity};
inline constexpr Field ah_charged{12, u32be, 1, &Telemetry::total_ah_charged};
inline constexpr Field ah_drawn{16, u32be, 1, &Telemetry::total_ah_drawn};
inline constexpr std::size_t charged_energy_at = 20, discharged_energy_at = 22, capacity_size = 24;
inline constexpr Field charged_energy{charged_energy_at, u16be, 0.01, &Telemetry::charged_energy};
inline constexpr Field discharged_energy{discharged_energy_at, u16be, 0.01, &Telemetry::discharged_energy};
/// INFO of a request to a module.
Bytes module_request(std::uint8_t address, std::uint8_t module, std::uint8_t last);
/// Whether a reply of service B0 is one of this module.
Reply<void> is_module(ByteView info, std::uint8_t module);

/// ASCII up to the first 00 or FF, everything else dropped, blanks at the ends removed. Outside `info` nothing is read.
std::string text(ByteView info, std::size_t offset, std::size_t size);

/// The device side of both; `layout` is that of service 42.
std::unique_ptr<Device> make_device(const ascii::Dialect& dialect, std::uint8_t address, Reading& truth,
                                    const ascii::InfoLayout& layout);

}  // namespace bmsd::bms::dr1363
