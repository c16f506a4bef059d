#include "daemon/ports.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "util/log.h"

namespace bmsd::daemon {

bool is_adapter(std::string_view name)
{
    static constexpr std::array<std::string_view, 4> kinds{"ttyUSB", "ttyACM", "ttyAMA", "ttyXRUSB"};
    return std::any_of(kinds.begin(), kinds.end(), [=](std::string_view kind) {
        return name.starts_with(kind) && name.size() > kind.size() &&
               name.find_first_not_of("0123456789", kind.size()) == name.npos;
    });
}

PortWatch::PortWatch(Loop& loop, std::string folder, Appeared appeared)
    : folder_(std::move(folder)), appeared_(std::move(appeared)), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))
{
    if (!inotify_ || ::inotify_add_watch(inotify_.get(), folder_.c_str(), IN_CREATE | IN_MOVED_TO | IN_ATTRIB) < 0) {
        log::warning("{} cannot be watched: adapters plugged in later are not noticed", folder_);
        return;
    }
    wait_ = loop.watch(inotify_.get(), Ready::read, [this] { on_events(); });
}

std::set<std::string> PortWatch::present() const
{
    std::set<std::string> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
        if (is_adapter(entry.path().filename().string())) paths.insert(entry.path().string());
    }
    return paths;
}

void PortWatch::on_events()
{
    alignas(inotify_event) char buffer[4096];
    const ssize_t size = ::read(inotify_.get(), buffer, sizeof buffer);
    for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        if (event->len > 0 && is_adapter(event->name)) appeared_(folder_ + "/" + event->name);
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
}

}  // namespace bmsd::daemon
