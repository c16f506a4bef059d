#pragma once
// What the DR-1363 boards (Daren485, KS48100) say inside the ASCII frames: services 42, 47, 51 and B0, both directions.
// The bytes: docs/bms/daren_485.md
#include "bms/language/ascii_frame.h"

namespace bmsd::bms::dr1363 {

inline constexpr std::uint8_t version = 0x22;
inline constexpr std::uint8_t realtime = 0x42, parameters = 0x47, maker = 0x51, module = 0xB0;  // services: CID2
inline constexpr std::uint8_t serial_module = 0x03, capacity_module = 0x04;                     // of service B0

// Service 42. The pack's numbers and status words follow the sensors.
inline constexpr ascii::Shape realtime_shape{
    .at = 5, .size = 2, .between = 6, .most_cells = 32, .least_sensors = 0, .most_sensors = 8, .rest = 23};
inline constexpr std::size_t balancing_after = 31;  // from the last sensor; behind what every board sends

// The five status words as one: bit 0 of each word in it.
inline constexpr std::uint8_t voltage_status = 0, current_status = 16, temperature_status = 24, warning_status = 40,
                              fet_status = 56;

/// Decodes what both types take from service 42, `alarms` being those that each has its own bits for. Ambient
/// temperature and what stands behind the status words is left to the caller.
Reply<ascii::Counted> take_realtime(ByteView info, const ascii::Shape& shape, std::span<const AlarmBit> alarms,
                                    Telemetry& telemetry);

// Service 47.
inline constexpr std::size_t cell_number_at = 15, current_limit_at = 17, parameters_least = 19, parameters_size = 65;
inline constexpr std::size_t product_barcode_at = 25, bms_barcode_at = 45, barcode_size = 20;

/// One limit for both directions; a direction whose FET is off gets 0.
void share_limit(double ampere, Telemetry& telemetry);

// Service 51.
inline constexpr std::size_t maker_least = 33;
/// Product code, project code and hardware type, as far as there, joined by blanks.
std::string hardware_text(ByteView info);
/// 01 05 05 -> "01.05.05"
std::string version_text(ByteView info);

// Service B0.
inline constexpr std::size_t module_head = 6, serial_size = 30, date_at = 96;
inline constexpr Field ah_charged{12, u32be, 1, &Telemetry::total_ah_charged};
inline constexpr Field ah_drawn{16, u32be, 1, &Telemetry::total_ah_drawn};
inline constexpr std::size_t charged_energy_at = 20, discharged_energy_at = 22, capacity_size = 24;
/// INFO of a request to a module.
Bytes module_request(std::uint8_t address, std::uint8_t module, std::uint8_t last);
/// Whether a reply of service B0 is one of this module.
Reply<void> is_module(ByteView info, std::uint8_t module);

/// ASCII up to the first 00 or FF, everything else dropped, blanks at the ends removed. Outside `info` nothing is read.
std::string text(ByteView info, std::size_t offset, std::size_t size);

/// The device side of both.
std::unique_ptr<Device> make_device(const ascii::Dialect& dialect, std::uint8_t address, Reading& truth,
                                    std::span<const AlarmBit> alarms);

}  // namespace bmsd::bms::dr1363
