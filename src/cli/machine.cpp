#include "cli/machine.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "daemon/daemon.h"
#include "util/file.h"
#include "util/first_line.h"

namespace bmsd::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kilo = 1024;

std::vector<std::string> words_of(const std::string& text)
{
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

std::optional<double> to_number(const std::string& text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return {};
    return value;
}

bool is_process(const fs::path& folder)
{
    return to_number(folder.filename().string()).has_value();
}

/// The value of a line "NAME: value kB" of a file below /proc, MB.
std::optional<double> megabytes(const std::string& file, std::string_view name)
{
    const auto content = read_file(file);
    if (!content) return {};
    std::istringstream lines(*content);
    for (std::string line; std::getline(lines, line);) {
        const auto words = words_of(line);
        if (words.size() < 2 || words[0] != fmt::format("{}:", name)) continue;
        const auto value = to_number(words[1]);
        return value ? std::optional(*value / kilo) : std::nullopt;
    }
    return {};
}

bool simulates(const fs::path& process)
{
    const auto words = read_file((process / "cmdline").string()).value_or("");
    const auto first = words.find('\0');
    return first != words.npos && std::string_view(words).substr(first + 1).starts_with("simulate");
}

PortFacts port_facts(const std::string& root, const std::string& path)
{
    const auto holder = holder_of(root, path);
    return {path, ::access((root + path).c_str(), R_OK | W_OK) == 0, holder.starts_with("bmsd ") ? "" : holder};
}

std::string old_driver(const std::string& root)
{
    for (const char* folder : {"/data/apps/dbus-serialbattery", "/data/etc/dbus-serialbattery"})
        if (fs::exists(root + folder)) return folder;
    return {};
}

bool old_driver_enabled(const std::string& root)
{
    if (fs::exists(root + "/data/conf/serial-starter.d/dbus-serialbattery.conf")) return true;
    std::istringstream lines(read_file(root + "/data/rc.local").value_or(""));
    for (std::string line; std::getline(lines, line);)
        if (line.find("dbus-serialbattery/enable.sh --boot") != line.npos && !line.starts_with("#") &&
            !line.starts_with(": #bmsd# "))  // switched off by packaging/venus/scripts/start-files.sh
            return true;
    return false;
}

/// Whether supervise has a process for the service: its number is in bytes 12 to 15 of the status, lowest first.
bool service_runs(const std::string& root, const fs::path& service)
{
    constexpr std::size_t begin = 12, end = 16;
    const auto status = read_file(service / "supervise/status");
    if (!status || status->size() < end) return false;
    std::uint32_t process = 0;
    for (std::size_t i = end; i-- > begin;) process = process << 8U | static_cast<unsigned char>((*status)[i]);
    return process != 0 && fs::exists(fmt::format("{}/proc/{}", root, process));
}

std::vector<std::string> old_driver_on(const std::string& root)
{
    constexpr std::string_view prefix = "dbus-serialbattery.";
    std::vector<std::string> ports;
    std::error_code error;
    for (const auto& service : fs::directory_iterator(root + "/service", error)) {
        const std::string name = service.path().filename().string();
        if (name.starts_with(prefix) && service_runs(root, service.path())) ports.push_back(name.substr(prefix.size()));
    }
    std::ranges::sort(ports);
    return ports;
}

/// Venus OS installs `venus-data*` of every medium at each boot, with the config.ini beside it.
std::string waiting_archive(const std::string& root)
{
    std::error_code error;
    for (const auto& medium : fs::directory_iterator(root + "/media", error)) {
        for (const auto& file : fs::directory_iterator(medium.path(), error)) {
            const std::string name = file.path().filename().string();
            const bool put_away = name.find("_installed") != name.npos || name.find("_failed") != name.npos;
            if (name.starts_with("venus-data") && !put_away && !name.ends_with(".log"))
                return file.path().string().substr(root.size());
        }
    }
    return {};
}

bool pages_are_overlaid(const std::string& root)
{
    const auto mounts = read_file(root + "/proc/mounts");
    if (!mounts) return false;
    std::istringstream lines(*mounts);
    for (std::string line; std::getline(lines, line);) {
        const auto words = words_of(line);  // source, place, type
        const bool pages = words.size() > 2 &&
                           (words[1].starts_with("/opt/victronenergy/gui") || words[1].starts_with("/var/www/venus"));
        if (pages && words[2] == "overlay") return true;
    }
    return false;
}

/// Ticks of the processor since its start, and its share of a core since then.
std::optional<double> cpu_share(const std::string& root, const std::string& process)
{
    const auto content = read_file(fmt::format("{}/proc/{}/stat", root, process));
    const auto uptime = words_of(first_line(root + "/proc/uptime"));
    if (!content || uptime.empty() || content->rfind(')') == std::string::npos) return {};
    const auto fields = words_of(content->substr(content->rfind(')') + 1));  // from the third one on
    constexpr std::size_t user = 11, system = 12, start = 19;
    if (fields.size() <= start) return {};
    const auto used = [&](std::size_t index) { return to_number(fields[index]).value_or(0); };
    const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const double age = to_number(uptime[0]).value_or(0) - used(start) / ticks;
    return age > 0 ? std::optional((used(user) + used(system)) / ticks / age) : std::nullopt;
}

/// Whether the capability to administer the network is among those in effect.
std::optional<bool> may_set_links(const std::string& status)
{
    constexpr unsigned net_admin = 12;
    constexpr std::string_view name = "CapEff:";
    std::istringstream lines(read_file(status).value_or(""));
    for (std::string line; std::getline(lines, line);) {
        const auto words = words_of(line);
        if (words.size() != 2 || words[0] != name) continue;
        std::uint64_t set = 0;
        const auto [end, error] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), set, 16);
        return error == std::errc() ? std::optional((set >> net_admin & 1U) != 0) : std::nullopt;
    }
    return {};
}

