#include "inverter/values.h"

#include <boost/json/array.hpp>
#include <cmath>

namespace bmsd::inverter {
namespace json = boost::json;
namespace {

struct FlagName {
    std::string_view name;
    Flag Values::*member;
};
constexpr FlagName flag_names[]{
    {"charge_allowed", &Values::charge_allowed},
    {"discharge_allowed", &Values::discharge_allowed},
    {"full", &Values::full},
    {"force_charge", &Values::force_charge},
    {"full_charge", &Values::full_charge},
    {"balancing", &Values::balancing},
};

struct TextName {
    std::string_view name;
    Text Values::*member;
};
constexpr TextName text_names[]{
    {"name", &Values::name},
    {"serial", &Values::serial},
    {"min_cell_name", &Values::min_cell_name},
    {"max_cell_name", &Values::max_cell_name},
    {"min_temperature_name", &Values::min_temperature_name},
    {"max_temperature_name", &Values::max_temperature_name},
};

/// Alarms and cells are no names of a table.
constexpr std::string_view alarms_name = "alarms", cells_name = "cells";

bool take_number(const json::value& value, Number& number)
{
    if (!value.is_number()) return false;
    number = value.to_number<double>();
    return std::isfinite(*number);
}

bool take_alarms(const json::value& value, Alarms& alarms, std::string& unknown)
{
    if (!value.is_object()) return false;
    for (const auto& [name, level] : value.get_object()) {
        bool known = false;
        for (std::size_t i = 0; i < alarm_count; ++i) {
            if (alarm_names[i] != name) continue;
            known = true;
            if (level.is_null()) continue;
            boost::system::error_code error;
            const auto number = level.to_number<std::int64_t>(error);
            if (error || number < 0 || number > 2) return false;
            alarms.levels[i] = static_cast<std::uint8_t>(number);
        }
        if (!known) unknown += (unknown.empty() ? "" : " ") + std::string(name);
    }
    return true;
}

bool take_cells(const json::value& value, Values& values)
{
    if (!value.is_array() || value.get_array().size() > told_cells) return false;
    std::size_t i = 0;
    for (const auto& cell : value.get_array()) {
        if (!cell.is_null() && !take_number(cell, values.cells[i])) return false;
        ++i;
    }
    return true;
}

/// nullopt: no table has the name. Otherwise whether the type is right.
std::optional<bool> take(std::string_view name, const json::value& value, Values& values)
{
    for (const auto& row : number_names())
        if (row.name == name) return take_number(value, values.*row.member);
    for (const auto& row : flag_names) {
        if (row.name != name) continue;
        if (value.is_bool()) values.*row.member = value.get_bool();
        return value.is_bool();
    }
    for (const auto& row : text_names) {
        if (row.name != name) continue;
        if (value.is_string()) values.*row.member = std::string(value.get_string());
        return value.is_string();
    }
    return std::nullopt;
}

}  // namespace

std::span<const NumberName> number_names()
{
    using V = Values;
    static constexpr NumberName names[]{
        {"cvl", "V", &V::cvl},
        {"ccl", "A", &V::ccl},
        {"dcl", "A", &V::dcl},
        {"low_voltage", "V", &V::low_voltage},
        {"voltage", "V", &V::voltage},
        {"current", "A", &V::current},
        {"soc", "%", &V::soc},
        {"soh", "%", &V::soh},
        {"temperature", "degC", &V::temperature},
        {"min_cell_voltage", "V", &V::min_cell_voltage},
        {"max_cell_voltage", "V", &V::max_cell_voltage},
        {"min_temperature", "degC", &V::min_temperature},
        {"max_temperature", "degC", &V::max_temperature},
        {"cell_difference", "V", &V::cell_difference},
        {"min_cell_number", "", &V::min_cell_number},
        {"max_cell_number", "", &V::max_cell_number},
        {"cell_count", "", &V::cell_count},
        {"capacity", "Ah", &V::capacity},
        {"installed_capacity", "Ah", &V::installed_capacity},
        {"capacity_remaining", "Ah", &V::capacity_remaining},
        {"cycles", "", &V::cycles},
        {"charged_energy", "kWh", &V::charged_energy},
        {"discharged_energy", "kWh", &V::discharged_energy},
        {"modules_online", "", &V::modules_online},
        {"modules_offline", "", &V::modules_offline},
        {"modules_no_charge", "", &V::modules_no_charge},
        {"modules_no_discharge", "", &V::modules_no_discharge},
    };
    return names;
}

json::object to_json(const Values& values)
{
    json::object object;
    for (const auto& row : number_names())
        if (const Number& value = values.*row.member) object[row.name] = *value;
    json::array cells;
    for (const Number& cell : values.cells)
        if (cell) cells.emplace_back(*cell);
    if (!cells.empty()) object[cells_name] = std::move(cells);
    for (const auto& row : flag_names)
        if (const Flag& value = values.*row.member) object[row.name] = *value;
    for (const auto& row : text_names)
        if (const Text& value = values.*row.member) object[row.name] = *value;
    json::object alarms;
    for (std::size_t i = 0; i < alarm_count; ++i)
        if (const Level& level = values.alarms.levels[i]) alarms[alarm_names[i]] = *level;
    if (!alarms.empty()) object[alarms_name] = std::move(alarms);
    return object;
}

Result<Values> values_of(const json::object& object, std::string& unknown)
{
    Values values;
    for (const auto& [name, value] : object) {
        if (value.is_null()) continue;
        std::optional<bool> right;
        if (name == alarms_name) {
            right = take_alarms(value, values.alarms, unknown);
        } else if (name == cells_name) {
            right = take_cells(value, values);
        } else {
            right = take(name, value, values);
        }
        if (!right) unknown += (unknown.empty() ? "" : " ") + std::string(name);
        if (right == false) return Failure(std::string(name) + ": this is no value for it");
    }
    return values;
}

}  // namespace bmsd::inverter
