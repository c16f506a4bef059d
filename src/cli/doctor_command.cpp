// bmsd doctor: gathers the facts and prints what the checks say of them.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/commands.h"
#include "cli/daemons.h"
#include "cli/doctor.h"
#include "cli/screen.h"
#include "daemon/configuration.h"
#include "daemon/ports.h"
#include "link/ble/bluez.h"
#include "model/json.h"
#include "util/file.h"
#include "util/log.h"

namespace bmsd::cli {
namespace {

constexpr double can_seconds = 1.5;  // more than a second: an inverter is told once in each

void print_json(const std::vector<Finding>& findings)
{
    boost::json::array list;
    for (const auto& finding : findings)
        list.push_back(boost::json::object{{"check", finding.check},
                                           {"battery", finding.about},
                                           {"verdict", name_of(finding.verdict)},
                                           {"found", finding.found},
                                           {"advice", finding.advice}});
    fmt::print("{}\n", bmsd::to_text(list));
}

}  // namespace

DoctorFacts gather_facts(const Common& common)
{
    RealLoop loop;
    const auto daemons = running_daemons("");
    const auto choice = choose_bus(daemons);
    DoctorFacts facts;
    facts.bus_address = choice.address;
    facts.bus_told = choice.told;
    facts.bus_hint = choice.hint;
    facts.state_dir = common.state_dir;
    std::string config_file = common.config_file;
    if (const auto* daemon = on_bus(daemons, choice.address)) {  // what is not named is as the daemon has it
        if (facts.state_dir.empty()) facts.state_dir = daemon->state_dir;
        if (config_file.empty()) config_file = daemon->config_file;
    }
    for (const auto& daemon : daemons)
        facts.other_daemons += fmt::format("{}bmsd ({}){}{}", facts.other_daemons.empty() ? "" : ", ", daemon.process,
                                           daemon.state_dir.empty() ? "" : " with ", daemon.state_dir);
    auto configuration = daemon::load_configuration(config_file);
    facts.config = std::move(configuration.config);
    facts.config_file = std::move(configuration.file);
    facts.config_errors = std::move(configuration.errors);
    facts.config_warnings = std::move(configuration.warnings);
    const auto content = read_regular_file(facts.config_file, 1U << 20);
    facts.windows_line_ends = content && content->find('\r') != std::string::npos;
    const auto ports = daemon::PortWatch(loop, "/dev", [](const std::string&) {}).present();
    facts.machine = look_at_machine("", facts.state_dir, {ports.begin(), ports.end()});
    facts.can = look_at_can(facts.config, can_seconds);
    facts.bluetooth = look_at_bluetooth(loop, link::system_bus_address(), "", facts.config);
    facts.network = look_at_network(loop, facts.config);
    if (auto bus = read_bus(loop, choice.address, facts.config.external_sensor_dbus_device.value_or(""))) {
        facts.bus = std::move(*bus);
    } else {
        facts.bus_problem = bus.error();
    }
    return facts;
}

int doctor(const DoctorOptions& options)
{
    log::set_level(log::Level::error);
    const auto facts = gather_facts(options.common);
    if (!facts.bus_told.empty()) fmt::print(stderr, "bmsd: {}\n", facts.bus_told);
    const auto findings = examine(facts);
    if (options.json) {
        print_json(findings);
    } else {
        fmt::print("{}", to_text(findings, terminal_size().columns));
    }
    const bool problems = std::ranges::any_of(findings, [](const Finding& f) { return f.verdict == Verdict::problem; });
    return problems ? 1 : 0;
}

}  // namespace bmsd::cli
