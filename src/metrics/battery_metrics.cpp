#include "metrics/battery_metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "site/state_json.h"

namespace bmsd::metrics {
namespace {

using Line = Exposition::Line;

constexpr double joules_per_kWh = 3.6e6;

struct Metric {
    std::string_view name, type, help;
    void (*write)(Writer& out, const Line& line);
    bool when_down = false;  // also of a battery that is lost
};

/// Most are one value of a battery, or none.
template <auto value>
void one(Writer& out, const Line& line)
{
    const Number number = value(*line.now);
    if (number) out.sample({{"battery", line.label}}, *number);
}

Number scaled(const Number& value, double factor)
{
    return value ? Number(*value * factor) : std::nullopt;
}

Number first(const Number& one, const Number& other)
{
    return one ? one : other;
}

Number voltage(const Snapshot& s)
{
    return s.derived.voltage;
}
Number current(const Snapshot& s)
{
    return s.derived.current;
}
Number power(const Snapshot& s)
{
    return s.derived.power;
}
Number soc(const Snapshot& s)
{
    return scaled(s.derived.soc, 0.01);
}
Number soh(const Snapshot& s)
{
    return scaled(s.telemetry.soh, 0.01);
}
Number capacity(const Snapshot& s)
{
    return first(s.telemetry.capacity, s.derived.capacity);
}
Number remaining(const Snapshot& s)
{
    return s.telemetry.capacity_remaining;
}
Number charged(const Snapshot& s)
{
    return scaled(s.history.charged_energy, joules_per_kWh);
}
Number discharged(const Snapshot& s)
{
    return scaled(s.history.discharged_energy, joules_per_kWh);
}
Number charge_voltage(const Snapshot& s)
{
    return s.limits.charge_voltage;
}
Number charge_current(const Snapshot& s)
{
    return s.limits.charge.applied;
}
Number discharge_current(const Snapshot& s)
{
    return s.limits.discharge.applied;
}
Number poll_duration(const Snapshot& s)
{
    return s.link.cycle_seconds;
}

Number cycles(const Snapshot& s)
{
    return s.telemetry.cycles ? Number(static_cast<double>(*s.telemetry.cycles)) : s.history.charge_cycles;
}

void up(Writer& out, const Line& line)
{
    out.sample({{"battery", line.label}}, is_up(line) ? 1 : 0);
}

void last_seen(Writer& out, const Line& line)
{
    out.sample({{"battery", line.label}}, line.last_seen);
}

void info(Writer& out, const Line& line)
{
    const Identity& identity = line.now->identity;
    const auto text = [](const Text& value) { return value ? std::string_view(*value) : std::string_view(); };
    out.sample({{"battery", line.label},
                {"name", line.who->custom_name.empty() ? line.who->name : line.who->custom_name},
                {"type", text(identity.type)},
                {"model", text(identity.model_name)},
                {"firmware", text(identity.firmware_version)},
                {"serial", text(identity.serial_number)}},
               1);
}

void cell_voltages(Writer& out, const Line& line)
{
    std::size_t number = 0;
    for (const Number& volts : line.now->telemetry.cell_voltages) {
        ++number;
        if (volts) out.sample({{"battery", line.label}, {"cell", fmt::format("{:02}", number)}}, *volts);
    }
}

void balancing(Writer& out, const Line& line)
{
    std::size_t number = 0;
    for (const Flag& on : line.now->telemetry.cell_balancing) {
        ++number;
        if (on) out.sample({{"battery", line.label}, {"cell", fmt::format("{:02}", number)}}, *on ? 1 : 0);
    }
}

void temperatures(Writer& out, const Line& line)
{
    const Snapshot& now = *line.now;
    const auto tell = [&](std::string_view sensor, const Number& degrees) {
        if (degrees) out.sample({{"battery", line.label}, {"sensor", sensor}}, *degrees);
    };
    for (std::size_t i = 0; i < sensor_count; ++i) tell(std::to_string(i + 1), now.derived.temperatures[i]);
    tell("mosfet", now.derived.temperature_mosfet);
    tell("ambient", now.telemetry.temperature_ambient);
    std::size_t number = 0;
    for (const Number& degrees : now.telemetry.cell_temperatures) tell(fmt::format("cell_{:02}", ++number), degrees);
}

void reasons(Writer& out, const Line& line)
{
    const auto now = site::urgent_of(*line.now);
    const auto tell = [&](std::string_view direction, std::string_view deciding) {
        for (const std::string_view reason : site::limit_reason_keys())
            out.sample({{"battery", line.label}, {"direction", direction}, {"reason", reason}},
                       reason == deciding ? 1 : 0);
    };
    tell("charge", now.charge_reason);
    tell("discharge", now.discharge_reason);
}

void alarms(Writer& out, const Line& line)
{
    for (std::size_t i = 0; i < alarm_count; ++i) {
        const Level& level = line.now->alarms.levels[i];
        if (level) out.sample({{"battery", line.label}, {"alarm", alarm_names[i]}}, *level);
    }
}

void switches(Writer& out, const Line& line)
{
    const Telemetry& told = line.now->telemetry;
    const auto tell = [&](std::string_view name, const Flag& on) {
        if (on) out.sample({{"battery", line.label}, {"switch", name}}, *on ? 1 : 0);
    };
    tell("charge", told.charge_fet);
    tell("discharge", told.discharge_fet);
    tell("balance", told.balance_fet);
    tell("heater", told.heater_fet);
}

void polls(Writer& out, const Line& line)
{
    const LinkQuality& link = line.now->link;
    const auto tell = [&](std::string_view kind, std::uint64_t count) {
        out.sample({{"battery", line.label}, {"kind", kind}}, static_cast<double>(count));
    };
    tell("answered", link.replies);
    tell("refused", link.refused_total());
    tell("unanswered", link.timeouts);
}

void errors(Writer& out, const Line& line)
{
    const LinkQuality& link = line.now->link;
    const auto tell = [&](std::string_view kind, std::uint64_t count) {
        out.sample({{"battery", line.label}, {"kind", kind}}, static_cast<double>(count));
    };
    tell("timeout", link.timeouts);
    tell("reconnect", link.reconnects);
    for (const auto& [reason, count] : link.refused) {
        std::string kind = reason;
        std::ranges::replace(kind, ' ', '_');
        tell(kind, count);
    }
}

constexpr Metric table[]{
    {"bmsd_battery_up", "gauge", "1 while the battery answers, 0 when it is lost.", up, true},
    {"bmsd_battery_last_seen_timestamp_seconds", "gauge", "When it answered last, in seconds since 1970.", last_seen,
     true},
    {"bmsd_battery_info", "gauge", "What the battery is.", info},
    {"bmsd_battery_voltage_volts", "gauge", "Voltage of the pack.", one<voltage>},
    {"bmsd_battery_current_amperes", "gauge", "Current, positive while charging.", one<current>},
    {"bmsd_battery_power_watts", "gauge", "Power, positive while charging.", one<power>},
    {"bmsd_battery_soc_ratio", "gauge", "State of charge, 0 to 1.", one<soc>},
    {"bmsd_battery_soh_ratio", "gauge", "State of health, 0 to 1.", one<soh>},
    {"bmsd_battery_capacity_amperehours", "gauge", "Capacity when full.", one<capacity>},
    {"bmsd_battery_remaining_amperehours", "gauge", "Charge that is left.", one<remaining>},
    {"bmsd_battery_charged_joules_total", "counter", "Energy charged.", one<charged>},
    {"bmsd_battery_discharged_joules_total", "counter", "Energy discharged.", one<discharged>},
    {"bmsd_battery_cycles_total", "counter", "Charge cycles.", one<cycles>},
    {"bmsd_cell_voltage_volts", "gauge", "Voltage of a cell.", cell_voltages},
    {"bmsd_cell_balancing", "gauge", "1 while a cell is balanced.", balancing},
    {"bmsd_temperature_celsius", "gauge", "Temperature of a sensor.", temperatures},
    {"bmsd_charge_voltage_limit_volts", "gauge", "Charge voltage limit (CVL).", one<charge_voltage>},
    {"bmsd_charge_current_limit_amperes", "gauge", "Charge current limit (CCL).", one<charge_current>},
    {"bmsd_discharge_current_limit_amperes", "gauge", "Discharge current limit (DCL).", one<discharge_current>},
    {"bmsd_limit_reason", "gauge", "1 for what sets the current limit of a direction now.", reasons},
    {"bmsd_alarm", "gauge", "0 no alarm, 1 warning, 2 alarm.", alarms},
    {"bmsd_switch_on", "gauge", "1 while a switch of the battery is on.", switches},
    {"bmsd_polls_total", "counter", "Questions to the battery, by what came of them.", polls, true},
    {"bmsd_poll_errors_total", "counter", "What went wrong on the wire, by kind.", errors, true},
    {"bmsd_poll_duration_seconds", "gauge", "Length of the last cycle.", one<poll_duration>},
};

}  // namespace

bool is_up(const Line& line)
{
    return line.now && line.now->state.online;
}

void write_batteries(Writer& out, std::span<const Line* const> lines)
{
    for (const Metric& metric : table) {
        out.begin(metric.name, metric.type, metric.help);
        for (const Line* line : lines) {
            const bool there = metric.write == up || metric.write == last_seen || line->now;
            if (there && (metric.when_down || is_up(*line))) metric.write(out, *line);
        }
    }
}

}  // namespace bmsd::metrics
