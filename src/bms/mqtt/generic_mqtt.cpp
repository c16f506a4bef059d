#include "bms/mqtt/generic_mqtt.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <variant>

#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

namespace json = boost::json;

constexpr std::size_t longest = std::size_t{64} * 1024;  // bytes of a message; 64 cells with everything need 6 KiB
constexpr std::size_t deepest = 8;                       // nested; the layout needs 3

struct Sensor {
    std::size_t index;
};

struct Key {
    std::string_view name;
    std::variant<Number Telemetry::*, Flag Telemetry::*, Text Identity::*, Sensor> member;
    bool mandatory = false;
};

constexpr Key keys[]{
    {"capacity", &Telemetry::capacity, true},
    {"serial_number", &Identity::serial_number, true},
    {"voltage", &Telemetry::voltage, true},
    {"current", &Telemetry::current, true},
    {"soc", &Telemetry::soc, true},
    {"temperature_1", Sensor{0}, true},
    {"charge_fet", &Telemetry::charge_fet, true},
    {"discharge_fet", &Telemetry::discharge_fet, true},
    {"temperature_2", Sensor{1}},
    {"temperature_3", Sensor{2}},
    {"temperature_4", Sensor{3}},
    {"temperature_mos", &Telemetry::temperature_mosfet},
    {"capacity_remain", &Telemetry::capacity_remaining},
    {"soh", &Telemetry::soh},
    {"balance_fet", &Telemetry::balance_fet},
    {"heater_fet", &Telemetry::heater_fet},
    {"heating", &Telemetry::heating},
    {"heater_current", &Telemetry::heater_current},
    {"heater_power", &Telemetry::heater_power},
    {"heater_temperature_start", &Telemetry::heater_temperature_start},
    {"heater_temperature_stop", &Telemetry::heater_temperature_stop},
    {"max_battery_charge_current", &Telemetry::max_charge_current},
    {"max_battery_discharge_current", &Telemetry::max_discharge_current},
    {"max_battery_voltage_bms", &Telemetry::max_battery_voltage},
    {"min_battery_voltage_bms", &Telemetry::min_battery_voltage},
    {"custom_field", &Identity::user_label},
    {"production", &Identity::production_date},
    {"hardware_version", &Identity::hardware_version},
};

/// Discharge values come with any sign; a battery's own history holds them negative.
constexpr std::string_view discharges[]{"deepest_discharge", "last_discharge", "average_discharge", "total_ah_drawn"};

struct HistoryKey {
    std::string_view name;
    std::variant<Number History::*, Count History::*> member;
};
constexpr HistoryKey history_keys[]{
    {"deepest_discharge", &History::deepest_discharge},
    {"last_discharge", &History::last_discharge},
    {"average_discharge", &History::average_discharge},
    {"total_ah_drawn", &History::total_ah_drawn},
    {"charge_cycles", &History::charge_cycles},
    {"full_discharges", &History::full_discharges},
    {"automatic_syncs", &History::automatic_syncs},
    {"low_voltage_alarms", &History::low_voltage_alarms},
    {"high_voltage_alarms", &History::high_voltage_alarms},
    {"timestamp_last_full_charge", &History::timestamp_last_full_charge},
    {"minimum_voltage", &History::minimum_voltage},
    {"maximum_voltage", &History::maximum_voltage},
    {"minimum_cell_voltage", &History::minimum_cell_voltage},
    {"maximum_cell_voltage", &History::maximum_cell_voltage},
    {"minimum_temperature", &History::minimum_temperature},
    {"maximum_temperature", &History::maximum_temperature},
    {"discharged_energy", &History::discharged_energy},
    {"charged_energy", &History::charged_energy},
};

Failure wrong(std::string_view key, std::string_view must)
{
    return Failure(fmt::format("{} must be {}", key, must));
}

