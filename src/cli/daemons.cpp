#include "cli/daemons.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "bus/connection.h"
#include "link/serial.h"
#include "util/file.h"

namespace bmsd::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* system_bus = "unix:path=/var/run/dbus/system_bus_socket";

std::vector<std::string> parts_of(const std::string& file)
{
    std::vector<std::string> parts;
    std::istringstream content(read_file(file).value_or(""));
    for (std::string part; std::getline(content, part, '\0');) parts.push_back(part);
    return parts;
}

/// The value of an option, "--name value" or "--name=value", as a path that does not depend on the folder.
std::string path_option(const std::vector<std::string>& words, std::string_view name, const fs::path& folder)
{
    std::string value;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == name && i + 1 < words.size()) value = words[i + 1];
        if (words[i].starts_with(name) && words[i].substr(name.size()).starts_with('='))
            value = words[i].substr(name.size() + 1);
    }
    return value.empty() || value.front() == '/' ? value : (folder / value).lexically_normal().string();
}

/// The first of the two variables that is set, as bus::bus_address() takes them.
std::string bus_of(const std::vector<std::string>& environment)
{
    for (const std::string_view name : {"DBUS_SESSION_BUS_ADDRESS=", "DBUS_SYSTEM_BUS_ADDRESS="})
        for (const auto& variable : environment)
            if (variable.starts_with(name) && variable.size() > name.size()) return variable.substr(name.size());
    return environment.empty() ? "" : system_bus;
}

/// The bus of a daemon that cannot be asked is that of the system: it is a service.
std::string address_of(const RunningDaemon& daemon)
{
    return daemon.bus.empty() ? std::string(system_bus) : daemon.bus;
}

/// Without what a bus adds to its own address: the same bus, seen by two programs.
std::string_view place_of(std::string_view address)
{
    return address.substr(0, address.find(",guid="));
}

}  // namespace

std::vector<RunningDaemon> running_daemons(const std::string& root)
{
    std::vector<RunningDaemon> daemons;
    std::error_code error;
    for (const auto& process : fs::directory_iterator(root + "/proc", error)) {
        const std::string id = process.path().filename().string(), at = process.path().string() + "/";
        const bool number = !id.empty() && id.find_first_not_of("0123456789") == id.npos;
        if (!number || !read_file(at + "comm").value_or("").starts_with("bmsd\n")) continue;
        const auto words = parts_of(at + "cmdline");
        if (std::ranges::find(words, "run") == words.end()) continue;
        const auto top = fs::read_symlink(at + "root", error);
        if (!error && top != "/") continue;  // a machine of its own, whose paths mean something else here
        const auto folder = fs::read_symlink(at + "cwd", error);
        daemons.push_back({id, bus_of(parts_of(at + "environ")), path_option(words, "--state-dir", folder),
                           path_option(words, "--config", folder)});
    }
    std::ranges::sort(daemons, {}, [](const RunningDaemon& d) { return std::make_pair(d.process.size(), d.process); });
    return daemons;
}

const RunningDaemon* on_bus(const std::vector<RunningDaemon>& daemons, const std::string& address)
{
    const auto found = std::ranges::find_if(
        daemons, [&](const RunningDaemon& daemon) { return place_of(address_of(daemon)) == place_of(address); });
    return found == daemons.end() ? nullptr : &*found;
}

std::string lock_holder(const std::string& pid_file)
{
    const link::Fd file(::open(pid_file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    if (!file || ::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return {};  // nobody holds it
    const auto content = read_file(pid_file).value_or("");
    std::string process = content.substr(0, content.find('\n'));
    const bool number = !process.empty() && process.find_first_not_of("0123456789") == process.npos;
    if (!number || !read_file("/proc/" + process + "/comm").value_or("").starts_with("bmsd\n")) return {};
    std::error_code error;
    const auto real = fs::canonical(pid_file, error);
    bool readable = false;
    for (const auto& fd : fs::directory_iterator("/proc/" + process + "/fd", error)) {
        readable = true;
        if (fs::read_symlink(fd.path(), error) == real) return process;
    }
    return readable ? "" : process;  // of another user: the signal will be refused if it may not be sent
}

BusChoice choose_bus(const std::string& address, bool chosen, const std::vector<RunningDaemon>& daemons)
{
    if (daemons.empty()) return {address, "", ""};
    if (const auto* daemon = on_bus(daemons, address)) {
        const bool guessed = daemon->bus.empty();
        return {
            address, "",
            guessed ? fmt::format("bmsd ({}) runs as another user: with sudo its bus is found", daemon->process) : ""};
    }
    const auto& other = daemons.front();
    const std::string there = address_of(other);
    if (!chosen) return {there, fmt::format("bus of bmsd ({}): {}", other.process, there), ""};
    return {address, "",
            fmt::format("bmsd ({}) is on another bus: DBUS_SESSION_BUS_ADDRESS='{}' reaches it", other.process, there)};
}

BusChoice choose_bus(const std::vector<RunningDaemon>& daemons)
{
    const char* named = std::getenv("DBUS_SESSION_BUS_ADDRESS");
    const std::string login = fmt::format("unix:path=/run/user/{}/bus", ::getuid());
    const bool chosen = named != nullptr && *named != '\0' && place_of(named) != login;
    return choose_bus(bus::bus_address(), chosen, daemons);
}

}  // namespace bmsd::cli
