#include "daemon/platform.h"

#include <sys/resource.h>

#include <unistd.h>
#include <algorithm>

#include <cstdlib>
#include <string>

#include "daemon/configuration.h"
#include "daemon/daemon.h"
#include "util/first_line.h"
#include "util/log.h"

namespace bmsd::daemon {
namespace {

constexpr const char* venus_version_file = "/opt/victronenergy/version";

std::string told(const char* file)
{
    const std::string line = first_line(file);
    return line.empty() ? "unknown" : line;
}

}  // namespace

bool on_venus()
{
    return ::access(venus_version_file, R_OK) == 0;
}

void log_platform()
{
    log::info("Venus OS {}, image {}, device {}", told(venus_version_file), told("/etc/venus/image-type"),
              told("/sys/firmware/devicetree/base/model"));
}

std::string default_config_file()
{
    return on_venus() ? "/data/bmsd/config.ini" : "/etc/bmsd/config.ini";
}

std::string default_state_dir()
{
    if (on_venus()) return "/data/bmsd/state";
    if (const char* given = std::getenv("STATE_DIRECTORY")) return given;  // of the systemd unit
    if (::geteuid() == 0) return "/var/lib/bmsd";
    if (const char* state = std::getenv("XDG_STATE_HOME")) return std::string(state) + "/bmsd";
    const char* home = std::getenv("HOME");
    return std::string(home != nullptr ? home : "/tmp") + "/.local/state/bmsd";
}

void raise_file_limit()
{
    constexpr rlim_t enough = 65536;  // where there is no limit at all
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlim_t wanted = std::min(limit.rlim_max, enough);
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = wanted;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace bmsd::daemon
