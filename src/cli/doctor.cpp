#include "cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace bmsd::cli {
namespace {

struct Result {
    Verdict verdict;
    std::string found;
};
using Answer = std::optional<Result>;

Answer configuration(const DoctorFacts& facts)
{
    if (!facts.config_errors.empty()) return Result{Verdict::problem, facts.config_errors.front()};
    if (!facts.config_warnings.empty()) return Result{Verdict::warning, facts.config_warnings.front()};
    return Result{Verdict::ok, "no problems"};
}

Answer bus(const DoctorFacts& facts)
{
    if (!facts.bus_problem.empty()) return Result{Verdict::problem, facts.bus_problem};
    return Result{Verdict::ok, "there"};
}

Answer batteries(const DoctorFacts& facts)
{
    if (!facts.bus_problem.empty()) return {};
    return Result{facts.batteries.empty() ? Verdict::problem : Verdict::ok,
                  fmt::format("{} on the bus", facts.batteries.size())};
}

Answer adapters(const DoctorFacts& facts)
{
    return Result{facts.adapters > 8 ? Verdict::warning : Verdict::ok,
                  fmt::format("{} serial adapters", facts.adapters)};
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

Answer cells(const DoctorFacts& facts, const Items& items)
{
    const auto low = number(items, "/System/MinCellVoltage"), high = number(items, "/System/MaxCellVoltage");
    if (!low || !high) return Result{Verdict::warning, "no cell voltages"};
    const bool outside = *low < facts.config.min_cell_voltage || *high > facts.config.max_cell_voltage;
    const bool apart = *high - *low >= facts.config.switch_to_bulk_cell_voltage_diff;
    return Result{outside || apart ? Verdict::warning : Verdict::ok,
                  fmt::format("{:.3f} to {:.3f} V, {:.0f} mV apart", *low, *high, (*high - *low) * 1000)};
}

Answer limit(const Items& items, std::string_view path, std::string_view reason, double configured)
{
    const auto amperes = number(items, path);
    if (!amperes) return Result{Verdict::warning, "not known"};
    const std::string why = words(items, reason);
    return Result{*amperes < configured ? Verdict::warning : Verdict::ok,
                  fmt::format("{} of {} A{}{}", *amperes, configured, why.empty() ? "" : ", by ", why)};
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
    {"bus", bus, "on Venus OS it is the system bus; elsewhere set DBUS_SESSION_BUS_ADDRESS"},
    {"batteries", batteries, "is bmsd running? Then bmsd scan, while it does not run: level, wires, address, BMS_TYPE"},
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
    {"alarms", alarms, "what the BMS reports; bmsd only passes it on"},
};

void add(std::vector<Finding>& findings, const auto& check, std::string about, const Answer& answer)
{
    if (!answer) return;
    findings.push_back({check.name, std::move(about), answer->verdict, answer->found,
                        answer->verdict == Verdict::ok ? "" : check.advice});
}

}  // namespace

std::vector<Finding> examine(const DoctorFacts& facts)
{
    std::vector<Finding> findings;
    for (const auto& check : machine_checks) add(findings, check, "", check.test(facts));
    for (const auto& [name, items] : facts.batteries)
        for (const auto& check : battery_checks) add(findings, check, name, check.test(facts, items));
    return findings;
}

std::string_view name_of(Verdict verdict)
{
    return verdict == Verdict::ok ? "ok" : verdict == Verdict::warning ? "warning" : "problem";
}

}  // namespace bmsd::cli
