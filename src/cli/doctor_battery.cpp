// What bmsd doctor looks at on every battery: its wire, its values, its limits.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/doctor_checks.h"
#include "cli/explain.h"
#include "util/version.h"

namespace bmsd::cli {
namespace {

constexpr double bad_link = 0.01, broken_link = 0.1;  // share of requests without a usable reply
constexpr double enough_requests = 20;                // before that a share says nothing

Answer lost(const Items& items, double LinkCounts::*kind)
{
    const auto link = link_counts(items);
    if (!link || link->asked < enough_requests) return {};
    const double count = (*link).*kind, share = count / link->asked;
    return Answered{share > broken_link ? Verdict::problem
                    : share > bad_link  ? Verdict::warning
                                        : Verdict::ok,
                    fmt::format("{} of {} requests", count, link->asked)};
}

Answer silent(const DoctorFacts&, const Items& items)
{
    return lost(items, &LinkCounts::silent);
}

Answer refused(const DoctorFacts&, const Items& items)
{
    return lost(items, &LinkCounts::refused);
}

Answer online(const DoctorFacts&, const Items& items)
{
    const auto value = number(items, "/System/NrOfModulesOnline");
    if (!value) return {};
    return Answered{*value > 0 ? Verdict::ok : Verdict::problem, words(items, "/ConnectionInformation")};
}

Answer soc(const DoctorFacts&, const Items& items)
{
    const auto value = number(items, "/Soc");
    if (!value) return Answered{Verdict::warning, "no SoC"};
    return Answered{Verdict::ok, fmt::format("{} %", *value)};
}

/// "C3 3.312 V": which one, where it is known, and what it has.
std::string cell_text(const Items& items, std::string_view name, std::string_view path)
{
    const std::string cell = words(items, name);
    return fmt::format("{}{}{:.3f} V", cell, cell.empty() ? "" : " ", number(items, path).value_or(0));
}

Answer cells(const DoctorFacts& facts, const Items& items)
{
    const auto low = number(items, "/System/MinCellVoltage"), high = number(items, "/System/MaxCellVoltage");
    if (!low || !high) return Answered{Verdict::warning, "no cell voltages", "this BMS tells none, or not all of them"};
    const std::string lowest = cell_text(items, "/System/MinVoltageCellId", "/System/MinCellVoltage");
    const std::string highest = cell_text(items, "/System/MaxVoltageCellId", "/System/MaxCellVoltage");
    Answered answer{Verdict::ok, fmt::format("{} to {}, {:.0f} mV apart", lowest, highest, (*high - *low) * 1000)};
    if (*low < facts.config.min_cell_voltage)
        answer.advice =
            fmt::format("{} is below MIN_CELL_VOLTAGE ({} V): charge", lowest, facts.config.min_cell_voltage);
    if (*high > facts.config.max_cell_voltage)
        answer.advice = fmt::format("{} is above MAX_CELL_VOLTAGE ({} V): let the balancer work, or lower that",
                                    highest, facts.config.max_cell_voltage);
    if (*high - *low >= facts.config.switch_to_bulk_cell_voltage_diff)
        answer.advice += fmt::format(
            "{}{} and {} are too far apart: near the top let the balancer work; in the middle look at contacts, sense "
            "wires, a weak cell",
            answer.advice.empty() ? "" : "; ", lowest, highest);
    if (!answer.advice.empty()) answer.verdict = Verdict::warning;
    return answer;
}

/// Where the value a limiter looked at was measured: the cell or the sensor that is nearest to it now; empty: not told.
std::string measured_at(const Items& items, std::string_view reason)
{
    struct Extreme {
        const char *limiter, *id, *value;
        double near;
    };
    static constexpr Extreme extremes[]{
        {"Cell Voltage", "/System/MaxVoltageCellId", "/System/MaxCellVoltage", 0.02},
        {"Cell Voltage", "/System/MinVoltageCellId", "/System/MinCellVoltage", 0.02},
        {"Temp", "/System/MaxTemperatureCellId", "/System/MaxCellTemperature", 2},
        {"Temp", "/System/MinTemperatureCellId", "/System/MinCellTemperature", 2},
    };
    const auto measured = number(items, fmt::format("{}Measured", reason));
    const std::string limiter = words(items, reason);
    if (!measured || limiter.find("MOS") != limiter.npos) return {};
    std::string place;
    double nearest = std::numeric_limits<double>::infinity();
    for (const auto& [name, id, path, near] : extremes) {
        const auto seen = number(items, path);
        if (!limiter.starts_with(name) || !seen || words(items, id).empty()) continue;
        const double off = std::abs(*seen - *measured);
        if (off > near || off >= nearest) continue;
        nearest = off;
        place = words(items, id) + ": ";
    }
    return place;
}

Answer limit(const Items& items, std::string_view path, std::string_view reason, double configured)
{
    const auto amperes = number(items, path);
    if (!amperes) return Answered{Verdict::warning, "not known"};
    const std::string why = words(items, reason);
    const std::string numbers = explain(words(items, fmt::format("{}Detail", reason)), amperes);
    const std::string where = measured_at(items, reason);
    return Answered{*amperes < configured ? Verdict::warning : Verdict::ok,
                    fmt::format("{} of {} A{}{}{}", *amperes, configured, why.empty() ? "" : ", by ", why,
                                numbers.empty() ? "" : fmt::format(" ({}{})", where, numbers))};
}

Answer charge_limit(const DoctorFacts& facts, const Items& items)
{
    return limit(items, "/Info/MaxChargeCurrent", "/Info/ChargeLimitation", facts.config.max_battery_charge_current);
}

Answer discharge_limit(const DoctorFacts& facts, const Items& items)
{
    return limit(items, "/Info/MaxDischargeCurrent", "/Info/DischargeLimitation",
                 facts.config.max_battery_discharge_current);
}

// A current against a closed switch: its sign is that of the other direction, or the switch is not what it says.
constexpr double noise = 1;  // A

Answer direction(const DoctorFacts& facts, const Items& items)
{
    const auto current = number(items, "/Dc/0/Current");
    if (!current) return {};
    const auto blocked = [&](const char* path) { return number(items, path).value_or(0) > 0; };
    const bool against = (*current > noise && blocked("/System/NrOfModulesBlockingCharge")) ||
                         (*current < -noise && blocked("/System/NrOfModulesBlockingDischarge"));
    const char* inverted =
        facts.config.invert_current_measurement < 0 ? ", inverted by INVERT_CURRENT_MEASUREMENT" : "";
    return Answered{against ? Verdict::warning : Verdict::ok,
                    fmt::format("{:+.1f} A, {}{}", *current, *current < 0 ? "discharges" : "charges", inverted)};
}

/// What is missing for float: the conditions of core/charge-control.md section 4.1. The sum of the cells counts against
/// the full charge voltage, not against a CVL that a single high cell has lowered.
Answer floating(const DoctorFacts& facts, const Items& items)
{
    const auto sum = number(items, "/Voltages/Sum"), diff = number(items, "/Voltages/Diff");
    const auto most = number(items, "/Info/MaxChargeVoltage"), count = number(items, "/System/NrOfCellsPerBattery");
    const std::string mode = words(items, "/Info/ChargeMode");
    if (!sum || !diff || !most || mode.starts_with("Float")) return {};
    if (!mode.starts_with("Bulk") && !mode.starts_with("Absorption")) return {};
    const double wanted = count ? std::max(*count * facts.config.max_cell_voltage, *most) : *most;
    const double allowed = facts.config.switch_to_float_cell_voltage_diff;
    Answered result{Verdict::ok, fmt::format("{}: {:.2f} of {:.2f} V, cells {:.0f} mV apart of at most {:.0f}", mode,
                                             *sum, wanted, *diff * 1000, allowed * 1000)};
    const bool held_back = *most < wanted - 0.05 && *diff > allowed;
    if (!held_back) return result;
    result.verdict = Verdict::warning;
    result.found += fmt::format("; CVL lowered to {:.2f} V by cell {}", *most,
                                cell_text(items, "/System/MaxVoltageCellId", "/System/MaxCellVoltage"));
    result.advice = fmt::format("no float before this cell is down: give the balancer time{}",
                                words(items, "/System/MaxVoltageCellId").empty() ? "" : ", look at its contacts");
    return result;
}

/// What the services themselves say: a configuration that is not in force is nowhere else to be seen.
Answer error_code(const DoctorFacts&, const Items& items)
{
    constexpr double settings_invalid = 119, state_error = 10;
    const auto code = number(items, "/ErrorCode"), state = number(items, "/State");
    const bool failed = code.value_or(0) > 0 || state.value_or(0) == state_error;
    if (!code && !state) return {};
    if (!failed) return Answered{Verdict::ok, "no error"};
    Answered result{Verdict::problem, fmt::format("state {}, error {}", state.value_or(0), code.value_or(0))};
    if (code == settings_invalid) {
        result.found += ": it was started with a configuration that has errors";
        result.advice = "bmsd config check names the lines; correct them, then bmsd reload";
    }
    return result;
}

constexpr double empty_cell = 3.25, full_cell = 3.38, resting = 5;  // V of LFP at rest, A

/// A state of charge that the cells contradict.
Answer plausible_soc(const DoctorFacts& facts, const Items& items)
{
    constexpr double most_of_lfp = 3.8;  // V; cells that are charged higher are still empty at what fills LFP
    const auto soc = number(items, "/Soc"), low = number(items, "/System/MinCellVoltage");
    const auto high = number(items, "/System/MaxCellVoltage"), current = number(items, "/Dc/0/Current");
    if (!soc || !low || !high || !current || std::abs(*current) > resting) return {};
    const bool too_high = *soc >= 99 && *high < empty_cell,
               too_low = *soc <= 10 && *low > full_cell && facts.config.max_cell_voltage < most_of_lfp;
    if (!too_high && !too_low) return {};
    return Answered{Verdict::warning,
                    fmt::format("{:.0f} % while no cell is {} {}", *soc, too_high ? "above" : "below",
                                cell_text(items, too_high ? "/System/MaxVoltageCellId" : "/System/MinVoltageCellId",
                                          too_high ? "/System/MaxCellVoltage" : "/System/MinCellVoltage"))};
}

/// More flows than was allowed.
Answer obeyed(const DoctorFacts& facts, const Items& items)
{
    constexpr double tolerance = 1.1, offset = 2;  // A
    const auto current = number(items, "/Dc/0/Current"), most = number(items, "/Info/MaxChargeCurrent");
    if (!current || !most) return {};
    // control has watched it for half a minute (core/charge-control.md section 15, number 3)
    const bool ignored = words(items, "/Info/ChargeMode").contains("(CCL ignored)");
    if (!ignored && *current <= *most * tolerance + offset)
        return Answered{Verdict::ok, "charge current within its limit"};
    const bool feeds_in = facts.bus.dc_feed_in.value_or(0) > 0;
    return Answered{Verdict::warning,
                    fmt::format("{:.1f} A flow in, {:.1f} A are allowed{}", *current, *most,
                                feeds_in ? "; feed-in of DC power is on" : ""),
                    feeds_in
                        ? "with feed-in of DC power (Settings, ESS) solar chargers ignore the limit: switch it off, "
                          "or limit the chargers themselves"
                        : ""};
}

/// Whether the GX device lists it: the battery monitor always, others when they are made visible.
Answer in_list(const DoctorFacts& facts, const Items& items)
{
    for (const auto& [name, listed] : facts.bus.listed) {
        const auto battery = facts.bus.batteries.find(name);
        if (battery == facts.bus.batteries.end() || &battery->second != &items) continue;
        const bool shown = listed || monitor_name(items) == facts.bus.monitor;
        return Answered{shown ? Verdict::ok : Verdict::warning, shown ? "shown" : "hidden"};
    }
    return {};
}

Answer daemon_version(const DoctorFacts&, const Items& items)
{
    const std::string running = words(items, "/Mgmt/ProcessVersion");
    if (running.empty() || running == version) return {};
    return Answered{Verdict::warning, fmt::format("the daemon is version {}, this program {}", running, version)};
}

/// The value an alarm is about, with its cell or sensor.
std::string value_behind(const Items& items, std::string_view alarm)
{
    struct Cause {
        std::string_view alarm, id, value, unit;
        int decimals;
    };
    static constexpr Cause causes[]{
        {"LowCellVoltage", "/System/MinVoltageCellId", "/System/MinCellVoltage", "V", 3},
        {"HighCellVoltage", "/System/MaxVoltageCellId", "/System/MaxCellVoltage", "V", 3},
        {"LowVoltage", "", "/Dc/0/Voltage", "V", 2},
        {"HighVoltage", "", "/Dc/0/Voltage", "V", 2},
        {"LowSoc", "", "/Soc", "%", 0},
        {"HighChargeCurrent", "", "/Dc/0/Current", "A", 1},
        {"HighDischargeCurrent", "", "/Dc/0/Current", "A", 1},
        {"HighChargeTemperature", "/System/MaxTemperatureCellId", "/System/MaxCellTemperature", "°C", 1},
        {"LowChargeTemperature", "/System/MinTemperatureCellId", "/System/MinCellTemperature", "°C", 1},
        {"HighTemperature", "/System/MaxTemperatureCellId", "/System/MaxCellTemperature", "°C", 1},
        {"LowTemperature", "/System/MinTemperatureCellId", "/System/MinCellTemperature", "°C", 1},
        {"HighInternalTemperature", "", "/System/MOSTemperature", "°C", 1},
    };
    if (alarm == "CellImbalance" && number(items, "/System/MinCellVoltage"))
        return fmt::format(" ({} to {})", cell_text(items, "/System/MinVoltageCellId", "/System/MinCellVoltage"),
                           cell_text(items, "/System/MaxVoltageCellId", "/System/MaxCellVoltage"));
    const auto cause = std::ranges::find(causes, alarm, &Cause::alarm);
    const auto value = cause == std::end(causes) ? std::nullopt : number(items, cause->value);
    if (!value) return {};
    const std::string id = cause->id.empty() ? "" : words(items, cause->id);
    return fmt::format(" ({}{}{:.{}f} {})", id, id.empty() ? "" : " ", *value, cause->decimals, cause->unit);
}

Answer alarms(const DoctorFacts&, const Items& items)
{
    Answered answer{Verdict::ok, ""};
    for (const auto& [name, alarm] : raised_alarms(items)) {
        answer.verdict = std::max(answer.verdict, alarm ? Verdict::problem : Verdict::warning);
        answer.found += (answer.found.empty() ? "" : ", ") + name + value_behind(items, name);
    }
    if (!answer.found.empty()) return answer;
    if (number(items, "/System/NrOfModulesOnline").value_or(0) < 1) return {};
    return Answered{Verdict::ok, "none"};
}

constexpr BatteryCheck checks[]{
    {"online", online, "cable, supply of the BMS, adapter; it is found again by itself", true},
    {"silent", silent, "a sleeping BMS, a wrong address, a second program on the port, a cheap hub"},
    {"refused", refused, "the wire: solder, length, shielding, isolation; /Info/Link/Refused names the reasons"},
    {"soc", soc, "the BMS tells none: SOC_CALCULATION = True counts it", true},
    {"cells", cells, ""},
    {"charge limit", charge_limit, "bmsd watch shows the numbers behind it; docs/charge-control.md explains them"},
    {"discharge limit", discharge_limit,
     "bmsd watch shows the numbers behind it; docs/charge-control.md explains them"},
    {"current", direction, "a current where nothing may flow: INVERT_CURRENT_MEASUREMENT, or a bypassed switch"},
    {"float", floating, ""},
    {"error", error_code, "bmsd watch and the log name the reason", true},
    {"wrong soc", plausible_soc,
     "the BMS has lost count: charge until it says full itself, or SOC_CALCULATION = True counts it anew"},
    {"ccl obeyed", obeyed,
     "DVCC limits only what hangs on the GX: chargers of their own, and feed-in of DC power (Settings, ESS), ignore "
     "it",
     true},
    {"battery list", in_list, "the GX device does not list it: Settings, System setup, Battery measurements, Visible",
     true},
    {"version", daemon_version, "restart the daemon after an update", true},
    {"alarms", alarms, "what the BMS reports; bmsd only passes it on", true},
};

}  // namespace

std::span<const BatteryCheck> battery_checks()
{
    return checks;
}

}  // namespace bmsd::cli
