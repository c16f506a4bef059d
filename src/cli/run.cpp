// bmsd run, bmsd claim and bmsd reload.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/commands.h"
#include "daemon/daemon.h"
#include "sim/demo.h"
#include "util/file.h"

namespace bmsd::cli {

int run(const RunOptions& options)
{
    std::vector<std::string> ports = options.ports;
    if (ports == std::vector<std::string>{"demo"}) ports.assign(std::begin(sim::demo_ports), std::end(sim::demo_ports));
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

int reload(const Common& common)
{
    const std::string file = daemon::pid_file(common.state_dir);
    const auto content = read_file(file);
    const long pid = content ? std::strtol(content->c_str(), nullptr, 10) : 0;
    if (pid <= 0 || ::kill(static_cast<pid_t>(pid), SIGHUP) != 0) {
        std::fprintf(stderr, "bmsd: no daemon runs with the state folder of %s\n", file.c_str());
        return 1;
    }
    return 0;
}

}  // namespace bmsd::cli
