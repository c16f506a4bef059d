#pragma once
// Values derived from one reading: temperatures in use, cell extremes, midpoint, capacity.
// Source: core/soc-and-history.md sections 4, 7, 8; core/dbus.md sections 4.6 to 4.8. All pure.
#include "config/config.h"
#include "control/sensors.h"
#include "model/snapshot.h"

namespace bmsd::control {

/// All sensors limited to -20..100 degC, 1 decimal, and adjusted from the raw reading (RS12); mean and extremes of the
/// selected ones.
void derive_temperatures(const config::Config& config, const Telemetry& telemetry, Derived& out);

/// What the current limits go by: adjusted, but not limited to what is published (section 15, number 4).
SensorWatch::Reading sensor_readings(const config::Config& config, const Telemetry& telemetry, const Number& soc);

/// The cell voltage when it can be one: finite and 0 to 2 x MAX_CELL_VOLTAGE; else it is missing (RD2).
Number usable(const Number& cell, double max_cell_voltage);

/// Extremes (the wider of cells and BMS), sum and difference of the usable cells, whether anything balances.
void derive_cells(const config::Config& config, const Telemetry& telemetry, Derived& out);

/// The lowest cell, when every one is known: from the cells, or from a BMS that gives only its lowest.
Number lowest_of_all(const config::Config& config, const Telemetry& telemetry);

/// Absent unless each of `cell_count` >= 4 cells is usable (RS11).
void derive_midpoint(const config::Config& config, const Telemetry& telemetry, std::size_t cell_count, Derived& out);

/// /Capacity and what is missing to the full one; `soc` is the one in use.
void derive_capacity(const config::Config& config, const Telemetry& telemetry, const Number& soc, Derived& out);

}  // namespace bmsd::control