void look_at_daemon(const std::string& root, const std::string& state_dir, MachineFacts& facts)
{
    const std::string process = first_line(root + daemon::pid_file(state_dir));
    if (process.empty() || first_line(fmt::format("{}/proc/{}/comm", root, process)) != "bmsd") return;
    facts.daemon_cpu = cpu_share(root, process);
    const std::string status = fmt::format("{}/proc/{}/status", root, process);
    facts.daemon_memory = megabytes(status, "VmRSS");
    facts.daemon_sets_links = may_set_links(status);
}

void look_at_state(const std::string& folder, MachineFacts& facts)
{
    if (::access(folder.c_str(), W_OK) != 0) {
        const std::string folder_is = errno == EROFS    ? "lies on a read-only file system"
                                      : errno == ENOENT ? "is not there"
                                                        : "is not writable by this user";
        facts.state_problem = fmt::format("{} {}", folder, folder_is);
    }
    struct statvfs space {};
    if (::statvfs(folder.c_str(), &space) == 0)
        facts.state_free = static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize) / kilo / kilo;
}

}  // namespace

std::string holder_of(const std::string& root, const std::string& port)
{
    std::error_code error;
    const auto real = root.empty() ? fs::canonical(port, error).string() : port;  // a link names no device
    for (const auto& process : fs::directory_iterator(root + "/proc", error)) {
        const std::string id = process.path().filename().string();
        if (!is_process(process.path()) || id == std::to_string(::getpid())) continue;
        const std::string name = first_line(process.path().string() + "/comm");
        for (const auto& fd : fs::directory_iterator(process.path() / "fd", error)) {
            // the simulator holds its own pseudo terminal: it is the battery, not a user of the port
            if (fs::read_symlink(fd.path(), error) == real && !(name == "bmsd" && simulates(process.path())))
                return fmt::format("{} ({})", name, id);
        }
    }
    return {};
}

MachineFacts look_at_machine(const std::string& root, const std::string& state_dir,
                             const std::vector<std::string>& ports)
{
    MachineFacts facts;
    for (const auto& port : ports) facts.ports.push_back(port_facts(root, port));
    facts.venus = first_line(root + "/opt/victronenergy/version");
    facts.device = first_line(root + "/sys/firmware/devicetree/base/model");
    facts.old_driver = old_driver(root);
    facts.old_driver_enabled = old_driver_enabled(root);
    facts.old_driver_on = old_driver_on(root);
    facts.archive = waiting_archive(root);
    facts.changed_pages = pages_are_overlaid(root);
    facts.handed_over = fs::exists(root + "/data/conf/serial-starter.d/zz-bmsd.conf");
    look_at_state(root + (state_dir.empty() ? daemon::default_state_dir() : state_dir), facts);
    const auto load = words_of(first_line(root + "/proc/loadavg"));
    if (load.size() >= 3) {
        facts.load_5 = to_number(load[1]);
        facts.load_15 = to_number(load[2]);
    }
    facts.memory_available = megabytes(root + "/proc/meminfo", "MemAvailable");
    look_at_daemon(root, state_dir, facts);
    return facts;
}

}  // namespace bmsd::cli
