#include "influx/points.h"

#include <fmt/format.h>

#include <algorithm>

#include "site/output_id.h"
#include "site/state_json.h"

namespace bmsd::influx {
namespace {

std::vector<Tag> tags_of(const Who& who, const Layout& layout, std::initializer_list<Tag> own)
{
    std::vector<Tag> tags = layout.tags;
    tags.emplace_back("battery", site::output_id(who));
    tags.insert(tags.end(), own);
    return tags;
}

Number as_number(const Count& count)
{
    return count ? Number(static_cast<double>(*count)) : std::nullopt;
}

Point battery_point(const Who& who, const Snapshot& now, const Layout& layout)
{
    const auto raised =
        std::ranges::count_if(now.alarms.levels, [](const Level& level) { return level && *level > 0; });
    const Telemetry& told = now.telemetry;
    Point point("battery", tags_of(who, layout, {{"name", who.custom_name}}));
    point.field("voltage", now.derived.voltage, 3)
        .field("current", now.derived.current, 3)
        .field("power", now.derived.power, 1)
        .field("soc", now.derived.soc, 2)
        .field("soh", told.soh, 2)
        .field("capacity_remaining", told.capacity_remaining, 2)
        .field("cell_min", now.derived.min_cell_voltage, 4)
        .field("cell_max", now.derived.max_cell_voltage, 4)
        .field("cell_delta", now.derived.cell_diff, 4)
        .field("cvl", now.limits.charge_voltage, 2)
        .field("ccl", now.limits.charge.applied, 2)
        .field("dcl", now.limits.discharge.applied, 2)
        .field("charge_allowed", Flag(now.limits.charge.allowed))
        .field("discharge_allowed", Flag(now.limits.discharge.allowed))
        .field("cycles", told.cycles ? as_number(told.cycles) : now.history.charge_cycles, 1)
        .field("energy_charged", now.history.charged_energy, 3)
        .field("energy_discharged", now.history.discharged_energy, 3)
        .field("alarms", Number(static_cast<double>(raised)), 1);
    const auto urgent = site::urgent_of(now);
    if (!urgent.charge_reason.empty()) point.field("ccl_reason", urgent.charge_reason);
    if (!urgent.discharge_reason.empty()) point.field("dcl_reason", urgent.discharge_reason);
    return point;
}

std::size_t append_cells(std::string& lines, const Who& who, const Telemetry& told, const Layout& layout,
                         std::int64_t seconds)
{
    std::size_t written = 0;
    Point all("cells", tags_of(who, layout, {}));
    for (std::size_t i = 0; i < std::max(told.cell_voltages.size(), told.cell_balancing.size()); ++i) {
        const Number volts = i < told.cell_voltages.size() ? told.cell_voltages[i] : std::nullopt;
        const Flag balancing = i < told.cell_balancing.size() ? told.cell_balancing[i] : std::nullopt;
        const std::string number = fmt::format("{:02}", i + 1);
        if (layout.wide) {
            all.field("cell_" + number, volts, 4).field("balancing_" + number, balancing);
            continue;
        }
        Point one("cell", tags_of(who, layout, {{"cell", number}}));
        one.field("voltage", volts, 4).field("balancing", balancing);
        if (one.append_to(lines, seconds)) ++written;
    }
    if (layout.wide && all.append_to(lines, seconds)) ++written;
    return written;
}

std::size_t append_temperatures(std::string& lines, const Who& who, const Snapshot& now, const Layout& layout,
                                std::int64_t seconds)
{
    std::size_t written = 0;
    const auto tell = [&](const std::string& sensor, const Number& degrees) {
        Point point("temperature", tags_of(who, layout, {{"sensor", sensor}}));
        if (point.field("value", degrees, 2).append_to(lines, seconds)) ++written;
    };
    for (std::size_t i = 0; i < sensor_count; ++i) tell(std::to_string(i + 1), now.derived.temperatures[i]);
    tell("mosfet", now.derived.temperature_mosfet);
    tell("ambient", now.telemetry.temperature_ambient);
    std::size_t number = 0;
    for (const Number& degrees : now.telemetry.cell_temperatures) tell(fmt::format("cell_{:02}", ++number), degrees);
    return written;
}

}  // namespace

std::size_t append_points(std::string& lines, const Who& who, const Snapshot& now, const Layout& layout,
                          std::int64_t seconds)
{
    std::size_t written = battery_point(who, now, layout).append_to(lines, seconds) ? 1 : 0;
    written += append_cells(lines, who, now.telemetry, layout, seconds);
    return written + append_temperatures(lines, who, now, layout, seconds);
}

bool append_event(std::string& lines, const Who& who, const site::Event& event, const Layout& layout,
                  std::int64_t seconds)
{
    constexpr std::string_view words[]{" (over)", " (warning)", ""};
    const std::string text = site::text(event) + std::string(words[std::min<std::size_t>(event.level, 2)]);
    Point point("event", tags_of(who, layout, {{"kind", std::string(event.kind)}}));
    point.field("text", text).field("level", Number(event.level), 1).field("value", event.value, 3);
    return point.append_to(lines, seconds);
}

}  // namespace bmsd::influx
