#include "bank/item.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>

#include "model/telemetry.h"

namespace bmsd::bank {
namespace {

using enum Rule;

constexpr ItemRow rows[]{
    {Item::connected, "/Connected", none, lowest, 0},
    {Item::device_instance, "/DeviceInstance", none, none, 0},
    {Item::voltage, "/Dc/0/Voltage", own, whole, 2, "V"},
    {Item::current, "/Dc/0/Current", sum, mean, 2, "A"},
    {Item::power, "/Dc/0/Power", own, sum, 2, "W"},
    {Item::temperature, "/Dc/0/Temperature", own, mean, 1},
    {Item::current_avg, "/CurrentAvg", sum, mean, 2, "A"},
    {Item::soc, "/Soc", own, lowest, 2},
    {Item::soh, "/Soh", weighted, lowest, 2},
    {Item::installed, "/InstalledCapacity", own, lowest, 2, "Ah"},
    {Item::capacity, "/Capacity", own, lowest, 2, "Ah"},
    {Item::consumed, "/ConsumedAmphours", own, none, 2, "Ah"},
    {Item::time_to_go, "/TimeToGo", own, none, 0},
    {Item::min_cell, "/System/MinCellVoltage", own, own, 3, "V"},
    {Item::max_cell, "/System/MaxCellVoltage", own, own, 3, "V"},
    {Item::min_temperature, "/System/MinCellTemperature", own, own, 1},
    {Item::max_temperature, "/System/MaxCellTemperature", own, own, 1},
    {Item::mosfet_temperature, "/System/MOSTemperature", highest, highest, 1},
    {Item::cell_sum, "/Voltages/Sum", own, whole, 3, "V"},
    {Item::cell_diff, "/Voltages/Diff", own, none, 3, "V"},
    {Item::cells, "/System/NrOfCellsPerBattery", common, whole, 0},
    {Item::online, "/System/NrOfModulesOnline", own, own, 0},
    {Item::offline, "/System/NrOfModulesOffline", own, own, 0},
    {Item::blocking_charge, "/System/NrOfModulesBlockingCharge", own, own, 0},
    {Item::blocking_discharge, "/System/NrOfModulesBlockingDischarge", own, own, 0},
    {Item::batteries, "/System/NrOfBatteries", own, none, 0},
    {Item::parallel, "/System/BatteriesParallel", own, none, 0},
    {Item::series, "/System/BatteriesSeries", own, none, 0},
    {Item::balancing, "/Balancing", highest, highest, 0},
    {Item::heating, "/Heating", highest, highest, 0},
    {Item::allow_balance, "/Io/AllowToBalance", highest, highest, 0},
    {Item::allow_heat, "/Io/AllowToHeat", highest, highest, 0},
    {Item::allow_charge, "/Io/AllowToCharge", own, lowest, 0},
    {Item::allow_discharge, "/Io/AllowToDischarge", own, lowest, 0},
    {Item::charge_voltage, "/Info/MaxChargeVoltage", own, whole, 2, "V"},
    {Item::charge_current, "/Info/MaxChargeCurrent", own, lowest, 1, "A"},
    {Item::discharge_current, "/Info/MaxDischargeCurrent", own, lowest, 1, "A"},
    {Item::max_cell_charge_voltage, "/Info/MaxChargeCellVoltage", own, lowest, 3, "V"},
    {Item::low_voltage, "/Info/BatteryLowVoltage", highest, whole, 2, "V"},
    {Item::charge_request, "/Info/ChargeRequest", highest, highest, 0},
    {Item::heating_current, "/Info/HeatingCurrent", sum, sum, 2, "A"},
    {Item::heating_power, "/Info/HeatingPower", sum, sum, 2, "W"},
    {Item::state, "/State", own, own, 0},
    {Item::error_code, "/ErrorCode", highest, highest, 0},
    {Item::alarm_low_voltage, "/Alarms/LowVoltage", highest, highest, 0},
    {Item::alarm_high_voltage, "/Alarms/HighVoltage", highest, highest, 0},
    {Item::alarm_low_cell_voltage, "/Alarms/LowCellVoltage", highest, highest, 0},
    {Item::alarm_high_cell_voltage, "/Alarms/HighCellVoltage", highest, highest, 0},
    {Item::alarm_low_soc, "/Alarms/LowSoc", highest, highest, 0},
    {Item::alarm_high_charge_current, "/Alarms/HighChargeCurrent", highest, highest, 0},
    {Item::alarm_high_discharge_current, "/Alarms/HighDischargeCurrent", highest, highest, 0},
    {Item::alarm_high_current, "/Alarms/HighCurrent", highest, highest, 0},
    {Item::alarm_cell_imbalance, "/Alarms/CellImbalance", highest, highest, 0},
    {Item::alarm_internal_failure, "/Alarms/InternalFailure", highest, highest, 0},
    {Item::alarm_high_charge_temperature, "/Alarms/HighChargeTemperature", highest, highest, 0},
    {Item::alarm_low_charge_temperature, "/Alarms/LowChargeTemperature", highest, highest, 0},
    {Item::alarm_high_temperature, "/Alarms/HighTemperature", highest, highest, 0},
    {Item::alarm_low_temperature, "/Alarms/LowTemperature", highest, highest, 0},
    {Item::alarm_high_internal_temperature, "/Alarms/HighInternalTemperature", highest, highest, 0},
    {Item::alarm_fuse_blown, "/Alarms/FuseBlown", highest, highest, 0},
    {Item::alarm_state_of_health, "/Alarms/StateOfHealth", highest, highest, 0},
    {Item::alarm_bms_cable, "/Alarms/BmsCable", highest, highest, 0},
    {Item::total_ah_drawn, "/History/TotalAhDrawn", sum, mean, 2, "Ah"},
    {Item::charged_energy, "/History/ChargedEnergy", sum, sum, 2, "kWh"},
    {Item::discharged_energy, "/History/DischargedEnergy", sum, sum, 2, "kWh"},
    {Item::last_discharge, "/History/LastDischarge", sum, mean, 2, "Ah"},
    {Item::average_discharge, "/History/AverageDischarge", sum, mean, 2, "Ah"},
    {Item::deepest_discharge, "/History/DeepestDischarge", sum, mean, 2, "Ah"},
    {Item::low_voltage_alarms, "/History/LowVoltageAlarms", sum, sum, 0},
    {Item::high_voltage_alarms, "/History/HighVoltageAlarms", sum, sum, 0},
    {Item::minimum_voltage, "/History/MinimumVoltage", lowest, whole, 2, "V"},
    {Item::minimum_cell_voltage, "/History/MinimumCellVoltage", lowest, lowest, 3, "V"},
    {Item::minimum_temperature, "/History/MinimumTemperature", lowest, lowest, 1},
    {Item::maximum_voltage, "/History/MaximumVoltage", highest, whole, 2, "V"},
    {Item::maximum_cell_voltage, "/History/MaximumCellVoltage", highest, highest, 3, "V"},
    {Item::maximum_temperature, "/History/MaximumTemperature", highest, highest, 1},
    {Item::charge_cycles, "/History/ChargeCycles", weighted, highest, 1},
    {Item::since_full_charge, "/History/TimeSinceLastFullCharge", highest, highest, 0},
    {Item::full_discharges, "/History/FullDischarges", highest, highest, 0},
    {Item::automatic_syncs, "/History/AutomaticSyncs", lowest, lowest, 0},
    {Item::can_be_cleared, "/History/CanBeCleared", own, none, 0},
};

constexpr bool in_order()
{
    std::size_t next = 0;
    for (const ItemRow& row : rows) {
        if (row.item != static_cast<Item>(next++)) return false;
    }
    return next == item_count;
}
static_assert(in_order(), "row_of() counts on it");

constexpr WordRow words[]{
    {Word::custom_name, "/CustomName"},
    {Word::product_name, "/ProductName"},
    {Word::serial, "/Serial"},
    {Word::min_cell_id, "/System/MinVoltageCellId"},
    {Word::max_cell_id, "/System/MaxVoltageCellId"},
    {Word::min_temperature_id, "/System/MinTemperatureCellId"},
    {Word::max_temperature_id, "/System/MaxTemperatureCellId"},
    {Word::charge_mode, "/Info/ChargeMode"},
    {Word::charge_limitation, "/Info/ChargeLimitation"},
    {Word::discharge_limitation, "/Info/DischargeLimitation"},
    {Word::connection, "/ConnectionInformation"},
    {Word::batteries, "/System/Batteries"},
};
static_assert(std::size(words) == word_count);

std::string lower(std::string_view text)
{
    std::string out(text.starts_with('/') ? text.substr(1) : text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

std::map<std::string, Slot, std::less<>> make_index()
{
    std::map<std::string, Slot, std::less<>> index;
    for (const ItemRow& row : rows) index[lower(row.path)].item = row.item;
    for (const WordRow& row : words) index[lower(row.path)].word = row.word;
    return index;
}

std::optional<Slot> cell_of(std::string_view path)
{
    constexpr std::string_view prefix = "voltages/cell";
    if (!path.starts_with(prefix)) return std::nullopt;
    path.remove_prefix(prefix.size());
    Slot slot;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), slot.cell);
    const bool whole = error == std::errc() && end == path.data() + path.size();
    return whole && slot.cell >= 1 && slot.cell <= max_cells ? std::optional(slot) : std::nullopt;
}

}  // namespace

std::span<const ItemRow> item_rows()
{
    return rows;
}

const ItemRow& row_of(Item item)
{
    return rows[static_cast<std::size_t>(item)];
}

std::span<const WordRow> word_rows()
{
    return words;
}

std::optional<Slot> slot_of(std::string_view path)
{
    static const auto index = make_index();
    const std::string name = lower(path);
    const auto found = index.find(name);
    return found != index.end() ? std::optional(found->second) : cell_of(name);
}

}  // namespace bmsd::bank
