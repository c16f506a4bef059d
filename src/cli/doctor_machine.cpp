// What bmsd doctor looks at on the machine: configuration, daemon, ports, bus, settings of the GX device.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/doctor_checks.h"
#include "daemon/configuration.h"
#include "util/version.h"
#include "venus/bank_service.h"

namespace bmsd::cli {
namespace {

Answer configuration(const DoctorFacts& facts)
{
    auto all = facts.config_errors;
    all.insert(all.end(), facts.config_warnings.begin(), facts.config_warnings.end());
    const auto verdict = facts.config_errors.empty() ? Verdict::warning : Verdict::problem;
    if (!all.empty()) return Answered{verdict, fmt::format("{}", fmt::join(all, "\n"))};
    return Answered{Verdict::ok, facts.windows_line_ends ? "no problems, line ends of Windows" : "no problems"};
}

Answer versions(const DoctorFacts& facts)
{
    const std::string venus = facts.machine.venus.empty() ? "no Venus OS" : "Venus OS " + facts.machine.venus;
    return Answered{Verdict::ok, fmt::format("bmsd {}, {}", version, venus)};
}

std::string megabytes(const std::optional<double>& value, int decimals)
{
    return value ? fmt::format("{:.{}f} MB", *value, decimals) : "unknown";
}

constexpr double least_free = 2;  // MB in the state folder

Answer state_folder(const DoctorFacts& facts)
{
    const auto& machine = facts.machine;
    if (!machine.state_problem.empty()) {
        const bool read_only = machine.state_problem.find("read-only") != std::string::npos;
        return Answered{read_only ? Verdict::problem : Verdict::warning, machine.state_problem,
                        read_only
                            ? "batteries are served, but names, instances and counters are lost at the next start: "
                              "look for errors of the medium (dmesg), then restart the device"
                            : ""};
    }
    if (!machine.state_free) return {};
    return Answered{*machine.state_free < least_free ? Verdict::problem : Verdict::ok,
                    megabytes(machine.state_free, 0) + " free"};
}

// The watchdog of Venus OS reboots at 10 over 5 minutes, 6 over 15 minutes, 10 MB (core/venus-install.md section 11).
constexpr double high_load_5 = 8, high_load_15 = 5, low_memory = 30;

Answer load(const DoctorFacts& facts)
{
    const auto& machine = facts.machine;
    if (!machine.load_5 || !machine.load_15) return {};
    const bool watched = !machine.venus.empty();  // elsewhere a high load may be what a machine is for
    const bool high = watched && (*machine.load_5 > high_load_5 || *machine.load_15 > high_load_15);
    const bool tight = machine.memory_available && *machine.memory_available < low_memory;
    return Answered{high || tight ? Verdict::warning : Verdict::ok,
                    fmt::format("{} over 5 minutes, {} over 15, memory available: {}", *machine.load_5,
                                *machine.load_15, megabytes(machine.memory_available, 0))};
}

constexpr double much_cpu = 0.05;  // of a core

Answer daemon_cost(const DoctorFacts& facts)
{
    const auto& machine = facts.machine;
    if (!machine.daemon_cpu) {
        const std::string elsewhere = facts.other_daemons.empty() ? "" : "; there is " + facts.other_daemons;
        return Answered{Verdict::warning, "no daemon runs with this state folder" + elsewhere};
    }
    return Answered{
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
        return Answered{left ? Verdict::ok : Verdict::problem,
                        fmt::format("dbus-serialbattery runs on {}{}", fmt::join(on, ", "),
                                    left ? ", left to it by EXCLUDED_DEVICES" : "")};
    }
    if (machine.old_driver_enabled)
        return Answered{Verdict::warning, "dbus-serialbattery is switched on, but runs on no port now",
                        "it gets its turn on each port, and comes back at each boot: /data/apps/bmsd/scripts/enable.sh "
                        "switches it off, and disable.sh --back on again"};
    if (machine.old_driver.empty()) return {};
    return Answered{Verdict::ok, machine.old_driver + " is there, switched off"};
}

Answer media(const DoctorFacts& facts)
{
    if (facts.machine.venus.empty()) return {};
    if (facts.machine.archive.empty()) return Answered{Verdict::ok, "nothing to install"};
    return Answered{Verdict::warning, facts.machine.archive};
}

Answer pages(const DoctorFacts& facts)
{
    if (facts.machine.venus.empty()) return {};
    return Answered{facts.machine.changed_pages ? Verdict::warning : Verdict::ok,
                    facts.machine.changed_pages ? "covered by those of another package" : "as Venus OS has them"};
}

Answer names(const DoctorFacts& facts)
{
    if (!facts.config.use_port_as_unique_id) return {};
    return Answered{Verdict::warning, "USE_PORT_AS_UNIQUE_ID: they hang on the port"};
}

Answer several(const DoctorFacts& facts)
{
    const bool bank = facts.bus.batteries.contains(std::string(venus::bank_service));
    const std::size_t count = facts.bus.batteries.size() - (bank ? 1 : 0);
    if (count < 2) return {};
    const auto limits = std::ranges::count_if(facts.bus.batteries, [](const auto& battery) {
        return number(battery.second, "/Info/MaxChargeVoltage").has_value();
    });
    const bool chosen = !facts.bus.controlling.empty();
    Answered result{Verdict::ok,
                    fmt::format("{} batteries{}; the power system obeys {}", count, bank ? " and their aggregate" : "",
                                chosen ? facts.bus.controlling : "one of them")};
    if (limits > 1 && !chosen && facts.bus.system) result.verdict = Verdict::warning;
    return result;
}

Answer handed_over(const DoctorFacts& facts)
{
    if (facts.machine.venus.empty() || !facts.config.serial_starter_enabled) return {};
    return Answered{facts.machine.handed_over ? Verdict::ok : Verdict::problem,
                    facts.machine.handed_over ? "offers ports to bmsd" : "does not know bmsd"};
}

Answer ports(const DoctorFacts& facts)
{
    Answered result{Verdict::ok, ""};
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
    return Answered{*facts.bus.dvcc > 0 ? Verdict::ok : Verdict::problem, *facts.bus.dvcc > 0 ? "on" : "off"};
}

Answer controlling(const DoctorFacts& facts)
{
    if (facts.bus.controlling.empty()) return {};
    return Answered{facts.bus.batteries.contains(facts.bus.controlling) ? Verdict::ok : Verdict::warning,
                    facts.bus.controlling};
}

/// The battery whose SoC the GX device shows and whose alarms it handles.
Answer monitor(const DoctorFacts& facts)
{
    if (facts.bus.monitor.empty() || facts.bus.batteries.empty()) return {};
    const bool ours = std::ranges::any_of(
        facts.bus.batteries, [&](const auto& battery) { return monitor_name(battery.second) == facts.bus.monitor; });
    return Answered{ours ? Verdict::ok : Verdict::warning, facts.bus.monitor};
}

Answer sensor(const DoctorFacts& facts)
{
    if (!facts.config.external_sensor_dbus_device || !facts.bus_problem.empty()) return {};
    return Answered{facts.bus.sensor ? Verdict::ok : Verdict::problem, *facts.config.external_sensor_dbus_device};
}

Answer bus(const DoctorFacts& facts)
{
    if (!facts.bus_problem.empty())
        return Answered{Verdict::problem, fmt::format("{}: {}", facts.bus_address, facts.bus_problem), facts.bus_hint};
    return Answered{Verdict::ok, facts.bus_address};
}

Answer batteries(const DoctorFacts& facts)
{
    if (!facts.bus_problem.empty()) return {};
    Answered answer{facts.bus.batteries.empty() ? Verdict::problem : Verdict::ok,
                    fmt::format("{} on the bus", facts.bus.batteries.size())};
    if (facts.bus.batteries.empty()) answer.advice = facts.bus_hint;
    return answer;
}

Answer http_server(const DoctorFacts& facts)
{
    const auto& network = facts.network;
    if (network.address.empty() || !facts.machine.daemon_cpu) return {};
    if (!network.problem.empty())
        return Answered{Verdict::problem, network.address + " does not answer: " + network.problem};
    return Answered{Verdict::ok, network.address + " answers"};
}

/// By what the daemon counts; where its server is off only the settings are known, which have a check of their own.
Answer influxdb(const DoctorFacts& facts)
{
    const auto count = [&](std::string_view name) { return metric(facts.network.metrics, name); };
    const auto sent = count("bmsd_influx_sent_lines_total");
    if (!sent) return {};
    const double refused = count("bmsd_influx_refused_lines_total").value_or(0);
    const double dropped = count("bmsd_influx_dropped_lines_total").value_or(0);
    const double failed = count("bmsd_influx_failed_requests_total").value_or(0);
    const auto text = fmt::format("{:.0f} lines sent, {:.0f} refused, {:.0f} dropped, {:.0f} requests failed", *sent,
                                  refused, dropped, failed);
    const bool nothing = *sent <= 0 && failed > 0;
    return Answered{nothing ? Verdict::problem : refused + dropped > 0 ? Verdict::warning : Verdict::ok, text};
}

Answer adapters(const DoctorFacts& facts)
{
    return Answered{facts.machine.ports.size() > 8 ? Verdict::warning : Verdict::ok,
                    fmt::format("{} serial adapters", facts.machine.ports.size())};
}

constexpr MachineCheck checks[]{
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
    {"battery monitor", monitor,
     "SoC and alarms of another device are shown: Settings, System setup, Battery monitor (a choice, if it was meant)"},
    {"several batteries", several,
     "choose whose limits are obeyed: Settings, System setup, Charge control, Controlling BMS"},
    {"names", names,
     "name and history follow the port; put adapters back where they were, or give the BMS serial numbers"},
    {"external sensor", sensor, "it is not on the bus: EXTERNAL_SENSOR_DBUS_DEVICE, or its device is off"},
    {"HTTP server", http_server,
     "another program may have the port, or the address is not of this machine: WEB_LISTEN"},
    {"InfluxDB", influxdb, "the log says what its server answers: INFLUX_URL, INFLUX_VERSION, bucket and token"},
    {"adapters", adapters, "a GX device takes about 8: put several batteries on one line with BATTERY_ADDRESSES"},
};

}  // namespace

std::span<const MachineCheck> machine_checks()
{
    return checks;
}

}  // namespace bmsd::cli
