#pragma once
// What a battery service tells, by its D-Bus paths: one row a path, and how the values of several become one of a bank.
// Source: core/aggregation.md sections 6 and 12.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace bmsd::bank {

/// The numbers; flags, levels and counts are numbers, too.
enum class Item : std::uint8_t {
    // not merged: who and whether
    connected,
    device_instance,
    // direct current
    voltage,
    current,
    power,
    temperature,
    current_avg,
    // charge
    soc,
    soh,
    installed,
    capacity,
    consumed,
    time_to_go,
    // cells and temperatures
    min_cell,
    max_cell,
    min_temperature,
    max_temperature,
    mosfet_temperature,
    cell_sum,
    cell_diff,
    cells,
    // counts
    online,
    offline,
    blocking_charge,
    blocking_discharge,
    batteries,
    parallel,
    series,
    // flags
    balancing,
    heating,
    allow_balance,
    allow_heat,
    allow_charge,
    allow_discharge,
    // limits
    charge_voltage,
    charge_current,
    discharge_current,
    max_cell_charge_voltage,
    low_voltage,
    charge_request,
    heating_current,
    heating_power,
    // state
    state,
    error_code,
    // alarms
    alarm_low_voltage,
    alarm_high_voltage,
    alarm_low_cell_voltage,
    alarm_high_cell_voltage,
    alarm_low_soc,
    alarm_high_charge_current,
    alarm_high_discharge_current,
    alarm_high_current,
    alarm_cell_imbalance,
    alarm_internal_failure,
    alarm_high_charge_temperature,
    alarm_low_charge_temperature,
    alarm_high_temperature,
    alarm_low_temperature,
    alarm_high_internal_temperature,
    alarm_fuse_blown,
    alarm_state_of_health,
    alarm_bms_cable,
    // history
    total_ah_drawn,
    charged_energy,
    discharged_energy,
    last_discharge,
    average_discharge,
    deepest_discharge,
    low_voltage_alarms,
    high_voltage_alarms,
    minimum_voltage,
    minimum_cell_voltage,
    minimum_temperature,
    maximum_voltage,
    maximum_cell_voltage,
    maximum_temperature,
    charge_cycles,
    since_full_charge,
    full_discharges,
    automatic_syncs,
    can_be_cleared,
};
inline constexpr std::size_t item_count = static_cast<std::size_t>(Item::can_be_cleared) + 1;

/// The texts.
enum class Word : std::uint8_t {
    custom_name,
    product_name,
    serial,
    min_cell_id,
    max_cell_id,
    min_temperature_id,
    max_temperature_id,
    charge_mode,
    charge_limitation,
    discharge_limitation,
    connection,
    batteries,
};
inline constexpr std::size_t word_count = static_cast<std::size_t>(Word::batteries) + 1;

/// How the values of the batteries become one; those that are absent take no part.
enum class Rule : std::uint8_t {
    own,       // by code of its own
    sum,       // of all there are
    whole,     // sum, absent when one is missing
    mean,      //
    weighted,  // mean by installed capacity; plain where no battery has both
    lowest,    //
    highest,   //
    common,    // the one value all have
    none,      // not of the bank
};

struct ItemRow {
    Item item;
    std::string_view path;
    Rule parallel, series;  // batteries side by side; one behind the other
    std::int8_t decimals;   // published with so many; 0: a whole number
    std::string_view unit{};
};
std::span<const ItemRow> item_rows();
const ItemRow& row_of(Item item);

struct WordRow {
    Word word;
    std::string_view path;
};
std::span<const WordRow> word_rows();

/// Where a path goes to. Cells are numbered from 1; 0: none.
struct Slot {
    std::optional<Item> item{};
    std::optional<Word> word{};
    std::uint16_t cell = 0;
};
/// Letter case and a missing "/" at the begin do not matter. nullopt: no path of a battery that counts here.
std::optional<Slot> slot_of(std::string_view path);

}  // namespace bmsd::bank
