#include "model/json.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <type_traits>
#include <utility>

#include "model/fields.h"

namespace bmsd {
namespace json = boost::json;
namespace {

template <class T>
void put(json::object& object, std::string_view name, const std::optional<T>& value)
{
    if (value) object[name] = *value;
}

template <class List>
void put_list(json::object& object, std::string_view name, const List& list)
{
    if (list.empty()) return;
    json::array values;
    for (const auto& element : list) values.push_back(element ? json::value(*element) : json::value());
    object[name] = std::move(values);
}

void put(json::object& object, std::string_view name, const Cells& cells)
{
    put_list(object, name, cells);
}
void put(json::object& object, std::string_view name, const CellFlags& flags)
{
    put_list(object, name, flags);
}

bool get(const json::value& value, Number& number)
{
    if (!value.is_number()) return false;
    number = value.to_number<double>();
    return true;
}

template <class Whole>
requires std::is_integral_v<Whole> &&
    (!std::is_same_v<Whole, bool>)bool get(const json::value& value, std::optional<Whole>& count)
{
    boost::system::error_code error;  // not whole, or too large
    const auto number = value.to_number<Whole>(error);
    if (!error) count = number;
    return !error;
}

bool get(const json::value& value, Flag& flag)
{
    if (!value.is_bool()) return false;
    flag = value.get_bool();
    return true;
}

template <class T, std::size_t N>
bool get(const json::value& value, InlineVector<T, N>& list)
{
    list.clear();
    if (!value.is_array()) return false;
    for (const auto& element : value.get_array()) {
        T item;
        if (!element.is_null() && !get(element, item)) return false;
        list.push_back(item);
    }
    return true;
}

template <class T>
bool take(const json::value& value, std::optional<T>& member)
{
    member.reset();
    return value.is_null() || get(value, member);
}
template <class T, std::size_t N>
bool take(const json::value& value, InlineVector<T, N>& member)
{
    member.clear();
    return value.is_null() || get(value, member);
}

bool take_temperatures(const json::value& value, Telemetry& telemetry)
{
    if (!value.is_object()) return false;
    for (const auto& [name, sensor] : value.get_object()) {
        if (name.size() != 1 || name[0] < '1' || name[0] > '4') return false;
        if (!take(sensor, telemetry.temperatures[static_cast<std::size_t>(name[0] - '1')])) return false;
    }
    return true;
}

bool take_alarms(const json::value& value, Alarms& alarms)
{
    if (!value.is_object()) return false;
    for (const auto& [name, level] : value.get_object()) {
        std::size_t i = 0;
        while (i < alarm_count && alarm_names[i] != std::string_view(name)) ++i;
        if (i == alarm_count) return false;
        alarms.levels[i].reset();
        if (level.is_null()) continue;
        boost::system::error_code error;
        const int number = level.to_number<int>(error);
        if (error || number < 0 || number > 2) return false;
        alarms.levels[i] = static_cast<std::uint8_t>(number);
    }
    return true;
}

bool take_history(const json::value& value, History& history)
{
    if (!value.is_object()) return false;
    for (const auto& [name, item] : value.get_object()) {
        bool known = false;
        for (const auto& field : history_fields()) {
            if (field.name != std::string_view(name)) continue;
            known = std::visit([&](auto member) { return take(item, history.*member); }, field.member);
        }
        if (!known) return false;
    }
    return true;
}

bool take_field(std::string_view name, const json::value& value, Reading& reading)
{
    for (const auto& field : identity_fields()) {
        if (field.name != name) continue;
        auto& member = reading.identity.*field.member;
        member.reset();
        if (value.is_string()) member = std::string(value.get_string());
        return value.is_null() || value.is_string();
    }
    for (const auto& field : telemetry_fields()) {
        if (field.name != name) continue;
        return std::visit([&](auto member) { return take(value, reading.telemetry.*member); }, field.member);
    }
    if (name == "temperatures") return take_temperatures(value, reading.telemetry);
    if (name == "alarms") return take_alarms(value, reading.telemetry.alarms);
    if (name == "history") return take_history(value, reading.telemetry.history);
    return false;
}

void write_text(std::string& text, const json::value& value)
{
    std::string_view separator;
    if (value.is_double()) {
        const double number = value.get_double();
        text += std::isfinite(number) ? fmt::format("{}", number + 0.0) : "null";  // no -0
    } else if (value.is_array()) {
        text += '[';
        for (const auto& element : value.get_array()) {
            text += std::exchange(separator, ",");
            write_text(text, element);
        }
        text += ']';
    } else if (value.is_object()) {
        text += '{';
        for (const auto& [name, member] : value.get_object()) {
            text += std::exchange(separator, ",");
            text += json::serialize(name) + ':';
            write_text(text, member);
        }
        text += '}';
    } else {
        text += json::serialize(value);
    }
}

}  // namespace

json::object to_json(const Identity& identity)
{
    json::object object;
    for (const auto& field : identity_fields()) put(object, field.name, identity.*field.member);
    return object;
}

json::object to_json(const Telemetry& telemetry)
{
    json::object object;
    for (const auto& field : telemetry_fields()) {
        std::visit([&](auto member) { put(object, field.name, telemetry.*member); }, field.member);
    }
    json::object temperatures;
    for (std::size_t i = 0; i < sensor_count; ++i) put(temperatures, std::to_string(i + 1), telemetry.temperatures[i]);
    if (!temperatures.empty()) object["temperatures"] = std::move(temperatures);
    if (auto history = to_json(telemetry.history); !history.empty()) object["history"] = std::move(history);
    if (auto alarms = to_json(telemetry.alarms); !alarms.empty()) object["alarms"] = std::move(alarms);
    return object;
}

json::object to_json(const History& history)
{
    json::object object;
    for (const auto& field : history_fields()) {
        std::visit([&](auto member) { put(object, field.name, history.*member); }, field.member);
    }
    return object;
}

json::object to_json(const Alarms& alarms)
{
    json::object object;
    for (std::size_t i = 0; i < alarm_count; ++i) put(object, alarm_names[i], alarms.levels[i]);
    return object;
}

json::object to_json(const Reading& reading)
{
    json::object object = to_json(reading.identity);
    for (auto& [name, value] : to_json(reading.telemetry)) object[name] = std::move(value);
    return object;
}

std::string to_text(const json::value& value)
{
    std::string text;
    write_text(text, value);
    return text;
}

Result<void> from_json(const json::object& object, Reading& reading)
{
    for (const auto& [name, value] : object) {
        if (!take_field(name, value, reading)) return Failure("no such model value: " + std::string(name));
    }
    return {};
}

}  // namespace bmsd
