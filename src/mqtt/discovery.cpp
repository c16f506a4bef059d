#include "mqtt/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cstdlib>

#include "site/state_json.h"
#include "util/version.h"

namespace bmsd::mqtt {
namespace {

namespace json = boost::json;

constexpr std::string_view sensor = "sensor", binary = "binary_sensor";
constexpr std::size_t most_cells_shown = 16;  // further ones are there, but off until somebody wants them
constexpr double energy_expires = 7200;       // s: a pause does not cost the statistics

/// A row of the entity table. `value` is a member of the state, or "" where `code` says it all.
struct Row {
    std::string_view id, name, value;
    std::string_view platform = sensor;
    std::string_view device_class{}, state_class{}, unit{};
    std::string_view code{};  // around the value, e.g. "* 1000"
    int precision = -1;       // decimals shown
    bool diagnostic = false, disabled = false, energy = false;
    std::span<const std::string_view> (*options)() = nullptr;
};

constexpr std::string_view measured = "measurement", rising = "total_increasing";

constexpr Row rows[]{
    {.id = "soc",
     .name = "State of charge",
     .value = "soc",
     .device_class = "battery",
     .state_class = measured,
     .unit = "%",
     .precision = 1},
    {.id = "soh", .name = "State of health", .value = "soh", .state_class = measured, .unit = "%", .diagnostic = true},
    {.id = "voltage",
     .name = "Voltage",
     .value = "voltage",
     .device_class = "voltage",
     .state_class = measured,
     .unit = "V",
     .precision = 2},
    {.id = "current",
     .name = "Current",
     .value = "current",
     .device_class = "current",
     .state_class = measured,
     .unit = "A",
     .precision = 1},
    {.id = "power",
     .name = "Power",
     .value = "power",
     .device_class = "power",
     .state_class = measured,
     .unit = "W",
     .precision = 0},
    // the energy dashboard wants discharging positive
    {.id = "power_energy",
     .name = "Power for the energy dashboard",
     .value = "power",
     .device_class = "power",
     .state_class = measured,
     .unit = "W",
     .code = "* -1",
     .precision = 0,
     .disabled = true},
    {.id = "energy_charged",
     .name = "Energy charged",
     .value = "energy_charged",
     .device_class = "energy",
     .state_class = rising,
     .unit = "kWh",
     .precision = 2,
     .energy = true},
    {.id = "energy_discharged",
     .name = "Energy discharged",
     .value = "energy_discharged",
     .device_class = "energy",
     .state_class = rising,
     .unit = "kWh",
     .precision = 2,
     .energy = true},
    {.id = "energy_stored",
     .name = "Energy stored",
     .value = "energy_stored",
     .device_class = "energy_storage",
     .state_class = measured,
     .unit = "kWh",
     .precision = 2},
    {.id = "capacity", .name = "Capacity", .value = "capacity", .state_class = measured, .unit = "Ah", .precision = 1},
    {.id = "remaining",
     .name = "Remaining capacity",
     .value = "capacity_remaining",
     .state_class = measured,
     .unit = "Ah",
     .precision = 1},
    {.id = "cell_min",
     .name = "Lowest cell voltage",
     .value = "cell_min",
     .device_class = "voltage",
     .state_class = measured,
     .unit = "V",
     .precision = 3},
    {.id = "cell_max",
     .name = "Highest cell voltage",
     .value = "cell_max",
     .device_class = "voltage",
     .state_class = measured,
     .unit = "V",
     .precision = 3},
    {.id = "cell_mean",
     .name = "Mean cell voltage",
     .value = "cell_mean",
     .device_class = "voltage",
     .state_class = measured,
     .unit = "V",
     .precision = 3},
    {.id = "cell_delta",
     .name = "Cell difference",
     .value = "cell_delta",
     .device_class = "voltage",
     .state_class = measured,
     .unit = "mV",
     .code = "* 1000",
     .precision = 0},
    {.id = "cell_min_number", .name = "Lowest cell", .value = "cell_min_number"},
    {.id = "cell_max_number", .name = "Highest cell", .value = "cell_max_number"},
    {.id = "balancing", .name = "Balancing", .value = "balancing", .platform = binary},
    {.id = "mosfet",
     .name = "Temperature MOSFET",
     .value = "temperature_mosfet",
     .device_class = "temperature",
     .state_class = measured,
     .unit = "\u00b0C",
     .precision = 1},
    // a difference is no temperature: a device class would be converted with its offset
    {.id = "temperature_delta",
     .name = "Temperature difference",
     .value = "temperature_delta",
     .state_class = measured,
     .unit = "K",
     .precision = 1},
    {.id = "cvl",
     .name = "Charge voltage limit",
     .value = "cvl",
     .device_class = "voltage",
     .state_class = measured,
     .unit = "V",
     .precision = 2},
    {.id = "ccl",
     .name = "Charge current limit",
     .value = "ccl",
     .device_class = "current",
     .state_class = measured,
     .unit = "A",
     .precision = 1},
    {.id = "dcl",
     .name = "Discharge current limit",
     .value = "dcl",
     .device_class = "current",
     .state_class = measured,
     .unit = "A",
     .precision = 1},
    {.id = "charge_mode",
     .name = "Charge mode",
     .value = "charge_mode",
     .device_class = "enum",
     .options = site::charge_mode_keys},
    {.id = "charge_limit_reason",
     .name = "Charge limited by",
     .value = "charge_limit_reason",
     .device_class = "enum",
     .options = site::limit_reason_keys},
    {.id = "discharge_limit_reason",
     .name = "Discharge limited by",
     .value = "discharge_limit_reason",
     .device_class = "enum",
     .options = site::limit_reason_keys},
    {.id = "charge_allowed", .name = "Charge allowed", .value = "charge_allowed", .platform = binary},
    {.id = "discharge_allowed", .name = "Discharge allowed", .value = "discharge_allowed", .platform = binary},
    {.id = "problem", .name = "Problem", .value = "problem", .platform = binary, .device_class = "problem"},
    {.id = "charging", .name = "Charging", .value = "charging", .platform = binary, .device_class = "battery_charging"},
    {.id = "cycles", .name = "Cycles", .value = "cycles", .state_class = rising},
    {.id = "time_to_go",
     .name = "Time to go",
     .value = "time_to_go",
     .device_class = "duration",
     .state_class = measured,
     .unit = "s"},
    {.id = "last_seen",
     .name = "Last seen",
     .value = "last_seen",
     .device_class = "timestamp",
     .diagnostic = true,
     .disabled = true},
};

void put(json::object& object, std::string_view name, std::string_view value)
{
    if (!value.empty()) object[name] = value;
}

/// `path` in the message; absent becomes "None", which Home Assistant shows as unknown.
std::string number_template(std::string_view path, std::string_view code)
{
    if (code.empty()) return fmt::format("{{{{ value_json{} | default(none) }}}}", path);
    return fmt::format("{{{{ value_json{0} {1} if value_json{0} is defined else none }}}}", path, code);
}

std::string flag_template(std::string_view path, std::string_view test = "")
{
    return fmt::format("{{{{ ('ON' if value_json{0}{1} else 'OFF') if value_json{0} is defined else none }}}}", path,
                       test);
}

/// The members every entity has.
json::object component(const Device& device, std::string_view id, std::string_view name, std::string_view platform)
{
    json::object out;
    out["p"] = platform;
    out["uniq_id"] = fmt::format("bmsd_{}_{}", device.id, id);
    out["name"] = name;
    out["exp_aft"] = std::max(60.0, 5 * device.interval);
    return out;
}

json::object of_row(const Device& device, const Row& row)
{
    json::object out = component(device, row.id, row.name, row.platform);
    const std::string path = fmt::format(".{}", row.value);
    out["val_tpl"] = row.platform == binary ? flag_template(path) : number_template(path, row.code);
    put(out, "dev_cla", row.device_class);
    put(out, "stat_cla", row.state_class);
    put(out, "unit_of_meas", row.unit);
    if (row.precision >= 0) out["sug_dsp_prc"] = row.precision;
    if (row.diagnostic) out["ent_cat"] = "diagnostic";
    if (row.disabled) out["en"] = false;
    if (row.energy) out["exp_aft"] = std::max(energy_expires, 5 * device.interval);
    if (row.options != nullptr) {
        json::array options;
        for (const auto key : row.options()) options.emplace_back(key);
        out["ops"] = std::move(options);
    }
    return out;
}

/// "cell_7" -> 7
std::size_t number_of(std::string_view id)
{
    return static_cast<std::size_t>(std::atoi(std::string(id.substr(id.rfind('_') + 1)).c_str()));
}

json::object of_cell(const Device& device, std::string_view id)
{
    const std::size_t number = number_of(id);
    json::object out = component(device, id, fmt::format("Cell {}", number), sensor);
    out["stat_t"] = fmt::format("{}/{}/cells", device.prefix, device.id);
    out["val_tpl"] = number_template(fmt::format("['{}']", number), "");
    out["dev_cla"] = "voltage";
    out["stat_cla"] = measured;
    out["unit_of_meas"] = "V";
    out["sug_dsp_prc"] = 3;
    if (number > most_cells_shown) out["en"] = false;
    return out;
}

json::object of_balancing(const Device& device, std::string_view id)
{
    const std::size_t number = number_of(id);
    json::object out = component(device, id, fmt::format("Balancing cell {}", number), binary);
    out["val_tpl"] = flag_template(fmt::format(".cell_balancing[{}]", number - 1));
    out["en"] = false;
    return out;
}

json::object of_temperature(const Device& device, std::string_view id)
{
    const std::size_t number = number_of(id);
    json::object out = component(device, id, fmt::format("Temperature {}", number), sensor);
    out["val_tpl"] = number_template(fmt::format(".temperatures['{}']", number), "");
    out["dev_cla"] = "temperature";
    out["stat_cla"] = measured;
    out["unit_of_meas"] = "\u00b0C";
    out["sug_dsp_prc"] = 1;
    return out;
}

json::object of_alarm(const Device& device, std::string_view id)
{
    const std::string_view alarm = id.substr(std::string_view("alarm_").size());
    std::string name(alarm);
    std::ranges::replace(name, '_', ' ');
    json::object out = component(device, id, "Alarm " + name, binary);
    out["val_tpl"] = flag_template(fmt::format(".alarms.{}", alarm), " > 0");
    out["dev_cla"] = "problem";
    return out;
}

/// Entities there are many of: cell_7, balancing_7, temperature_2, alarm_low_soc.
struct Many {
    std::string_view begins;
    json::object (*make)(const Device& device, std::string_view id);
};
constexpr Many many[]{
    {"alarm_", of_alarm}, {"cell_", of_cell}, {"balancing_", of_balancing}, {"temperature_", of_temperature}};

json::object make(const Device& device, std::string_view id)
{
    for (const Row& row : rows)
        if (row.id == id) return of_row(device, row);
    for (const Many& family : many)
        if (id.starts_with(family.begins)) return family.make(device, id);
    return {};
}

json::object describe(const Device& device, const Identity& identity)
{
    json::object out;
    out["ids"] = json::array{fmt::format("bmsd_{}", device.id)};
    out["name"] = device.name;
    put(out, "mf", identity.manufacturer.value_or(""));
    put(out, "mdl", identity.model_name.value_or(identity.type.value_or("")));
    put(out, "sw", identity.firmware_version.value_or(""));
    put(out, "hw", identity.hardware_version.value_or(""));
    put(out, "sn", identity.serial_number.value_or(""));
    return out;
}

}  // namespace

Components components_of(const json::object& state, const json::object& cells)
{
    Components has;
    for (const Row& row : rows)
        if (state.contains(row.value)) has.emplace(row.id, row.platform);
    for (const auto& [number, volts] : cells) has.emplace("cell_" + std::string(number), sensor);
    if (const auto* flags = state.if_contains("cell_balancing"))
        for (std::size_t i = 1; i <= flags->get_array().size(); ++i)
            has.emplace(fmt::format("balancing_{}", i), binary);
    if (const auto* temperatures = state.if_contains("temperatures"))
        for (const auto& [number, degrees] : temperatures->get_object())
            has.emplace("temperature_" + std::string(number), sensor);
    if (const auto* alarms = state.if_contains("alarms"))
        for (const auto& [name, level] : alarms->get_object()) has.emplace("alarm_" + std::string(name), binary);
    return has;
}

json::object discovery(const Device& device, const Identity& identity, const Components& has, const Components& gone)
{
    json::object out;
    out["dev"] = describe(device, identity);
    out["o"] = {{"name", "bmsd"}, {"sw", version}};
    out["stat_t"] = fmt::format("{}/{}/state", device.prefix, device.id);
    out["avty"] = json::array{{{"t", fmt::format("{}/status", device.prefix)}},
                              {{"t", fmt::format("{}/{}/availability", device.prefix, device.id)}}};
    out["avty_mode"] = "all";
    json::object components;
    for (const auto& [id, platform] : gone)
        if (!has.contains(id)) components[id] = {{"p", platform}};
    for (const auto& [id, platform] : has) components[id] = make(device, id);
    out["cmps"] = std::move(components);
    return out;
}

std::string discovery_topic(std::string_view prefix, std::string_view id)
{
    return fmt::format("{}/device/bmsd_{}/config", prefix, id);
}

}  // namespace bmsd::mqtt
