#include "replay/capture_names.h"

#include <boost/json/array.hpp>
#include <string_view>

#include "model/json.h"

namespace bmsd::replay {
namespace {

namespace json = boost::json;

struct Alias {
    std::string_view reference, model;
};

constexpr Alias aliases[]{
    {"capacity_remain", "capacity_remaining"},
    {"temperature_mos", "temperature_mosfet"},
    {"max_battery_charge_current", "max_charge_current"},
    {"max_battery_discharge_current", "max_discharge_current"},
    {"max_battery_voltage_bms", "max_battery_voltage"},
    {"min_battery_voltage_bms", "min_battery_voltage"},
    {"custom_field", "user_label"},
    {"production", "production_date"},
    {"protection", "alarms"},
};

constexpr Alias sensors[]{
    {"temperature_1", "1"}, {"temperature_2", "2"}, {"temperature_3", "3"}, {"temperature_4", "4"}};

/// Takes one value over when the model can read it.
void offer(json::object& out, std::string_view name, const json::value& value)
{
    Reading trial;
    const json::object one{{json::string_view(name.data(), name.size()), value}};
    if (!value.is_null() && from_json(one, trial)) out[json::string_view(name.data(), name.size())] = value;
}

/// Of an object inside, each value for itself: one that cannot be read does not take the others with it.
void offer_each(json::object& out, std::string_view name, const json::value& values)
{
    if (!values.is_object()) return;
    json::object inside;
    for (const auto& [member, value] : values.get_object()) {
        Reading trial;
        const json::object one{{json::string_view(name.data(), name.size()), json::object{{member, value}}}};
        if (!value.is_null() && from_json(one, trial)) inside[member] = value;
    }
    if (!inside.empty()) out[json::string_view(name.data(), name.size())] = std::move(inside);
}

/// [{"voltage": 3.3, "balance": false}, ...]
void offer_cells(json::object& out, const json::value& cells)
{
    if (!cells.is_array()) return;
    json::array voltages, balancing;
    for (const json::value& cell : cells.get_array()) {
        const json::object* object = cell.if_object();
        const json::value* voltage = object != nullptr ? object->if_contains("voltage") : nullptr;
        const json::value* balance = object != nullptr ? object->if_contains("balance") : nullptr;
        voltages.push_back(voltage != nullptr && voltage->is_number() ? *voltage : json::value());
        balancing.push_back(balance != nullptr && balance->is_bool() ? *balance : json::value());
    }
    offer(out, "cell_voltages", voltages);
    offer(out, "cell_balancing", balancing);
}

}  // namespace

json::object model_names(const json::object& decoded)
{
    json::object out;
    json::object temperatures;
    const bool reference = decoded.contains("cells");
    for (const auto& [key, value] : decoded) {
        std::string_view name(key.data(), key.size());
        if (reference && name == "history") continue;  // nobody can say which of them are the BMS's own
        for (const Alias& alias : aliases) {
            if (alias.reference == name) name = alias.model;
        }
        for (const Alias& sensor : sensors) {
            if (sensor.reference == name && value.is_number()) temperatures[sensor.model] = value;
        }
        if (name == "cells") {
            offer_cells(out, value);
        } else if (name == "alarms" || name == "history" || name == "temperatures") {
            offer_each(out, name, value);
        } else {
            offer(out, name, value);
        }
    }
    if (!temperatures.empty()) offer_each(out, "temperatures", temperatures);
    return out;
}

}  // namespace bmsd::replay