/// What stands at `key`; null counts as not there.
const json::value* find(const json::object& object, std::string_view key)
{
    const json::value* value = object.if_contains(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

Number number_of(const json::value& value)
{
    if (!value.is_number()) return std::nullopt;
    const auto number = value.to_number<double>();
    return std::isfinite(number) ? Number(number) : std::nullopt;
}

Result<void> take_into(const json::value& value, std::string_view key, Number& member)
{
    member = number_of(value);
    if (!member) return wrong(key, "a number");
    return {};
}

Result<void> take_into(const json::value& value, std::string_view key, Flag& member)
{
    if (!value.is_bool()) return wrong(key, "true or false");
    member = value.get_bool();
    return {};
}

Result<void> take_into(const json::value& value, std::string_view key, Text& member)
{
    if (!value.is_string()) return wrong(key, "a text");
    member = std::string(value.get_string());
    return {};
}

Result<void> take_key(const json::value& value, const Key& key, Reading& reading)
{
    return std::visit(
        [&](auto member) {
            using Member = decltype(member);
            if constexpr (std::is_same_v<Member, Sensor>)
                return take_into(value, key.name, reading.telemetry.temperatures[member.index]);
            else if constexpr (std::is_same_v<Member, Text Identity::*>)
                return take_into(value, key.name, reading.identity.*member);
            else
                return take_into(value, key.name, reading.telemetry.*member);
        },
        key.member);
}

Result<void> take_cells(const json::object& object, Telemetry& telemetry)
{
    const json::value* count = find(object, "cell_count");
    if (count == nullptr) return Failure("cell_count is missing");
    boost::system::error_code none;
    const auto cells = count->is_double() ? 0 : count->to_number<int>(none);
    if (none || cells < 1 || cells > static_cast<int>(max_cells)) return wrong("cell_count", "a whole number, 1 to 64");
    const json::value* list = find(object, "cells");
    if (list == nullptr) return Failure("cells is missing");
    if (!list->is_array()) return wrong("cells", "a list");
    if (list->get_array().size() != static_cast<std::size_t>(cells))
        return Failure(fmt::format("cells has {} entries, cell_count says {}", list->get_array().size(), cells));
    telemetry.cell_count = cells;
    CellFlags balancing;
    for (const json::value& cell : list->get_array()) {
        if (!cell.is_object()) return wrong("each of cells", "an object");
        const json::value* voltage = find(cell.get_object(), "voltage");
        const Number volts = voltage != nullptr ? number_of(*voltage) : std::nullopt;
        if (!volts) return wrong("voltage of each cell", "a number");
        telemetry.cell_voltages.push_back(volts);
        const json::value* balance = find(cell.get_object(), "balance");
        if (balance == nullptr) continue;
        if (!balance->is_bool()) return wrong("balance of a cell", "true or false");
        balancing.push_back(balance->get_bool());
    }
    if (balancing.size() != telemetry.cell_voltages.size()) return {};  // not of every cell: of none
    telemetry.cell_balancing = balancing;
    telemetry.balancing = false;
    for (const Flag& flag : balancing)
        if (*flag) telemetry.balancing = true;
    return {};
}

Result<void> take_history(const json::object& object, Telemetry& telemetry)
{
    const json::value* value = find(object, "history");
    if (value == nullptr) return {};
    if (!value->is_object()) return wrong("history", "an object");
    for (const HistoryKey& key : history_keys) {
        const json::value* item = find(value->get_object(), key.name);
        if (item == nullptr) continue;
        Number number = number_of(*item);
        if (!number) return wrong(key.name, "a number");
        if (std::ranges::find(discharges, key.name) != std::end(discharges)) number = -std::abs(*number);
        if (const auto* member = std::get_if<Number History::*>(&key.member)) {
            telemetry.history.** member = number;
            continue;
        }
        constexpr double most = 1e15;  // what is no count costs only itself
        if (*number < 0 || *number > most || *number != std::floor(*number)) continue;
        telemetry.history.*std::get<Count History::*>(key.member) = static_cast<std::int64_t>(*number);
    }
    const Number cycles = telemetry.history.charge_cycles;
    if (cycles && *cycles >= 0 && *cycles < 1e9) telemetry.cycles = static_cast<std::int64_t>(*cycles);
    return {};
}

Result<void> take_alarms(const json::object& object, Telemetry& telemetry)
{
    const json::value* value = find(object, "protection");
    if (value == nullptr) return {};
    if (!value->is_object()) return wrong("protection", "an object");
    for (std::size_t i = 0; i < alarm_count; ++i) {
        const json::value* level = find(value->get_object(), alarm_names[i]);
        if (level == nullptr || level->is_double()) continue;
        boost::system::error_code none;
        const auto number = level->to_number<int>(none);
        if (!none && number >= 0 && number <= 2) telemetry.alarms.levels[i] = static_cast<std::uint8_t>(number);
    }
    return {};
}

Result<json::value> read_object(std::string_view message)
{
    if (message.empty()) return Failure("the message is empty");
    if (message.size() > longest) return Failure("the message is longer than 64 KiB");
    json::parse_options options;
    options.max_depth = deepest;
    boost::system::error_code error;
    json::value value = json::parse(message, error, {}, options);
    if (error) return Failure("no JSON: " + error.message());
    if (!value.is_object()) return Failure("no JSON object");
    return value;
}

Result<Reading> reading_of(const json::object& object)
{
    Reading reading;
    reading.identity.type = generic_mqtt.type;
    if (auto taken = take_cells(object, reading.telemetry); !taken) return Failure(taken.error());
    for (const Key& key : keys) {
        const json::value* value = find(object, key.name);
        if (value == nullptr && key.mandatory) return Failure(fmt::format("{} is missing", key.name));
        if (value == nullptr) continue;
        if (auto taken = take_key(*value, key, reading); !taken) return Failure(taken.error());
    }
    if (reading.identity.serial_number->empty()) return wrong("serial_number", "a text that is not empty");
    if (*reading.telemetry.soc < 0 || *reading.telemetry.soc > 100) return wrong("soc", "0 to 100");
    if (auto taken = take_history(object, reading.telemetry); !taken) return Failure(taken.error());
    if (auto taken = take_alarms(object, reading.telemetry); !taken) return Failure(taken.error());
    reading.identity.unique_id = reading.identity.serial_number;
    return reading;
}

}  // namespace

Result<void> GenericMqtt::take(std::string_view message, Reading& reading)
{
    const auto object = read_object(message);
    if (!object) return Failure(object.error());
    auto taken = reading_of(object->get_object());
    if (!taken) return Failure(taken.error());
    Telemetry& telemetry = taken->telemetry;
    if (cell_count_ && telemetry.cell_count != cell_count_)
        return Failure(fmt::format("it has {} cells now and had {}; if that is right, restart bmsd",
                                   *telemetry.cell_count, *cell_count_));
    if (serial_number_ && taken->identity.serial_number != serial_number_)
        return Failure(fmt::format("another serial number, {} instead of {}; if that is right, restart bmsd",
                                   *taken->identity.serial_number, *serial_number_));
    if (const auto possible = plausible(telemetry); !possible)
        return Failure(std::string(text(possible.error())) + ": a value that cannot be");
    if (config_.soc_calculation) telemetry.alarms[Alarm::low_soc].reset();
    cell_count_ = telemetry.cell_count;
    serial_number_ = taken->identity.serial_number;
    reading = std::move(*taken);
    return {};
}

namespace {

constexpr std::string_view delivered[]{
    "cell_count",
    "voltage",
    "current",
    "soc",
    "soh",
    "capacity",
    "capacity_remaining",
    "cycles",
    "cell_voltages",
    "cell_balancing",
    "balancing",
    "temperatures",
    "temperature_mosfet",
    "charge_fet",
    "discharge_fet",
    "balance_fet",
    "heater_fet",
    "heating",
    "heater_current",
    "heater_power",
    "heater_temperature_start",
    "heater_temperature_stop",
    "max_charge_current",
    "max_discharge_current",
    "max_battery_voltage",
    "min_battery_voltage",
    "history",
    "alarms",
    "serial_number",
    "user_label",
    "production_date",
    "hardware_version",
};

}  // namespace

const Entry generic_mqtt{
    .name = "Generic_Mqtt",
    .type = "Generic MQTT",
    .sheet = "generic_mqtt",
    .brands = "any battery, by messages of a home-made bridge",
    .wiring = "MQTT",
    .lines = {},
    .commands = {},
    .delivers = delivered,
    .make = nullptr,
    .device = nullptr,
    .transport = Transport::mqtt,
    .only_when_named = true,
    .addressable = false,
    .addressed = false,
};

}  // namespace bmsd::bms
