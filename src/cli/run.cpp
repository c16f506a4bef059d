// bmsd run, bmsd claim and bmsd reload.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/commands.h"
#include "cli/daemons.h"
#include "cli/support.h"
#include "cli/usage.h"
#include "config/ble_entry.h"
#include "config/load.h"
#include "config/schema.h"
#include "config/value.h"
#include "daemon/configuration.h"
#include "daemon/daemon.h"
#include "sim/demo.h"
#include "sim/simulation.h"
#include "util/file.h"

namespace bmsd::cli {

int run(const RunOptions& options)
{
    std::vector<std::string> ports = options.ports;
    if (ports == std::vector<std::string>{"demo"}) ports.assign(std::begin(sim::demo_ports), std::end(sim::demo_ports));
    for (const auto& port : ports) {
        if (const auto sketch = sim::parse_sketch(port); port.starts_with("sim:") && !sketch) {
            fmt::print(stderr, "bmsd: {}: {}\n", port, sketch.error());
            return usage_failure;
        }
        const auto usable = look_at_port(port);
        if (!usable) fmt::print(stderr, "bmsd: {}: {}; it is served as soon as it can be\n", port, usable.error());
    }
    daemon::Daemon daemon({std::move(ports), options.common.config_file, options.common.state_dir,
                           options.device_folder, options.lock_folder, options.claim_socket});
    return daemon.run();
}

int claim(const ClaimOptions& options)
{
    const auto program = std::filesystem::read_symlink("/proc/self/exe").replace_filename("bmsd-claim");
    ::execl(program.c_str(), "bmsd-claim", options.socket.c_str(), options.port.c_str(), "lock", nullptr);
    std::fprintf(stderr, "bmsd: %s: %s\n", program.c_str(), std::strerror(errno));
    return 1;
}

namespace {

/// The daemon that is meant: that of the state folder that was named, or of the usual one, or the only one there is.
Result<RunningDaemon> meant_daemon(const std::string& state_dir)
{
    const auto all = running_daemons("");
    std::string process = lock_holder(daemon::pid_file(state_dir));
    if (process.empty() && state_dir.empty() && all.size() == 1)
        process = lock_holder(daemon::pid_file(all[0].state_dir));
    const auto found = std::ranges::find(all, process, &RunningDaemon::process);
    if (found != all.end()) return *found;
    std::string others;
    for (const auto& other : all)
        others += fmt::format("{}bmsd ({}): --state-dir {}", others.empty() ? "; there is " : ", ", other.process,
                              other.state_dir.empty() ? daemon::default_state_dir() : other.state_dir);
    return Failure(fmt::format("no daemon runs with the state folder of {}{}", daemon::pid_file(state_dir), others));
}

constexpr std::string_view read_at_start[]{"BMS_TYPE", "BATTERY_ADDRESSES", "EXCLUDED_DEVICES",
                                           "BATTERY_CELL_DATA_FORMAT"};

/// Keys by which they differ, but for secrets: those are not kept beside the daemon.
std::vector<std::string_view> changes(const config::Config& in_force, const config::Config& wanted)
{
    auto names = config::diff(in_force, wanted);
    std::erase_if(names, [](std::string_view name) { return config::find(name)->sensitive; });
    return names;
}

/// What the daemon keeps; nothing: its state folder cannot be written, or not be read by this user.
std::optional<config::Config> in_force(const std::string& file)
{
    const auto text = read_file(file);
    if (!text) return std::nullopt;
    return config::load(*text).config;
}

/// What a refused file changes all the same (core/charge-control.md section 15, number 17); empty: nothing.
std::string lowered(const config::Config& before, const config::Config& refused)
{
    const double charge = std::min(before.max_battery_charge_current, refused.max_battery_charge_current);
    const double discharge = std::min(before.max_battery_discharge_current, refused.max_battery_discharge_current);
    if (charge == before.max_battery_charge_current && discharge == before.max_battery_discharge_current) return {};
    return fmt::format(", but until it is mended with at most {} A charge and {} A discharge", charge, discharge);
}

Task<void> until_taken(Loop& loop, const std::string& file, const config::Config& wanted)
{
    for (;;) {
        const auto now = in_force(file);
        if (now && changes(*now, wanted).empty()) co_return;
        co_await loop.sleep(std::chrono::milliseconds(50));
    }
}

/// The daemon takes a new configuration within some seconds, and says so by what it keeps.
bool taken(const std::string& file, const config::Config& wanted)
{
    RealLoop loop;
    return run_task(loop, until_taken(loop, file, wanted), std::chrono::seconds(5));
}

std::string value_text(const config::Config& config, std::string_view key)
{
    std::string text = config::to_text(config::value_of(config, key));
    if (config::find(key)->item == config::Item::ble) text = config::without_passwords(text);
    return text.empty() ? "(empty)" : text;
}

void tell_changes(const config::Config& before, const config::Config& after)
{
    for (const auto key : changes(before, after)) {
        const bool late = std::ranges::find(read_at_start, key) != std::end(read_at_start);
        fmt::print("  {}: {}, was {}{}\n", key, value_text(after, key), value_text(before, key),
                   late ? "; needs a restart" : "");
    }
}

}  // namespace

int reload(const Common& common)
{
    const auto running = meant_daemon(common.state_dir);
    if (!running) {
        fmt::print(stderr, "bmsd: {}\n", running.error());
        return 1;
    }
    const auto configuration = daemon::load_configuration(running->config_file);
    const std::string kept = daemon::in_force_file(running->state_dir);
    const auto before = in_force(kept);
    for (const auto& text : configuration.errors) fmt::print(stderr, "{}\n", text);
    for (const auto& text : configuration.warnings) fmt::print(stderr, "{}\n", text);
    if (::kill(static_cast<pid_t>(std::stol(running->process)), SIGHUP) != 0) {
        fmt::print(stderr, "bmsd: the daemon ({}) cannot be told: {}{}\n", running->process, std::strerror(errno),
                   errno == EPERM ? "; it runs as another user: sudo bmsd reload" : "");
        return 1;
    }
    const std::string& read = configuration.file.empty() ? "the defaults" : configuration.file;
    if (!configuration.errors.empty()) {
        fmt::print(stderr, "bmsd: {} is refused, the configuration before stays in force{}\n", read,
                   before ? lowered(*before, configuration.config) : "");
        return 1;
    }
    const auto warnings = configuration.warnings.size();
    const std::string counted = fmt::format("{} warning{}", warnings, warnings == 1 ? "" : "s");
    if (!before) {
        fmt::print("the daemon ({}) reads {}: {}\n", running->process, read, counted);
        return 0;
    }
    if (!taken(kept, configuration.config)) {
        fmt::print(stderr, "bmsd: the daemon ({}) was told, but does not say that it has read {}: see its log\n",
                   running->process, read);
        return 1;
    }
    const auto changed = changes(*before, configuration.config).size();
    fmt::print("the daemon ({}) uses {}: {} value{} changed, {}\n", running->process, read, changed,
               changed == 1 ? "" : "s", counted);
    tell_changes(*before, configuration.config);
    return 0;
}

}  // namespace bmsd::cli
