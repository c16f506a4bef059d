// bmsd run, bmsd claim and bmsd reload.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "cli/commands.h"
#include "cli/support.h"
#include "daemon/configuration.h"
#include "daemon/daemon.h"
#include "sim/demo.h"
#include "util/file.h"

namespace bmsd::cli {

int run(const RunOptions& options)
{
    std::vector<std::string> ports = options.ports;
    if (ports == std::vector<std::string>{"demo"}) ports.assign(std::begin(sim::demo_ports), std::end(sim::demo_ports));
    for (const auto& port : ports) {
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

/// The file the daemon `process` was told to read, as its command line says; empty: the usual place.
std::string configuration_of(const std::string& process)
{
    namespace fs = std::filesystem;
    std::vector<std::string> words;
    std::istringstream line(read_file("/proc/" + process + "/cmdline").value_or(""));
    for (std::string word; std::getline(line, word, '\0');) words.push_back(word);
    constexpr std::string_view option = "--config";
    std::string file;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == option && i + 1 < words.size()) file = words[i + 1];
        if (words[i].starts_with("--config=")) file = words[i].substr(option.size() + 1);
    }
    if (file.empty() || file.front() == '/') return file;
    std::error_code error;
    return (fs::read_symlink("/proc/" + process + "/cwd", error) / file).string();
}

std::string first_line(const std::string& file)
{
    const auto content = read_file(file).value_or("");
    return content.substr(0, content.find('\n'));
}

}  // namespace

int reload(const Common& common)
{
    const std::string file = daemon::pid_file(common.state_dir);
    const std::string process = first_line(file);
    const long pid = std::strtol(process.c_str(), nullptr, 10);
    if (pid <= 0 || first_line("/proc/" + std::to_string(pid) + "/comm") != "bmsd") {
        fmt::print(stderr, "bmsd: no daemon runs with the state folder of {}\n", file);
        return 1;
    }
    const auto configuration = daemon::load_configuration(configuration_of(std::to_string(pid)));
    for (const auto& text : configuration.errors) fmt::print(stderr, "{}\n", text);
    for (const auto& text : configuration.warnings) fmt::print(stderr, "{}\n", text);
    if (::kill(static_cast<pid_t>(pid), SIGHUP) != 0) {
        fmt::print(stderr, "bmsd: the daemon ({}) cannot be told: {}\n", pid, std::strerror(errno));
        return 1;
    }
    const std::string& read = configuration.file.empty() ? "the defaults" : configuration.file;
    if (!configuration.errors.empty()) {
        fmt::print(stderr, "bmsd: {} is refused, the configuration before stays in force\n", read);
        return 1;
    }
    fmt::print("the daemon ({}) reads {}: {} warning(s)\n", pid, read, configuration.warnings.size());
    return 0;
}

}  // namespace bmsd::cli
