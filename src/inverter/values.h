#pragma once
// What an inverter is told of a battery (or of the bank), with the names the command line reads and prints. Absent =
// not known. Source: core/can-out.md sections 1 and 4.
#include <array>
#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "model/telemetry.h"
#include "util/result.h"

namespace bmsd::inverter {

inline constexpr std::size_t told_cells = 16;

struct Values {
    Number cvl, low_voltage;                         // V, of the pack; low_voltage = discharge ends there
    Number ccl, dcl;                                 // A, both positive
    Number voltage;                                  // V
    Number current;                                  // A, + charges
    Number soc, soh;                                 // %
    Number temperature;                              // degC, mean
    Number min_cell_voltage, max_cell_voltage;       // V
    Number min_temperature, max_temperature;         // degC
    Number cell_difference;                          // V
    Number min_cell_number, max_cell_number;         // from 1
    Number cell_count;                               // in series
    Number capacity, installed_capacity;             // Ah: of what is online, of all
    Number capacity_remaining;                       // Ah
    Number cycles;                                   //
    Number charged_energy, discharged_energy;        // kWh
    Number modules_online, modules_offline;          // batteries of the bank
    Number modules_no_charge, modules_no_discharge;  // of those online
    std::array<Number, told_cells> cells{};          // V

    Flag charge_allowed, discharge_allowed;
    Flag full;          // the charge control says so; absent: a SoC of 100 % says it
    Flag force_charge;  // please charge from the grid now
    Flag full_charge;   // please charge until full once
    Flag balancing;

    Text name;                          // of the battery, 16 characters are told
    Text serial;                        // 16 characters
    Text min_cell_name, max_cell_name;  // 8 characters, where the bank's extremes are
    Text min_temperature_name, max_temperature_name;
    Alarms alarms;

    bool operator==(const Values&) const = default;
};

struct NumberName {
    std::string_view name, unit;
    Number Values::*member;
};
std::span<const NumberName> number_names();

/// The members that are there; alarms under "alarms" with the model's names.
boost::json::object to_json(const Values& values);

/// Absent members stay absent. An error names the member that has the wrong type; names it does not know are listed in
/// `unknown`, separated by blanks.
Result<Values> values_of(const boost::json::object& object, std::string& unknown);

}  // namespace bmsd::inverter
