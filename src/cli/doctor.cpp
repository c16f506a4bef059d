#include "cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "cli/explain.h"
#include "config/issue.h"
#include "daemon/configuration.h"
#include "util/version.h"

namespace bmsd::cli {
namespace {

struct Result {
    Verdict verdict;
    std::string found;
    std::string advice = {};  // instead of that of the check
};
using Answer = std::optional<Result>;

Answer configuration(const DoctorFacts& facts)
{
    if (!facts.config_errors.empty()) return Result{Verdict::problem, facts.config_errors.front()};
    if (!facts.config_warnings.empty()) return Result{Verdict::warning, facts.config_warnings.front()};
    return Result{Verdict::ok, facts.windows_line_ends ? "no problems, line ends of Windows" : "no problems"};
}

Answer versions(const DoctorFacts& facts)
{
    const std::string venus = facts.machine.venus.empty() ? "no Venus OS" : "Venus OS " + facts.machine.venus;
    return Result{Verdict::ok, fmt::format("bmsd {}, {}", version, venus)};
}

std::string megabytes(const std::optional<double>& value, int decimals)
{
    return value ? fmt::format("{:.{}f} MB", *value, decimals) : "unknown";
}

constexpr double least_free = 2;  // MB in the state folder

Answer state_folder(const DoctorFacts& facts)
{
    const auto& machine = facts.machine;
    if (!machine.state_writable) return Result{Verdict::warning, "not there, or not writable by this user"};
    if (!machine.state_free) return {};
    return Result{*machine.state_free < least_free ? Verdict::problem : Verdict::ok,
                  megabytes(machine.state_free, 0) + " free"};
}

// The watchdog of Venus OS reboots at 10 over 5 minutes, 6 over 15 minutes, 10 MB (core/venus-install.md section 11).
constexpr double high_load_5 = 8, high_load_15 = 5, low_memory = 30;

Answer load(const DoctorFacts& facts)
{
    const auto& machine = facts.machine;
    if (!machine.load_5 || !machine.load_15) return {};
    const bool high = *machine.load_5 > high_load_5 || *machine.load_15 > high_load_15;
    const bool tight = machine.memory_available && *machine.memory_available < low_memory;
    return Result{high || tight ? Verdict::warning : Verdict::ok,
                  fmt::format("{} over 5 minutes, {} over 15, memory available: {}", *machine.load_5, *machine.load_15,
                              megabytes(machine.memory_available, 0))};
}

constexpr double much_cpu = 0.05;  // of a core

Answer daemon_cost(const DoctorFacts& facts)
{
    const auto& machine = facts.machine;
    if (!machine.daemon_cpu) return Result{Verdict::warning, "no daemon runs with this state folder"};
    return Result{
        *machine.daemon_cpu > much_cpu ? Verdict::warning : Verdict::ok,
        fmt::format("{:.2f} % of a core, {}", *machine.daemon_cpu * 100, megabytes(machine.daemon_memory, 1))};
}

Answer old_driver(const DoctorFacts& facts)
{
    const auto& machine = facts.machine;
    const auto& on = machine.old_driver_on;
    if (!on.empty()) {
        const bool left = std::ranges::all_of(
            on, [&](const std::string& port) { return daemon::excluded(facts.config, "/dev/" + port); });
        return Result{left ? Verdict::ok : Verdict::problem,
                      fmt::format("dbus-serialbattery runs on {}{}", fmt::join(on, ", "),
                                  left ? ", left to it by EXCLUDED_DEVICES" : "")};
    }
    if (machine.old_driver_enabled)
        return Result{Verdict::warning, "dbus-serialbattery is switched on, but runs on no port now",
                      "it gets its turn on each port, and comes back at each boot: /data/apps/bmsd/scripts/enable.sh "
                      "switches it off, and disable.sh --back on again"};
    if (machine.old_driver.empty()) return {};
    return Result{Verdict::ok, machine.old_driver + " is there, switched off"};
}

Answer media(const DoctorFacts& facts)
{
    if (facts.machine.venus.empty()) return {};
    if (facts.machine.archive.empty()) return Result{Verdict::ok, "nothing to install"};
    return Result{Verdict::warning, facts.machine.archive};
}

Answer pages(const DoctorFacts& facts)
{
    if (facts.machine.venus.empty()) return {};
    return Result{facts.machine.changed_pages ? Verdict::warning : Verdict::ok,
                  facts.machine.changed_pages ? "covered by those of another package" : "as Venus OS has them"};
}

Answer names(const DoctorFacts& facts)
{
    if (!facts.config.use_port_as_unique_id) return {};
    return Result{Verdict::warning, "USE_PORT_AS_UNIQUE_ID: they hang on the port"};
}

Answer several(const DoctorFacts& facts)
{
    if (facts.bus.batteries.size() < 2) return {};
    const auto limits = std::ranges::count_if(facts.bus.batteries, [](const auto& battery) {
        return number(battery.second, "/Info/MaxChargeVoltage").has_value();
    });
    const bool chosen = !facts.bus.controlling.empty();
    Result result{Verdict::ok, fmt::format("{} batteries; the power system obeys {}", facts.bus.batteries.size(),
                                           chosen ? facts.bus.controlling : "one of them")};
    if (limits > 1 && !chosen && facts.bus.system) result.verdict = Verdict::warning;
    return result;
}

Answer handed_over(const DoctorFacts& facts)
{
    if (facts.machine.venus.empty() || !facts.config.serial_starter_enabled) return {};
    return Result{facts.machine.handed_over ? Verdict::ok : Verdict::problem,
                  facts.machine.handed_over ? "offers ports to bmsd" : "does not know bmsd"};
}

Answer ports(const DoctorFacts& facts)
{
    Result result{Verdict::ok, ""};
    for (const auto& port : facts.machine.ports) {
        if (port.accessible && port.holder.empty()) continue;
        result.verdict = Verdict::problem;
        result.found += (result.found.empty() ? "" : ", ") + port.path;
        result.found += port.holder.empty() ? ": no access for this user" : " is open in " + port.holder;
    }
    if (result.found.empty()) result.found = fmt::format("{} to be used", facts.machine.ports.size());
    return result;
}

Answer dvcc(const DoctorFacts& facts)
{
    if (!facts.bus.system || !facts.bus.dvcc) return {};
    return Result{*facts.bus.dvcc > 0 ? Verdict::ok : Verdict::problem, *facts.bus.dvcc > 0 ? "on" : "off"};
}

Answer controlling(const DoctorFacts& facts)
{
    if (facts.bus.controlling.empty()) return {};
    return Result{facts.bus.batteries.contains(facts.bus.controlling) ? Verdict::ok : Verdict::warning,
                  facts.bus.controlling};
}

Answer sensor(const DoctorFacts& facts)
{
    if (!facts.config.external_sensor_dbus_device || !facts.bus_problem.empty()) return {};
    return Result{facts.bus.sensor ? Verdict::ok : Verdict::problem, *facts.config.external_sensor_dbus_device};
}

Answer bus(const DoctorFacts& facts)
{
    if (!facts.bus_problem.empty()) return Result{Verdict::problem, facts.bus_problem};
    return Result{Verdict::ok, "there"};
}

Answer batteries(const DoctorFacts& facts)
{
    if (!facts.bus_problem.empty()) return {};
    return Result{facts.bus.batteries.empty() ? Verdict::problem : Verdict::ok,
                  fmt::format("{} on the bus", facts.bus.batteries.size())};
}

Answer adapters(const DoctorFacts& facts)
{
    return Result{facts.machine.ports.size() > 8 ? Verdict::warning : Verdict::ok,
                  fmt::format("{} serial adapters", facts.machine.ports.size())};
}

constexpr double bad_link = 0.01, broken_link = 0.1;  // share of requests without a usable reply
constexpr double enough_requests = 20;                // before that a share says nothing

Answer lost(const Items& items, double LinkCounts::*kind)
{
    const auto link = link_counts(items);
    if (!link || link->asked < enough_requests) return {};
    const double count = (*link).*kind, share = count / link->asked;
    return Result{share > broken_link ? Verdict::problem
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
    return Result{*value > 0 ? Verdict::ok : Verdict::problem, words(items, "/ConnectionInformation")};
}

Answer soc(const DoctorFacts&, const Items& items)
{
    const auto value = number(items, "/Soc");
    if (!value) return Result{Verdict::warning, "no SoC"};
    return Result{Verdict::ok, fmt::format("{} %", *value)};
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
    if (!low || !high) return Result{Verdict::warning, "no cell voltages"};
    const bool outside = *low < facts.config.min_cell_voltage || *high > facts.config.max_cell_voltage;
    const bool apart = *high - *low >= facts.config.switch_to_bulk_cell_voltage_diff;
    return Result{
        outside || apart ? Verdict::warning : Verdict::ok,
        fmt::format("{} to {}, {:.0f} mV apart", cell_text(items, "/System/MinVoltageCellId", "/System/MinCellVoltage"),
                    cell_text(items, "/System/MaxVoltageCellId", "/System/MaxCellVoltage"), (*high - *low) * 1000)};
}

Answer limit(const Items& items, std::string_view path, std::string_view reason, double configured)
{
    const auto amperes = number(items, path);
    if (!amperes) return Result{Verdict::warning, "not known"};
    const std::string why = words(items, reason);
    const std::string numbers = explain(words(items, fmt::format("{}Detail", reason)), amperes);
    return Result{*amperes < configured ? Verdict::warning : Verdict::ok,
                  fmt::format("{} of {} A{}{}{}", *amperes, configured, why.empty() ? "" : ", by ", why,
                              numbers.empty() ? "" : fmt::format(" ({})", numbers))};
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
    return Result{against ? Verdict::warning : Verdict::ok,
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
    Result result{Verdict::ok, fmt::format("{}: {:.2f} of {:.2f} V, cells {:.0f} mV apart of at most {:.0f}", mode,
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
    if (!failed) return Result{Verdict::ok, "no error"};
    Result result{Verdict::problem, fmt::format("state {}, error {}", state.value_or(0), code.value_or(0))};
    if (code == settings_invalid) {
        result.found += ": it was started with a configuration that has errors";
        result.advice = "bmsd config check names the lines; correct them, then bmsd reload";
    }
    return result;
}

constexpr double empty_cell = 3.25, full_cell = 3.38, resting = 5;  // V of LFP at rest, A

/// A state of charge that the cells contradict.
Answer plausible_soc(const DoctorFacts&, const Items& items)
{
    const auto soc = number(items, "/Soc"), low = number(items, "/System/MinCellVoltage");
    const auto high = number(items, "/System/MaxCellVoltage"), current = number(items, "/Dc/0/Current");
    if (!soc || !low || !high || !current || std::abs(*current) > resting) return {};
    const bool too_high = *soc >= 99 && *high < empty_cell, too_low = *soc <= 10 && *low > full_cell;
    if (!too_high && !too_low) return {};
    return Result{Verdict::warning, fmt::format("{:.0f} % at {:.3f} V a cell", *soc, too_high ? *high : *low)};
}

/// More flows than was allowed.
Answer obeyed(const DoctorFacts&, const Items& items)
{
    const auto current = number(items, "/Dc/0/Current"), most = number(items, "/Info/MaxChargeCurrent");
    if (!current || !most) return {};
    // control has watched it for half a minute (core/charge-control.md section 15, number 3)
    const bool ignored = words(items, "/Info/ChargeMode").contains("(CCL ignored)");
    const bool over = ignored || *current > *most * 1.1 + 2;
    if (!over) return Result{Verdict::ok, "charge current within its limit"};
    return Result{Verdict::warning, fmt::format("{:.1f} A flow in, {:.1f} A are allowed", *current, *most)};
}

Answer daemon_version(const DoctorFacts&, const Items& items)
{
    const std::string running = words(items, "/Mgmt/ProcessVersion");
    if (running.empty() || running == version) return {};
    return Result{Verdict::warning, fmt::format("the daemon is version {}, this program {}", running, version)};
}

Answer alarms(const DoctorFacts&, const Items& items)
{
    Result result{Verdict::ok, ""};
    for (const auto& [name, alarm] : raised_alarms(items)) {
        result.verdict = std::max(result.verdict, alarm ? Verdict::problem : Verdict::warning);
        result.found += (result.found.empty() ? "" : ", ") + name;
    }
    if (!result.found.empty()) return result;
    if (number(items, "/System/NrOfModulesOnline").value_or(0) < 1) return {};
    return Result{Verdict::ok, "none"};
}

struct MachineCheck {
    const char* name;
    Answer (*test)(const DoctorFacts&);
    const char* advice;
};

constexpr MachineCheck machine_checks[]{
    {"configuration", configuration, "bmsd config check names every line; then bmsd reload"},
    {"versions", versions, ""},
    {"state folder", state_folder,
     "names, instances and counters are kept there: free space, see docs/troubleshooting.md; run doctor as the "
     "daemon's user"},
    {"load", load, "what runs beside bmsd (top)? The watchdog of Venus OS reboots a GX device that is too busy"},
    {"daemon", daemon_cost, "does it run? More than 5 % of a core is a fault: please send a bmsd report"},
    {"old driver", old_driver,
     "two programs on one port disturb each other: /data/apps/bmsd/scripts/enable.sh switches it off; to leave it a "
     "port name that in EXCLUDED_DEVICES"},
    {"serial-starter", handed_over, "/data/apps/bmsd/scripts/enable.sh makes it offer the ports"},
    {"ports", ports, "end the other program or name the port in EXCLUDED_DEVICES; group dialout gives access"},
    {"media", media, "it is installed again at each boot, with the config.ini beside it: pull the medium"},
    {"GUI", pages, "a white screen comes from pages of another firmware: remove that package's changes"},
    {"bus", bus, "on Venus OS it is the system bus; elsewhere set DBUS_SESSION_BUS_ADDRESS"},
    {"batteries", batteries, "is bmsd running? Then bmsd scan, while it does not run: level, wires, address, BMS_TYPE"},
    {"DVCC", dvcc, "limits are not applied until it is on: Settings, DVCC"},
    {"controlling BMS", controlling, "limits of bmsd are not obeyed: Settings, DVCC, controlling BMS"},
    {"several batteries", several,
     "choose whose limits are obeyed: Settings, System setup, Charge control, Controlling BMS"},
    {"names", names,
     "name and history follow the port; put adapters back where they were, or give the BMS serial numbers"},
    {"external sensor", sensor, "it is not on the bus: EXTERNAL_SENSOR_DBUS_DEVICE, or its device is off"},
    {"adapters", adapters, "a GX device takes about 8: put several batteries on one line with BATTERY_ADDRESSES"},
};

struct BatteryCheck {
    const char* name;
    Answer (*test)(const DoctorFacts&, const Items&);
    const char* advice;
};

constexpr BatteryCheck battery_checks[]{
    {"online", online, "cable, supply of the BMS, adapter; it is found again by itself"},
    {"silent", silent, "a sleeping BMS, a wrong address, a second program on the port, a cheap hub"},
    {"refused", refused, "the wire: solder, length, shielding, isolation; /Info/Link/Refused names the reasons"},
    {"soc", soc, "the BMS tells none: SOC_CALCULATION = True counts it"},
    {"cells", cells, "let the balancer work; when they differ in the middle: contacts, sense wires, a weak cell"},
    {"charge limit", charge_limit, "bmsd watch shows the numbers behind it; docs/charge-control.md explains them"},
    {"discharge limit", discharge_limit,
     "bmsd watch shows the numbers behind it; docs/charge-control.md explains them"},
    {"current", direction, "a current where nothing may flow: INVERT_CURRENT_MEASUREMENT, or a bypassed switch"},
    {"float", floating, ""},
    {"error", error_code, "bmsd watch and the log name the reason"},
    {"wrong soc", plausible_soc,
     "the BMS has lost count: charge until it says full itself, or SOC_CALCULATION = True counts it anew"},
    {"ccl obeyed", obeyed,
     "DVCC limits only what hangs on the GX: chargers of their own, and feed-in of DC power (Settings, ESS), ignore "
     "it"},
    {"version", daemon_version, "restart the daemon after an update"},
    {"alarms", alarms, "what the BMS reports; bmsd only passes it on"},
};

void add(std::vector<Finding>& findings, const auto& check, std::string about, const Answer& answer)
{
    if (!answer) return;
    findings.push_back({check.name, std::move(about), answer->verdict, answer->found,
                        answer->verdict == Verdict::ok ? ""
                        : answer->advice.empty()       ? check.advice
                                                       : answer->advice});
}

}  // namespace

/// The bus name, and what its owner calls it.
static std::string about(const std::string& service, const Items& items)
{
    const std::string custom = config::in_one_line(words(items, "/CustomName"));
    return custom.empty() ? service : fmt::format("{} ({})", custom, service);
}

std::vector<Finding> examine(const DoctorFacts& facts)
{
    std::vector<Finding> findings;
    for (const auto& check : machine_checks) add(findings, check, "", check.test(facts));
    for (const auto& [name, items] : facts.bus.batteries)
        for (const auto& check : battery_checks) add(findings, check, about(name, items), check.test(facts, items));
    return findings;
}

std::string to_text(const std::vector<Finding>& findings)
{
    auto sorted = findings;  // problems first
    std::ranges::stable_sort(sorted, std::greater<>(), &Finding::verdict);
    std::string text;
    for (const auto& [check, about, verdict, found, advice] : sorted) {
        text += fmt::format("{:8} {:16} {}{}{}\n", name_of(verdict), check, about, about.empty() ? "" : ": ", found);
        if (!advice.empty()) text += fmt::format("         -> {}\n", advice);
    }
    const auto count = [&](Verdict verdict) { return std::ranges::count(findings, verdict, &Finding::verdict); };
    return text + fmt::format("\n{} problems, {} warnings, {} checks are well\n", count(Verdict::problem),
                              count(Verdict::warning), count(Verdict::ok));
}

std::string_view name_of(Verdict verdict)
{
    return verdict == Verdict::ok ? "ok" : verdict == Verdict::warning ? "warning" : "problem";
}

}  // namespace bmsd::cli
