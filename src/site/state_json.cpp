#include "site/state_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <cmath>
#include <ctime>

#include "model/json.h"

namespace bmsd::site {
namespace {

namespace json = boost::json;

constexpr double finest = 1e6;          // six decimals: below that a value is noise of its computation
constexpr double charging_from = 0.05;  // A

struct Name {
    std::string_view text, key;
};

/// By the beginnings of the texts of core/charge-control.md section 6.
constexpr Name charge_modes[]{
    {"Bulk", "bulk"},   {"Absorption", "absorption"},         {"Float Transition", "float_transition"},
    {"Float", "float"}, {"Keep always max voltage", "fixed"}, {"Error", "error"},
};
constexpr std::string_view mode_keys[]{"bulk", "absorption", "float_transition", "float", "fixed", "error", "other"};

/// Section 8.3.
constexpr Name reasons[]{
    {"Max Battery Charge Current", "maximum"},
    {"Max Battery Discharge Current", "maximum"},
    {"Cell Voltage", "cell_voltage"},
    {"Cells missing", "cells_missing"},
    {"Temp", "temperature"},
    {"MOSFET", "mosfet_temperature"},
    {"SoC", "soc"},
    {"BMS Settings", "bms_settings"},
    {"BMS", "bms"},
};
constexpr std::string_view reason_keys[]{
    "maximum", "cell_voltage", "cells_missing", "temperature", "mosfet_temperature",
    "soc",     "bms_settings", "bms",           "other"};

std::string_view key_of(std::string_view text, std::span<const Name> names)
{
    if (text.empty()) return {};
    for (const Name& name : names)
        if (text.starts_with(name.text)) return name.key;
    return "other";
}

std::string_view reason_of(const CurrentLimit& limit)
{
    return key_of(limit.cause.limiter.empty() ? limit.reason.view() : limit.cause.limiter, reasons);
}

double rounded(double value)
{
    return std::round(value * finest) / finest + 0.0;
}

void put(json::object& object, std::string_view name, const Number& value)
{
    if (value && std::isfinite(*value)) object[name] = rounded(*value);
}

/// Numbers of the whole tree as short as they mean something.
void round_all(json::value& value)
{
    if (value.is_double()) {
        value = std::isfinite(value.get_double()) ? json::value(rounded(value.get_double())) : json::value();
    } else if (value.is_array()) {
        for (auto& element : value.get_array()) round_all(element);
    } else if (value.is_object()) {
        for (auto& [name, member] : value.get_object()) round_all(member);
    }
}

std::string iso(double wall)
{
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}+00:00", fmt::gmtime(static_cast<std::time_t>(wall)));
}

void put_cells(json::object& out, const Derived& d)
{
    put(out, "cell_min", d.min_cell_voltage);
    put(out, "cell_max", d.max_cell_voltage);
    put(out, "cell_delta", d.cell_diff);
    if (d.min_cell != 0) out["cell_min_number"] = d.min_cell;
    if (d.max_cell != 0) out["cell_max_number"] = d.max_cell;
}

void put_cell_mean(json::object& out, const Telemetry& telemetry)
{
    double sum = 0;
    int count = 0;
    for (const Number& volts : telemetry.cell_voltages)
        if (volts) sum += *volts, ++count;
    if (count > 0) put(out, "cell_mean", sum / count);
}

/// In place of what the BMS says: what is published of it (core/dbus.md section 4).
void put_values_in_use(json::object& out, const Snapshot& snapshot)
{
    const Derived& d = snapshot.derived;
    for (const std::string_view name : {"voltage", "current", "soc"}) out.erase(name);
    put(out, "voltage", d.voltage);
    put(out, "current", d.current);
    put(out, "power", d.power);
    put(out, "soc", d.soc);
    put(out, "temperature", d.temperature);
    put(out, "capacity_remaining", d.capacity);
    put(out, "consumed_ah", d.consumed_ah);
    put(out, "current_avg", d.current_avg);
    if (d.capacity && d.voltage) put(out, "energy_stored", *d.capacity * *d.voltage / 1000);
    if (d.time_to_go) out["time_to_go"] = *d.time_to_go;
    if (d.min_temperature && d.max_temperature) put(out, "temperature_delta", *d.max_temperature - *d.min_temperature);
    put(out, "temperature_mosfet", d.temperature_mosfet);
    if (d.balancing) out["balancing"] = *d.balancing;
    if (d.current) out["charging"] = *d.current > charging_from;
    put_cells(out, d);
    put_cell_mean(out, snapshot.telemetry);
}

void put_limits(json::object& out, const Limits& limits)
{
    put(out, "cvl", limits.charge_voltage);
    put(out, "ccl", limits.charge.applied);
    put(out, "dcl", limits.discharge.applied);
    out["charge_allowed"] = limits.charge.allowed;
    out["discharge_allowed"] = limits.discharge.allowed;
    const auto put_key = [&](std::string_view name, std::string_view key) {
        if (!key.empty()) out[name] = key;
    };
    put_key("charge_mode", key_of(limits.charge_mode.view(), charge_modes));
    put_key("charge_limit_reason", reason_of(limits.charge));
    put_key("discharge_limit_reason", reason_of(limits.discharge));
    put_key("charge_mode_text", limits.charge_mode.view());
    put_key("charge_limit_text", limits.charge.reason.view());
    put_key("discharge_limit_text", limits.discharge.reason.view());
}

}  // namespace

