#include "bank/sighting.h"

#include <fmt/format.h>

namespace bmsd::bank {
namespace {

template <class T>
Number number(const std::optional<T>& value)
{
    return value ? Number(static_cast<double>(*value)) : std::nullopt;
}
template <class T>
Number number(const T& value)
{
    return static_cast<double>(value);
}

template <class T>
void put_in(std::optional<T>& to, const Number& value)
{
    to = value ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
}
template <class T>
void put_in(T& to, const Number& value)
{
    to = static_cast<T>(value.value_or(0));
}

Number negative(const Number& value)
{
    return value ? Number(-*value) : std::nullopt;
}

/// Where a value stands in a Snapshot; both ways, as a bank is a battery to those who read Snapshots.
struct Row {
    Item item;
    Number (*get)(const Snapshot& s);
    void (*set)(Snapshot& s, const Number& value);  // null: follows from others
};
using S = const Snapshot&;

template <auto... members>
Number read(S s)
{
    return number((s.*....*members));
}
template <auto... members>
void assign(Snapshot& s, const Number& value)
{
    put_in((s.*....*members), value);
}
template <auto... members>
constexpr Row field(Item item)
{
    return {item, read<members...>, assign<members...>};
}
template <auto... members>
constexpr Row discharge(Item item)  // kept positive, told negative
{
    return {item, [](S s) { return negative(read<members...>(s)); },
            [](Snapshot& s, const Number& value) { assign<members...>(s, negative(value)); }};
}

constexpr Row rows[]{
    field<&Snapshot::derived, &Derived::voltage>(Item::voltage),
    field<&Snapshot::derived, &Derived::current>(Item::current),
    field<&Snapshot::derived, &Derived::power>(Item::power),
    field<&Snapshot::derived, &Derived::temperature>(Item::temperature),
    field<&Snapshot::derived, &Derived::current_avg>(Item::current_avg),
    field<&Snapshot::derived, &Derived::soc>(Item::soc),
    field<&Snapshot::telemetry, &Telemetry::soh>(Item::soh),
    field<&Snapshot::telemetry, &Telemetry::capacity>(Item::installed),
    field<&Snapshot::derived, &Derived::capacity>(Item::capacity),
    field<&Snapshot::derived, &Derived::consumed_ah>(Item::consumed),
    field<&Snapshot::derived, &Derived::min_cell_voltage>(Item::min_cell),
    field<&Snapshot::derived, &Derived::max_cell_voltage>(Item::max_cell),
    field<&Snapshot::derived, &Derived::min_temperature>(Item::min_temperature),
    field<&Snapshot::derived, &Derived::max_temperature>(Item::max_temperature),
    field<&Snapshot::derived, &Derived::temperature_mosfet>(Item::mosfet_temperature),
    field<&Snapshot::derived, &Derived::cell_sum>(Item::cell_sum),
    field<&Snapshot::telemetry, &Telemetry::cell_count>(Item::cells),
    {Item::online, [](S s) { return number(s.state.online); },
     [](Snapshot& s, const Number& v) { s.state.online = v > 0.0; }},
    {Item::offline, [](S s) { return number(!s.state.online); }, nullptr},
    {Item::blocking_charge, [](S s) { return number(!s.limits.charge.allowed); }, nullptr},
    {Item::blocking_discharge, [](S s) { return number(!s.limits.discharge.allowed); }, nullptr},
    {Item::balancing, [](S s) { return number(s.derived.balancing.value_or(false)); },
     assign<&Snapshot::derived, &Derived::balancing>},
    field<&Snapshot::telemetry, &Telemetry::heating>(Item::heating),
    field<&Snapshot::telemetry, &Telemetry::balance_fet>(Item::allow_balance),
    field<&Snapshot::telemetry, &Telemetry::heater_fet>(Item::allow_heat),
    field<&Snapshot::limits, &Limits::charge, &CurrentLimit::allowed>(Item::allow_charge),
    field<&Snapshot::limits, &Limits::discharge, &CurrentLimit::allowed>(Item::allow_discharge),
    field<&Snapshot::limits, &Limits::charge_voltage>(Item::charge_voltage),
    field<&Snapshot::limits, &Limits::charge, &CurrentLimit::applied>(Item::charge_current),
    field<&Snapshot::limits, &Limits::discharge, &CurrentLimit::applied>(Item::discharge_current),
    field<&Snapshot::limits, &Limits::max_charge_cell_voltage>(Item::max_cell_charge_voltage),
    field<&Snapshot::limits, &Limits::battery_low_voltage>(Item::low_voltage),
    field<&Snapshot::telemetry, &Telemetry::heater_current>(Item::heating_current),
    field<&Snapshot::telemetry, &Telemetry::heater_power>(Item::heating_power),
    field<&Snapshot::state, &State::state>(Item::state),
    field<&Snapshot::state, &State::error_code>(Item::error_code),
    field<&Snapshot::state, &State::bms_cable>(Item::alarm_bms_cable),
    discharge<&Snapshot::history, &History::total_ah_drawn>(Item::total_ah_drawn),
    field<&Snapshot::history, &History::charged_energy>(Item::charged_energy),
    field<&Snapshot::history, &History::discharged_energy>(Item::discharged_energy),
    discharge<&Snapshot::history, &History::last_discharge>(Item::last_discharge),
    discharge<&Snapshot::history, &History::average_discharge>(Item::average_discharge),
    discharge<&Snapshot::history, &History::deepest_discharge>(Item::deepest_discharge),
    field<&Snapshot::history, &History::low_voltage_alarms>(Item::low_voltage_alarms),
    field<&Snapshot::history, &History::high_voltage_alarms>(Item::high_voltage_alarms),
    field<&Snapshot::history, &History::minimum_voltage>(Item::minimum_voltage),
    field<&Snapshot::history, &History::minimum_cell_voltage>(Item::minimum_cell_voltage),
    field<&Snapshot::history, &History::minimum_temperature>(Item::minimum_temperature),
    field<&Snapshot::history, &History::maximum_voltage>(Item::maximum_voltage),
    field<&Snapshot::history, &History::maximum_cell_voltage>(Item::maximum_cell_voltage),
    field<&Snapshot::history, &History::maximum_temperature>(Item::maximum_temperature),
    field<&Snapshot::history, &History::charge_cycles>(Item::charge_cycles),
    field<&Snapshot::time_since_last_full_charge>(Item::since_full_charge),
    field<&Snapshot::history, &History::full_discharges>(Item::full_discharges),
    field<&Snapshot::history, &History::automatic_syncs>(Item::automatic_syncs),
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

void reflect(const Output& bank, Snapshot& out)
{
    for (const Row& row : rows) {
        if (row.set != nullptr) row.set(out, bank.values[row.item]);
    }
    for (std::size_t i = 0; i < alarm_count; ++i) put_in(out.alarms.levels[i], bank.values[alarm_items[i]]);
    put_in(out.derived.time_to_go, bank.values[Item::time_to_go]);
    out.limits.control_voltage = out.limits.charge_voltage;
    out.limits.charge_mode = std::string_view(bank.values[Word::charge_mode]);
    out.limits.charge.reason = std::string_view(bank.values[Word::charge_limitation]);
    out.limits.discharge.reason = std::string_view(bank.values[Word::discharge_limitation]);
    out.limits.charge.target = out.limits.charge.applied;
    out.limits.discharge.target = out.limits.discharge.applied;
    out.state.connection_information = std::string_view(bank.values[Word::connection]);
}

}  // namespace bmsd::bank
