#include "site/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bmsd::site {
namespace {

using Measured = Number (*)(const Snapshot& now);

Number none(const Snapshot& /*now*/)
{
    return std::nullopt;
}
template <auto member>
Number derived(const Snapshot& now)
{
    return now.derived.*member;
}
template <auto member>
Number limits(const Snapshot& now)
{
    return now.limits.*member;
}
Number charge_limit(const Snapshot& now)
{
    return now.limits.charge.applied;
}
Number discharge_limit(const Snapshot& now)
{
    return now.limits.discharge.applied ? Number(-*now.limits.discharge.applied) : std::nullopt;
}
std::uint16_t highest(const Snapshot& now)
{
    return now.derived.max_cell;
}
std::uint16_t lowest(const Snapshot& now)
{
    return now.derived.min_cell;
}
std::uint16_t no_cell(const Snapshot& /*now*/)
{
    return 0;
}

/// What an alarm is about.
struct Row {
    std::string_view unit;
    Measured value, limit;
    std::uint16_t (*cell)(const Snapshot& now);
};

using D = Derived;
constexpr std::array<Row, alarm_count> rows{{
    {"V", derived<&D::voltage>, limits<&Limits::charge_voltage>, no_cell},
    {"V", derived<&D::max_cell_voltage>, limits<&Limits::max_charge_cell_voltage>, highest},
    {"V", derived<&D::voltage>, limits<&Limits::battery_low_voltage>, no_cell},
    {"V", derived<&D::min_cell_voltage>, none, lowest},
    {"%", derived<&D::soc>, none, no_cell},
    {"A", derived<&D::current>, charge_limit, no_cell},
    {"A", derived<&D::current>, discharge_limit, no_cell},
    {"V", derived<&D::cell_diff>, none, no_cell},
    {"", none, none, no_cell},
    {"degC", derived<&D::max_temperature>, none, no_cell},
    {"degC", derived<&D::min_temperature>, none, no_cell},
    {"degC", derived<&D::max_temperature>, none, no_cell},
    {"degC", derived<&D::min_temperature>, none, no_cell},
    {"degC", derived<&D::temperature_mosfet>, none, no_cell},
    {"", none, none, no_cell},
}};

}  // namespace

std::string text(const Event& event)
{
    std::string text(event.kind);
    std::ranges::replace(text, '_', ' ');
    if (event.cell != 0) text += fmt::format(", cell {}", event.cell);
    if (event.value)
        text += fmt::format(": {} {}", fmt::format(fmt::runtime(event.unit == "V" ? "{:.3f}" : "{:.1f}"), *event.value),
                            event.unit);
    return text;
}

std::vector<Event> EventWatch::step(const Snapshot& now)
{
    std::vector<Event> events;
    if (std::exchange(lost_, !now.state.online) == now.state.online)
        events.push_back({"link_lost", static_cast<std::uint8_t>(lost_ ? 2 : 0)});
    if (lost_) return events;  // what the alarms were is not what they are
    for (std::size_t i = 0; i < alarm_count; ++i) {
        if (!now.alarms.levels[i]) continue;  // not known is not over
        const std::uint8_t level = *now.alarms.levels[i];
        if (std::exchange(levels_[i], level) == level) continue;
        const Row& row = rows[i];
        events.push_back({alarm_names[i], level, row.cell(now), row.value(now), row.limit(now), row.unit});
    }
    return events;
}

}  // namespace bmsd::site
