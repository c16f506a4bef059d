#pragma once
// What a battery says: "The battery model" of the specification. A member's name is its name in JSON, vectors and
// tables. Absent is std::nullopt, never 0: what a BMS does not say is not made up.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/inline_vector.h"

namespace bmsd {

inline constexpr std::size_t max_cells = 64;
inline constexpr std::size_t sensor_count = 4;

using Number = std::optional<double>;
using Count = std::optional<std::int64_t>;
using Flag = std::optional<bool>;
using Code = std::optional<std::uint64_t>;  // bits
using Text = std::optional<std::string>;
using Cells = InlineVector<Number, max_cells>;  // a missing cell is nullopt in its place
using CellFlags = InlineVector<Flag, max_cells>;

/// The 15 alarms of a BMS, in the order of the model.
enum class Alarm : std::uint8_t {
    high_voltage,
    high_cell_voltage,
    low_voltage,
    low_cell_voltage,
    low_soc,
    high_charge_current,
    high_discharge_current,
    cell_imbalance,
    internal_failure,
    high_charge_temperature,
    low_charge_temperature,
    high_temperature,
    low_temperature,
    high_internal_temperature,
    fuse_blown,
};
inline constexpr std::size_t alarm_count = 15;
inline constexpr std::array<std::string_view, alarm_count> alarm_names{
    "high_voltage",
    "high_cell_voltage",
    "low_voltage",
    "low_cell_voltage",
    "low_soc",
    "high_charge_current",
    "high_discharge_current",
    "cell_imbalance",
    "internal_failure",
    "high_charge_temperature",
    "low_charge_temperature",
    "high_temperature",
    "low_temperature",
    "high_internal_temperature",
    "fuse_blown",
};

/// 0 ok, 1 warning, 2 alarm; absent = the BMS has no such alarm.
using Level = std::optional<std::uint8_t>;

struct Alarms {
    std::array<Level, alarm_count> levels{};

    Level& operator[](Alarm alarm) { return levels[static_cast<std::size_t>(alarm)]; }
    const Level& operator[](Alarm alarm) const { return levels[static_cast<std::size_t>(alarm)]; }
    /// The higher of what is there and `level`.
    void raise(Alarm alarm, std::uint8_t level)
    {
        Level& present = (*this)[alarm];
        if (!present || *present < level) present = level;
    }
    bool operator==(const Alarms&) const = default;
};

/// Values of the history a BMS keeps itself. Discharge values are positive here (published negative).
struct History {
    Number deepest_discharge;  // Ah
    Number last_discharge;     // Ah
    Number average_discharge;  // Ah
    Number total_ah_drawn;     // Ah
    Number charge_cycles;
    Count full_discharges;
    Number minimum_voltage;            // V
    Number maximum_voltage;            // V
    Number minimum_cell_voltage;       // V
    Number maximum_cell_voltage;       // V
    Count timestamp_last_full_charge;  // s since 1970
    Count automatic_syncs;
    Count low_voltage_alarms;
    Count high_voltage_alarms;
    Number minimum_temperature;  // degC
    Number maximum_temperature;  // degC
    Number discharged_energy;    // kWh
    Number charged_energy;       // kWh

    bool operator==(const History&) const = default;
};

/// Who the battery is; read once.
struct Identity {
    Text type;  // the published type, e.g. "LLT/JBD"
    Text model_name;
    Text manufacturer;
    Text hardware_version;
    Text firmware_version;
    Text serial_number;
    Text pack_serial_number;
    Text unique_id;  // text-exact: the key of stored instances and names
    Text production_date;
    Text user_label;
    Text address;

    bool operator==(const Identity&) const = default;
};

struct Telemetry {
    // pack
    Count cell_count;
    Number voltage;             // V
    Number current;             // A, + charges
    Number soc;                 // %
    Number soh;                 // %
    Number capacity;            // Ah, full
    Number capacity_remaining;  // Ah
    Number design_capacity;     // Ah
    Count cycles;
    // cells
    Cells cell_voltages;  // V
    CellFlags cell_balancing;
    Cells cell_temperatures;  // degC
    Number min_cell_voltage;  // V; where the BMS gives only these or covers several packs
    Number max_cell_voltage;  // V
    Count min_cell_number;    // from 1; the cell min_cell_voltage belongs to
    Count max_cell_number;
    Number balance_current;  // A
    Count pack_count;
    // temperature, degC
    std::array<Number, sensor_count> temperatures{};  // "1".."4"
    Number temperature_mosfet;
    Number temperature_ambient;
    Number temperature_balancer;
    // switches; an absent FET state counts as on
    Flag charge_fet;
    Flag discharge_fet;
    Flag balance_fet;
    Flag heater_fet;
    Flag balancing;
    Flag heating;
    // heater
    Number heater_current;            // A
    Number heater_power;              // W
    Number heater_temperature_start;  // degC
    Number heater_temperature_stop;   // degC
    // limits of the BMS
    Number max_charge_current;     // A
    Number max_discharge_current;  // A
    Number max_battery_voltage;    // V; this and the next four only with USE_BMS_DVCC_VALUES
    Number min_battery_voltage;
    Number requested_charge_voltage;
    Number requested_charge_current;
    Number requested_discharge_current;
    // counters
    Number total_ah_drawn;     // Ah
    Number total_ah_charged;   // Ah
    Number charged_energy;     // kWh
    Number discharged_energy;  // kWh
    History history;           // what the BMS keeps itself

    Alarms alarms;
    Code problem_code;  // raw status bits nobody can name, with internal_failure 1

    bool operator==(const Telemetry&) const = default;
};

/// All a protocol reads.
struct Reading {
    Identity identity;
    Telemetry telemetry;

    bool operator==(const Reading&) const = default;
};

}  // namespace bmsd