std::span<const std::string_view> charge_mode_keys()
{
    return mode_keys;
}

std::span<const std::string_view> limit_reason_keys()
{
    return reason_keys;
}

json::object state_of(const Snapshot& snapshot, double wall)
{
    const bool online = snapshot.state.online;
    json::object out = to_json(snapshot.identity);
    if (online) {
        for (auto& [name, member] : to_json(snapshot.telemetry)) {
            if (name == "cell_voltages" || name == "alarms" || name == "history") continue;
            round_all(member);
            out[name] = std::move(member);
        }
        put_values_in_use(out, snapshot);
    }
    put_limits(out, snapshot.limits);
    if (auto alarms = to_json(snapshot.alarms); !alarms.empty()) {
        bool problem = false;
        for (const auto& [name, level] : alarms) problem = problem || level.to_number<int>() > 0;
        out["problem"] = problem;
        out["alarms"] = std::move(alarms);
    }
    put(out, "energy_charged", snapshot.history.charged_energy);
    put(out, "energy_discharged", snapshot.history.discharged_energy);
    if (json::value history = to_json(snapshot.history); !history.get_object().empty()) {
        round_all(history);
        out["history"] = std::move(history);
    }
    if (snapshot.state.error_code) out["error_code"] = *snapshot.state.error_code;
    out["online"] = online;
    out["time"] = static_cast<std::int64_t>(wall);
    out["age"] = std::round(snapshot.age * 10) / 10;
    out["last_seen"] = iso(wall - snapshot.age);
    return out;
}

json::object cells_of(const Snapshot& snapshot)
{
    json::object out;
    int number = 0;
    for (const Number& volts : snapshot.telemetry.cell_voltages) put(out, std::to_string(++number), volts);
    return out;
}

json::object event_of(const Event& event, double wall)
{
    json::object out{{"time", static_cast<std::int64_t>(wall)},
                     {"kind", event.kind},
                     {"level", event.level},
                     {"text", site::text(event)}};
    if (event.cell != 0) out["cell"] = event.cell;
    put(out, "value", event.value);
    put(out, "limit", event.limit);
    if (!event.unit.empty()) out["unit"] = event.unit;
    return out;
}

Urgent urgent_of(const Snapshot& s)
{
    return {.alarms = s.alarms,
            .charge_fet = s.telemetry.charge_fet,
            .discharge_fet = s.telemetry.discharge_fet,
            .charge_allowed = s.limits.charge.allowed,
            .discharge_allowed = s.limits.discharge.allowed,
            .online = s.state.online,
            .charge_reason = reason_of(s.limits.charge),
            .discharge_reason = reason_of(s.limits.discharge),
            .charge_mode = key_of(s.limits.charge_mode.view(), charge_modes)};
}

}  // namespace bmsd::site
