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
#include "daemon/configuration.h"
#include "daemon/daemon.h"
#include "sim/demo.h"
#include "sim/simulation.h"

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

}  // namespace

int reload(const Common& common)
{
    const auto running = meant_daemon(common.state_dir);
    if (!running) {
        fmt::print(stderr, "bmsd: {}\n", running.error());
        return 1;
    }
    const auto configuration = daemon::load_configuration(running->config_file);
    for (const auto& text : configuration.errors) fmt::print(stderr, "{}\n", text);
    for (const auto& text : configuration.warnings) fmt::print(stderr, "{}\n", text);
    if (::kill(static_cast<pid_t>(std::stol(running->process)), SIGHUP) != 0) {
        fmt::print(stderr, "bmsd: the daemon ({}) cannot be told: {}{}\n", running->process, std::strerror(errno),
                   errno == EPERM ? "; it runs as another user: sudo bmsd reload" : "");
        return 1;
    }
    const std::string& read = configuration.file.empty() ? "the defaults" : configuration.file;
    if (!configuration.errors.empty()) {
        fmt::print(stderr, "bmsd: {} is refused, the configuration before stays in force\n", read);
        return 1;
    }
    const auto warnings = configuration.warnings.size();
    fmt::print("the daemon ({}) reads {}: {} warning{}\n", running->process, read, warnings, warnings == 1 ? "" : "s");
    return 0;
}

}  // namespace bmsd::cli
