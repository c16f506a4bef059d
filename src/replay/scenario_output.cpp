#include "replay/scenario_output.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cmath>

#include "model/fields.h"
#include "util/decimal.h"

namespace bmsd::replay {
namespace {

namespace json = boost::json;

template <class T>
json::value value_of(const std::optional<T>& value)
{
    return value ? json::value(*value) : json::value();
}

json::value number(const Number& value, int decimals)
{
    return value && std::isfinite(*value) ? json::value(rounded(*value, decimals) + 0.0) : json::value();
}

json::value text(std::string_view value)
{
    return value.empty() ? json::value() : json::value(json::string_view(value.data(), value.size()));
}

json::value cell_name(std::uint16_t cell)
{
    return cell == 0 ? json::value() : json::value("C" + std::to_string(cell));
}

json::value sensor_name(const config::Config& config, std::uint8_t sensor)
{
    const std::string* names[]{&config.temperature_1_name, &config.temperature_2_name, &config.temperature_3_name,
                               &config.temperature_4_name};
    return sensor >= 1 && sensor <= std::size(names) ? json::value(*names[sensor - 1]) : json::value();
}

/// low_cell_voltage as LowCellVoltage.
std::string path_name(std::string_view model_name)
{
    std::string out;
    bool start = true;
    for (const char c : model_name) {
        if (c != '_') out += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        start = c == '_';
    }
    return out;
}

void put_limits(json::object& out, const ScenarioCycle& cycle)
{
    const Limits& l = cycle.snapshot.limits;
    const control::ChargeVoltage& voltage = cycle.control.voltage();
    out["cvl"] = number(l.charge_voltage, 2);
    out["control_voltage"] = number(l.control_voltage, 6);
    out["ccl"] = number(l.charge.applied, 3);
    out["dcl"] = number(l.discharge.applied, 3);
    out["charge_mode"] = text(l.charge_mode);
    out["charge_limitation"] = text(l.charge.reason);
    out["discharge_limitation"] = text(l.discharge.reason);
    out["allow_to_charge"] = l.charge.allowed ? 1 : 0;
    out["allow_to_discharge"] = l.discharge.allowed ? 1 : 0;
    out["max_charge_cell_voltage"] = number(l.max_charge_cell_voltage, 3);
    out["allow_max_voltage"] = voltage.max_allowed();
    out["max_voltage_timer"] = voltage.timer_running();
    out["soc_reset_requested"] = voltage.soc_reset_requested();
}

void put_derived(json::object& out, const ScenarioCycle& cycle)
{
    const Derived& d = cycle.snapshot.derived;
    out["soc_calc"] = number(d.soc, 3);
    out["soc"] = number(d.soc, 2);
    out["voltage"] = number(d.voltage, 2);
    out["current"] = number(d.current, 2);
    out["power"] = number(d.power, 2);
    out["current_avg"] = number(d.current_avg, 2);
    out["time_to_go"] = value_of(d.time_to_go);
    json::object times;
    for (const TimeToSoc& point : d.time_to_soc) times[std::to_string(point.percent)] = text(point.text);
    out["time_to_soc"] = std::move(times);
    out["temperature"] = number(d.temperature, 1);
    out["min_cell_temperature"] = number(d.min_temperature, 3);
    out["max_cell_temperature"] = number(d.max_temperature, 3);
    out["min_temperature_cell_id"] = sensor_name(cycle.config, d.min_temperature_sensor);
    out["max_temperature_cell_id"] = sensor_name(cycle.config, d.max_temperature_sensor);
    out["mid_voltage"] = number(d.mid_voltage, 6);
    out["mid_voltage_deviation"] = number(d.mid_voltage_deviation, 6);
    out["capacity_remaining"] = number(d.capacity, 6);
    out["consumed_ah"] = number(d.consumed_ah, 6);
    out["cell_sum"] = number(d.cell_sum, 2);
    out["cell_diff"] = number(d.cell_diff, 3);
    out["min_voltage_cell_id"] = cell_name(d.min_cell);
    out["max_voltage_cell_id"] = cell_name(d.max_cell);
}

bool is_discharge(std::string_view name)
{
    return name == "deepest_discharge" || name == "last_discharge" || name == "average_discharge" ||
           name == "total_ah_drawn";
}

void put_history(json::object& out, const ScenarioCycle& cycle)
{
    json::object history;
    for (const HistoryField& field : history_fields()) {
        const auto put = [&](auto member) {
            const auto& value = cycle.control.history().*member;
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Number>) {
                const Number shown = value && is_discharge(field.name) ? Number(-*value) : value;
                history[field.name] = number(shown, 6);
            } else {
                history[field.name] = value_of(value);
            }
        };
        std::visit(put, field.member);
    }
    history["time_since_last_full_charge"] = value_of(cycle.snapshot.time_since_last_full_charge);
    out["history"] = std::move(history);
}

void put_state(json::object& out, const ScenarioCycle& cycle)
{
    const State& s = cycle.snapshot.state;
    out["state"] = s.state;
    out["mode"] = s.mode;
    out["device_state"] = value_of(s.device_state);
    out["error_code"] = value_of(s.error_code);
    json::object alarms;
    for (std::size_t i = 0; i < alarm_count; ++i) {
        alarms[path_name(alarm_names[i])] = value_of(cycle.snapshot.alarms.levels[i]);
    }
    alarms["BmsCable"] = value_of(s.bms_cable);
    out["alarms"] = std::move(alarms);
    out["alarm_bms_cable"] = value_of(s.bms_cable);
    out["connection_information"] = std::string(s.connection_information.view());
    out["modules_online"] = s.online ? 1 : 0;
    out["exit"] = cycle.exit;
}

/// What the sheet allows to be off; everything else is exact to the digits shown.
double tolerance(std::string_view name)
{
    struct Row {
        std::string_view name;
        double value;
    };
    static constexpr Row rows[]{
        {"cvl", 0.0101},
        {"control_voltage", 0.0005},
        {"ccl", 0.002},
        {"dcl", 0.002},
        {"current", 0.002},
        {"current_avg", 0.002},
        {"soc_calc", 0.002},
        {"history.discharged_energy", 0.0005},
        {"time_to_go", 1},
        {"history.time_since_last_full_charge", 1},
        {"history.charged_energy", 0.0005},
        {"history.timestamp_last_full_charge", 1},
    };
    for (const Row& row : rows) {
        if (row.name == name) return row.value;
    }
    return 1e-6;
}

bool same(std::string_view name, const json::value& expected, const json::value& found)
{
    if (expected.is_number() && found.is_number()) {
        const double off = std::abs(expected.to_number<double>() - found.to_number<double>());
        return off <= tolerance(name) + 1e-9;
    }
    return expected == found;
}

void compare(const std::string& name, double t, const json::value& expected, const json::value* found,
             std::vector<Difference>& out)
{
    const json::value none;
    if (found == nullptr) found = &none;
    if (expected.is_object() && found->is_object()) {
        for (const auto& [member, value] : expected.get_object()) {
            compare(fmt::format("{}.{}", name, std::string_view(member)), t, value,
                    found->get_object().if_contains(member), out);
        }
    } else if (!same(name, expected, *found)) {
        out.push_back({t, name, json::serialize(expected), json::serialize(*found)});
    }
}

}  // namespace

json::object to_json(const ScenarioCycle& cycle)
{
    json::object out;
    out["t"] = cycle.t;
    put_limits(out, cycle);
    put_derived(out, cycle);
    put_state(out, cycle);
    put_history(out, cycle);
    return out;
}

std::vector<Difference> differences(const ScenarioCheck& check, const json::object& outputs)
{
    std::vector<Difference> out;
    for (const auto& [name, value] : check.values) {
        compare(std::string(name), check.t, value, outputs.if_contains(name), out);
    }
    return out;
}

}  // namespace bmsd::replay
