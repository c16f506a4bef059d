// bmsd replay: recorded telemetry through charge control again.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "bms/catalogue.h"
#include "cli/commands.h"
#include "cli/plot.h"
#include "cli/replay_bank.h"
#include "cli/support.h"
#include "config/load.h"
#include "config/schema.h"
#include "model/json.h"
#include "replay/scenario.h"
#include "replay/scenario_output.h"
#include "util/file.h"

namespace bmsd::cli {
namespace {

using replay::Scenario;
using replay::ScenarioCycle;

/// What a line of the table says. A new one is printed when a text has changed or a limit has moved visibly, so that a
/// ramp is some lines and not thousands.
struct Shown {
    std::string mode, charge_reason, discharge_reason, connection;
    Number cvl, ccl, dcl;
};

Shown shown(const ScenarioCycle& cycle)
{
    const Limits& limits = cycle.snapshot.limits;
    return {std::string(limits.charge_mode.view()),
            std::string(limits.charge.reason.view()),
            std::string(limits.discharge.reason.view()),
            std::string(cycle.snapshot.state.connection_information.view()),
            limits.charge_voltage,
            limits.charge.applied,
            limits.discharge.applied};
}

bool moved(const Number& a, const Number& b, double step)
{
    return a.has_value() != b.has_value() || (a && std::abs(*a - *b) >= step);
}

bool differs(const Shown& a, const Shown& b)
{
    constexpr double visible_volts = 0.25, visible_amperes = 5;
    // a lost battery counts the seconds in its text; that it is lost is what matters
    const bool lost_or_back = a.connection.starts_with("Lost") != b.connection.starts_with("Lost");
    return a.mode != b.mode || a.charge_reason != b.charge_reason || a.discharge_reason != b.discharge_reason ||
           lost_or_back || moved(a.cvl, b.cvl, visible_volts) || moved(a.ccl, b.ccl, visible_amperes) ||
           moved(a.dcl, b.dcl, visible_amperes);
}

std::string cell(const Number& value, int decimals)
{
    return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

/// Seconds since 1970 as the local clock, seconds of a scenario as H:MM:SS from its start.
std::string clock_text(double t)
{
    constexpr double first_date = 1e9;
    const auto whole = static_cast<std::int64_t>(t);
    if (t >= first_date) return fmt::format("{:%d. %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(whole)));
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

void print_head(const Scenario& scenario)
{
    std::printf("%s\n%13s %8s %8s %7s %8s %8s %8s  %s\n", scenario.name.c_str(), "time", "V", "A", "SoC", "CVL", "CCL",
                "DCL", "mode; charge; discharge");
}

void print_row(const ScenarioCycle& cycle, const Shown& now)
{
    const Derived& d = cycle.snapshot.derived;
    std::string why = now.mode + "; " + now.charge_reason + "; " + now.discharge_reason;
    if (!now.connection.empty() && now.connection != "Connected") why += "; " + now.connection;
    std::printf("%13s %8s %8s %7s %8s %8s %8s  %s\n", clock_text(cycle.t).c_str(), cell(d.voltage, 2).c_str(),
                cell(d.current, 2).c_str(), cell(d.soc, 1).c_str(), cell(now.cvl, 2).c_str(), cell(now.ccl, 2).c_str(),
                cell(now.dcl, 2).c_str(), why.c_str());
}

PlotPoint point_of(const ScenarioCycle& cycle)
{
    const Derived& d = cycle.snapshot.derived;
    const Limits& limits = cycle.snapshot.limits;
    PlotPoint point;
    point.t = cycle.t;
    point.voltage = d.voltage;
    point.cvl = limits.charge_voltage;
    point.highest_cell = d.max_cell_voltage;
    point.lowest_cell = d.min_cell_voltage;
    point.current = d.current;
    point.ccl = limits.charge.applied;
    point.dcl = limits.discharge.applied;
    point.soc = d.soc;
    point.mode = std::string(limits.charge_mode.view());
    point.reason = std::string(limits.charge.reason.view());
    return point;
}

void print_json(const ScenarioCycle& cycle, const Scenario& scenario, bool name_case)
{
    auto line = replay::to_json(cycle);
    if (name_case) line["case"] = scenario.name;
    std::printf("%s\n", to_text(line).c_str());
}

Result<void> replay_one(const Scenario& scenario, const ReplayOptions& options, bool name_case)
{
    std::vector<PlotPoint> points;
    std::optional<Shown> last;
    const bool only_picture = !options.svg.empty() && !options.json;
    if (!options.json && !only_picture) print_head(scenario);
    replay::run(scenario, [&](const ScenarioCycle& cycle) {
        if (!options.svg.empty()) points.push_back(point_of(cycle));
        if (options.json) return print_json(cycle, scenario, name_case);
        if (only_picture) return;
        const Shown now = shown(cycle);
        if (last && !differs(now, *last)) return;
        print_row(cycle, now);
        last = now;
    });
    if (options.svg.empty()) return {};
    std::string title = std::filesystem::path(options.svg).stem().string();
    std::replace(title.begin(), title.end(), '-', ' ');
    return write_file(options.svg, draw(points, title));
}

/// The configuration of a file, which with --config is in force instead of that of the case.
Result<config::Config> read_config(const std::string& file)
{
    const auto content = read_file(file);
    if (!content) return Failure(content.error());
    const auto loaded = config::load(*content, file);
    for (const auto& issue : loaded.issues) std::fprintf(stderr, "bmsd: %s\n", config::describe(issue).c_str());
    if (loaded.has_errors()) return Failure(file + " has errors");
    return loaded.config;
}

/// Some BMS end the charge by themselves: they are replayed as they are run, without phases.
bool charges_itself(const std::string& type)
{
    const auto all = bms::catalogue();
    return std::any_of(all.begin(), all.end(),
                       [&](const bms::Entry* entry) { return entry->charges_itself && entry->type == type; });
}

int fail(const std::string& reason)
{
    std::fprintf(stderr, "bmsd: %s\n", reason.c_str());
    return 1;
}

}  // namespace

int replay(const ReplayOptions& options)
{
    if (!options.svg.empty()) std::signal(SIGPIPE, SIG_IGN);  // the drawing is made whoever reads the table
    if (const auto free = may_write(options.svg, "<svg"); !options.svg.empty() && !free) return fail(free.error());
    const auto content = read_file(options.file);
    if (!content) return fail(content.error());
    std::optional<config::Config> instead;
    if (!options.config_file.empty()) {
        auto read = read_config(options.config_file);
        if (!read) return fail(read.error());
        instead = std::move(*read);
    }
    if (is_bank_file(*content)) {
        const auto done = replay_bank(*content, options, instead.value_or(config::defaults()));
        return done ? 0 : fail(options.file + ": " + done.error());
    }
    auto scenarios = replay::read_scenarios(*content, config::defaults());
    if (!scenarios) return fail(options.file + ": " + scenarios.error());
    if (!options.only_case.empty())
        std::erase_if(*scenarios, [&](const Scenario& s) { return s.name != options.only_case; });
    if (scenarios->empty())
        return fail(options.only_case.empty() ? "nothing to replay" : "there is no case " + options.only_case);
    if (!options.svg.empty() && scenarios->size() > 1) return fail("--svg draws one case; choose it with --case");
    const bool several = scenarios->size() > 1;
    for (Scenario& scenario : *scenarios) {
        scenario.charges_itself = charges_itself(scenario.type);
        if (instead) scenario.config = *instead;
        if (const auto done = replay_one(scenario, options, several); !done) return fail(done.error());
    }
    return 0;
}

}  // namespace bmsd::cli
