#include "bank/sighting.h"

#include <fmt/format.h>

namespace bmsd::bank {
namespace {

template <class T>
Number number(const std::optional<T>& value)
{
    return value ? Number(static_cast<double>(*value)) : std::nullopt;
}

Number negative(const Number& value)
{
    return value ? Number(-*value) : std::nullopt;
}

struct Row {
    Item item;
    Number (*get)(const Snapshot& s);
};
using S = const Snapshot&;

constexpr Row rows[]{
    {Item::voltage, [](S s) { return s.derived.voltage; }},
    {Item::current, [](S s) { return s.derived.current; }},
    {Item::power, [](S s) { return s.derived.power; }},
    {Item::temperature, [](S s) { return s.derived.temperature; }},
    {Item::current_avg, [](S s) { return s.derived.current_avg; }},
    {Item::soc, [](S s) { return s.derived.soc; }},
    {Item::soh, [](S s) { return s.telemetry.soh; }},
    {Item::installed, [](S s) { return s.telemetry.capacity; }},
    {Item::capacity, [](S s) { return s.derived.capacity; }},
    {Item::consumed, [](S s) { return s.derived.consumed_ah; }},
    {Item::min_cell, [](S s) { return s.derived.min_cell_voltage; }},
    {Item::max_cell, [](S s) { return s.derived.max_cell_voltage; }},
    {Item::min_temperature, [](S s) { return s.derived.min_temperature; }},
    {Item::max_temperature, [](S s) { return s.derived.max_temperature; }},
    {Item::mosfet_temperature, [](S s) { return s.derived.temperature_mosfet; }},
    {Item::cell_sum, [](S s) { return s.derived.cell_sum; }},
    {Item::cells, [](S s) { return number(s.telemetry.cell_count); }},
    {Item::online, [](S s) { return Number(s.state.online ? 1 : 0); }},
    {Item::offline, [](S s) { return Number(s.state.online ? 0 : 1); }},
    {Item::blocking_charge, [](S s) { return Number(s.limits.charge.allowed ? 0 : 1); }},
    {Item::blocking_discharge, [](S s) { return Number(s.limits.discharge.allowed ? 0 : 1); }},
    {Item::balancing, [](S s) { return Number(s.derived.balancing.value_or(false) ? 1 : 0); }},
    {Item::heating, [](S s) { return number(s.telemetry.heating); }},
    {Item::allow_balance, [](S s) { return number(s.telemetry.balance_fet); }},
    {Item::allow_heat, [](S s) { return number(s.telemetry.heater_fet); }},
    {Item::allow_charge, [](S s) { return Number(s.limits.charge.allowed ? 1 : 0); }},
    {Item::allow_discharge, [](S s) { return Number(s.limits.discharge.allowed ? 1 : 0); }},
    {Item::charge_voltage, [](S s) { return s.limits.charge_voltage; }},
    {Item::charge_current, [](S s) { return s.limits.charge.applied; }},
    {Item::discharge_current, [](S s) { return s.limits.discharge.applied; }},
    {Item::max_cell_charge_voltage, [](S s) { return s.limits.max_charge_cell_voltage; }},
    {Item::low_voltage, [](S s) { return s.limits.battery_low_voltage; }},
    {Item::heating_current, [](S s) { return s.telemetry.heater_current; }},
    {Item::heating_power, [](S s) { return s.telemetry.heater_power; }},
    {Item::state, [](S s) { return Number(s.state.state); }},
    {Item::error_code, [](S s) { return number(s.state.error_code); }},
    {Item::alarm_bms_cable, [](S s) { return number(s.state.bms_cable); }},
    {Item::total_ah_drawn, [](S s) { return negative(s.history.total_ah_drawn); }},
    {Item::charged_energy, [](S s) { return s.history.charged_energy; }},
    {Item::discharged_energy, [](S s) { return s.history.discharged_energy; }},
    {Item::last_discharge, [](S s) { return negative(s.history.last_discharge); }},
    {Item::average_discharge, [](S s) { return negative(s.history.average_discharge); }},
    {Item::deepest_discharge, [](S s) { return negative(s.history.deepest_discharge); }},
    {Item::low_voltage_alarms, [](S s) { return number(s.history.low_voltage_alarms); }},
    {Item::high_voltage_alarms, [](S s) { return number(s.history.high_voltage_alarms); }},
    {Item::minimum_voltage, [](S s) { return s.history.minimum_voltage; }},
    {Item::minimum_cell_voltage, [](S s) { return s.history.minimum_cell_voltage; }},
    {Item::minimum_temperature, [](S s) { return s.history.minimum_temperature; }},
    {Item::maximum_voltage, [](S s) { return s.history.maximum_voltage; }},
    {Item::maximum_cell_voltage, [](S s) { return s.history.maximum_cell_voltage; }},
    {Item::maximum_temperature, [](S s) { return s.history.maximum_temperature; }},
    {Item::charge_cycles, [](S s) { return s.history.charge_cycles; }},
    {Item::since_full_charge, [](S s) { return number(s.time_since_last_full_charge); }},
    {Item::full_discharges, [](S s) { return number(s.history.full_discharges); }},
    {Item::automatic_syncs, [](S s) { return number(s.history.automatic_syncs); }},
};

constexpr Item alarm_items[]{
    Item::alarm_high_voltage,
    Item::alarm_high_cell_voltage,
    Item::alarm_low_voltage,
    Item::alarm_low_cell_voltage,
    Item::alarm_low_soc,
    Item::alarm_high_charge_current,
    Item::alarm_high_discharge_current,
    Item::alarm_cell_imbalance,
    Item::alarm_internal_failure,
    Item::alarm_high_charge_temperature,
    Item::alarm_low_charge_temperature,
    Item::alarm_high_temperature,
    Item::alarm_low_temperature,
    Item::alarm_high_internal_temperature,
    Item::alarm_fuse_blown,
};
static_assert(std::size(alarm_items) == alarm_count);

std::string sensor_name(std::uint8_t sensor, const config::Config& config)
{
    const std::string* names[]{&config.temperature_1_name, &config.temperature_2_name, &config.temperature_3_name,
                               &config.temperature_4_name};
    return sensor >= 1 && sensor <= std::size(names) ? *names[sensor - 1U] : std::string();
}

std::string cell_name(std::uint16_t cell)
{
    return cell == 0 ? std::string() : fmt::format("C{}", cell);
}

void fill_texts(const Snapshot& s, const config::Config& config, Values& out)
{
    out[Word::min_cell_id] = cell_name(s.derived.min_cell);
    out[Word::max_cell_id] = cell_name(s.derived.max_cell);
    out[Word::min_temperature_id] = sensor_name(s.derived.min_temperature_sensor, config);
    out[Word::max_temperature_id] = sensor_name(s.derived.max_temperature_sensor, config);
    out[Word::charge_mode] = s.limits.charge_mode.view();
    out[Word::charge_limitation] = s.limits.charge.reason.view();
    out[Word::discharge_limitation] = s.limits.discharge.reason.view();
    out[Word::connection] = s.state.connection_information.view();
}

}  // namespace

void look(const Snapshot& snapshot, const Face& face, const config::Config& config, Sighting& out)
{
    out.identity = face.identity;
    out.name = face.name;
    out.service = face.service;
    out.own = true;
    out.answers = snapshot.state.online && !snapshot.state.give_up;
    out.charge_fet = snapshot.telemetry.charge_fet;
    out.discharge_fet = snapshot.telemetry.discharge_fet;
    out.hardware_charge = snapshot.telemetry.max_charge_current;
    out.hardware_discharge = snapshot.telemetry.max_discharge_current;
    for (const Row& row : rows) put(out.values, {row.item, {}, 0}, row.get(snapshot));
    for (std::size_t i = 0; i < alarm_count; ++i) {
        put(out.values, {alarm_items[i], {}, 0}, number(snapshot.alarms.levels[i]));
    }
    out.values.cells = snapshot.telemetry.cell_voltages;
    fill_texts(snapshot, config, out.values);
}

}  // namespace bmsd::bank
