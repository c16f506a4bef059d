#include "cli/support.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/machine.h"
#include "config/ble_entry.h"
#include "link/serial.h"
#include "util/file.h"

namespace bmsd::cli {
namespace {

Task<void> then_stop(RealLoop& loop, Task<void> task)
{
    co_await std::move(task);
    loop.stop();
}

std::string no_permission(const std::string& name)
{
    return fmt::format(
        "no permission: {} belongs to another user or group. Run this as root, or join the group of the port (usually "
        "\"sudo usermod -aG dialout $USER\", then log in again)",
        name);
}

std::string in_use(const std::string& name)
{
    const auto holder = holder_of("", name);
    if (holder.empty()) return "used by another program (as root its name is told here)";
    if (holder.starts_with("bmsd "))
        return fmt::format("used by {}: bmsd watch shows its battery; stop the daemon to read it here", holder);
    return fmt::format("used by another program, {}: end that first", holder);
}

}  // namespace

bool run_task(RealLoop& loop, Task<void> task, Duration longest)
{
    auto whole = then_stop(loop, std::move(task));
    const Wait limit = loop.at(loop.now() + longest, [&] { loop.stop(); });
    whole.start();
    if (!whole.done()) loop.run();
    if (whole.done()) whole.result();  // throws what the task threw
    return whole.done();
}

Result<void> look_at_port(const std::string& name)
{
    if (name.starts_with("sim:") || config::parse_ble_entry(name)) return {};
    struct stat status {};
    if (::stat(name.c_str(), &status) != 0)
        return Failure(errno == ENOENT || errno == ENOTDIR ? "no such port" : std::string(std::strerror(errno)));
    if (!S_ISCHR(status.st_mode)) return Failure("no serial port");
    const link::Fd port(::open(name.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!port && (errno == EACCES || errno == EPERM)) return Failure(no_permission(name));
    if (!port && errno == EBUSY) return Failure(in_use(name));
    if (!port) return Failure(std::string(std::strerror(errno)));
    if (::flock(port.get(), LOCK_EX | LOCK_NB) != 0) return Failure(in_use(name));
    return {};
}

Result<void> may_write(const std::string& path, std::string_view beginning)
{
    std::error_code error;
    const auto status = std::filesystem::symlink_status(path, error);
    if (status.type() == std::filesystem::file_type::not_found) return {};
    if (status.type() == std::filesystem::file_type::regular) {
        const auto content = read_file(path);
        if (content && (content->empty() || content->starts_with(beginning))) return {};
    }
    return Failure(fmt::format("{} is there and was not written by this command: choose another name", path));
}

}  // namespace bmsd::cli
