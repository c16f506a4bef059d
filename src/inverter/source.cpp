#include "inverter/source.h"

#include <algorithm>

namespace bmsd::inverter {
namespace {

/// A full charge is asked for after 30 days without one, until the SoC is at 97 %.
constexpr double seconds_a_day = 86400, days_to_full_charge = 30, nearly_full = 97;

bool is_called(const Who& who, const std::string& name)
{
    return who.unique_id == name || who.name == name || who.custom_name == name;
}

/// Full as the charge control sees it: it holds the float voltage.
Flag full_of(const Snapshot& snapshot)
{
    const std::string_view mode = snapshot.limits.charge_mode.view();
    if (mode.empty()) return std::nullopt;
    return mode.starts_with("Float");
}

void take_limits(const Limits& limits, Values& out)
{
    out.cvl = limits.charge_voltage;
    out.low_voltage = limits.battery_low_voltage;
    out.ccl = limits.charge.applied;
    out.dcl = limits.discharge.applied;
    out.charge_allowed = limits.charge.allowed;
    out.discharge_allowed = limits.discharge.allowed;
}

void take_measured(const Snapshot& snapshot, Values& out)
{
    const Derived& d = snapshot.derived;
    out.voltage = d.voltage;
    out.current = d.current;
    out.soc = d.soc;
    out.soh = snapshot.telemetry.soh;
    out.temperature = d.temperature;
    out.min_temperature = d.min_temperature;
    out.max_temperature = d.max_temperature;
    out.min_cell_voltage = d.min_cell_voltage;
    out.max_cell_voltage = d.max_cell_voltage;
    out.cell_difference = d.cell_diff;
    if (d.min_cell != 0) out.min_cell_number = d.min_cell;
    if (d.max_cell != 0) out.max_cell_number = d.max_cell;
    out.balancing = d.balancing;
    const Cells& cells = snapshot.telemetry.cell_voltages;
    for (std::size_t i = 0; i < std::min(cells.size(), told_cells); ++i) out.cells[i] = cells[i];
}

void take_inventory(const Snapshot& snapshot, Values& out)
{
    const Telemetry& t = snapshot.telemetry;
    if (t.cell_count) out.cell_count = static_cast<double>(*t.cell_count);
    out.capacity = snapshot.derived.capacity;
    out.installed_capacity = snapshot.derived.capacity;
    out.capacity_remaining = t.capacity_remaining;
    out.cycles = snapshot.history.charge_cycles;
    if (t.cycles) out.cycles = static_cast<double>(*t.cycles);
    out.charged_energy = snapshot.history.charged_energy;
    out.discharged_energy = snapshot.history.discharged_energy;
}

}  // namespace

std::optional<BatteryId> source_of(const site::Board& board, const std::string& named)
{
    const auto there = board.all();
    std::optional<BatteryId> only;
    for (const site::Change& one : there) {
        if (!named.empty() ? is_called(*one.who, named) : one.who->bank) return one.who->id;
        only = one.who->id;
    }
    return named.empty() && there.size() == 1 ? only : std::nullopt;
}

Values values_of(const Who& who, const Snapshot& snapshot)
{
    Values out;
    take_limits(snapshot.limits, out);
    take_measured(snapshot, out);
    take_inventory(snapshot, out);
    out.full = full_of(snapshot);
    const Count& since_full = snapshot.time_since_last_full_charge;
    const bool long_ago = since_full && static_cast<double>(*since_full) > days_to_full_charge * seconds_a_day;
    out.full_charge = long_ago && out.soc && *out.soc < nearly_full;
    out.name = who.custom_name.empty() ? who.name : who.custom_name;
    out.serial = who.unique_id;
    out.alarms = snapshot.alarms;
    return out;
}

void soften_alarms(const site::Board& board, Alarms& alarms)
{
    for (const site::Change& one : board.all()) {
        if (one.who->bank || !one.now->state.online) continue;
        for (std::size_t i = 0; i < alarm_count; ++i) {
            const Level& known = one.now->alarms.levels[i];
            if (alarms.levels[i] == 2 && known && *known < 2) alarms.levels[i] = 1;
        }
    }
}

}  // namespace bmsd::inverter
