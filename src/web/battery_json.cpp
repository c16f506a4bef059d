#include "web/battery_json.h"

#include <boost/json/array.hpp>
#include <cmath>
#include <utility>

#include "site/output_id.h"
#include "site/state_json.h"

namespace bmsd::web {

namespace json = boost::json;

namespace {

void put(json::object& out, std::string_view name, const Number& value)
{
    if (value && std::isfinite(*value)) out[name] = std::round(*value * 1e4) / 1e4;
}

json::object current_limit(const CurrentLimit& limit)
{
    json::object out{{"allowed", limit.allowed}, {"text", limit.reason.view()}};
    put(out, "applied", limit.applied);
    put(out, "target", limit.target);
    if (limit.cause.limiter.empty()) return out;
    json::object cause{{"limiter", limit.cause.limiter}};
    put(cause, "measured", limit.cause.measured);
    put(cause, "point_low", limit.cause.point_low);
    put(cause, "point_high", limit.cause.point_high);
    put(cause, "limit_low", limit.cause.limit_low);
    put(cause, "limit_high", limit.cause.limit_high);
    put(cause, "limit", limit.cause.limit);
    out["cause"] = std::move(cause);
    return out;
}

json::object balancing(const Snapshot& now)
{
    json::object out;
    std::size_t number = 0;
    for (const Flag& on : now.telemetry.cell_balancing) {
        ++number;
        if (on) out[std::to_string(number)] = *on;
    }
    return out;
}

}  // namespace

json::object cells_json(const Snapshot& now)
{
    json::object out{{"online", now.state.online}};
    if (!now.state.online) return out;  // what was is not what is
    out["voltages"] = site::cells_of(now);
    out["balancing"] = balancing(now);
    put(out, "min", now.derived.min_cell_voltage);
    put(out, "max", now.derived.max_cell_voltage);
    put(out, "delta", now.derived.cell_diff);
    return out;
}

json::object limits_json(const Snapshot& now)
{
    json::object voltage{{"mode", now.limits.charge_mode.view()}};
    put(voltage, "applied", now.limits.charge_voltage);
    put(voltage, "battery_low_voltage", now.limits.battery_low_voltage);
    return {{"charge_voltage", std::move(voltage)},
            {"charge_current", current_limit(now.limits.charge)},
            {"discharge_current", current_limit(now.limits.discharge)}};
}

json::object battery_json(const Who& who, const Snapshot& now, double wall)
{
    json::array commands;
    for (std::size_t kind = 0; kind < std::size(command_names); ++kind)
        if (who.commands.has(static_cast<Command::Kind>(kind))) commands.emplace_back(command_names[kind]);
    return {{"id", site::output_id(who)},
            {"unique_id", who.unique_id},
            {"name", who.custom_name.empty() ? who.name : who.custom_name},
            {"port", who.name},
            {"instance", who.instance},
            {"bank", who.bank},
            {"commands", std::move(commands)},
            {"state", site::state_of(now, wall)},
            {"cells", cells_json(now)},
            {"limits", limits_json(now)}};
}

json::object changes(const json::object& before, const json::object& now)
{
    json::object out;
    for (const auto& [name, value] : now) {
        const auto* old = before.if_contains(name);
        if (old != nullptr && *old == value) continue;
        if (old != nullptr && old->is_object() && value.is_object())
            out[name] = changes(old->get_object(), value.get_object());
        else
            out[name] = value;
    }
    for (const auto& [name, value] : before)
        if (!now.contains(name)) out[name] = nullptr;
    return out;
}

}  // namespace bmsd::web
