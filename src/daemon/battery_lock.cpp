#include "daemon/battery_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "daemon/lock_folder.h"
#include "store/setting_names.h"
#include "util/log.h"

namespace bmsd::daemon {
namespace {

/// Whether the file that was opened is still the one of that name: its holder removes it when it ends.
bool is_current(int fd, const std::string& file)
{
    struct stat opened {
    }, named{};
    return ::fstat(fd, &opened) == 0 && ::stat(file.c_str(), &named) == 0 && opened.st_ino == named.st_ino;
}

std::string file_of(const std::string& folder, const std::string& id)
{
    std::string name = store::sanitised(id);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return folder + "/dbus-serialbattery_" + name + ".pid";
}

}  // namespace

BatteryLock::~BatteryLock()
{
    if (fd_) ::unlink(file_.c_str());  // while it is locked: nobody else's can go
}

Result<BatteryLock> BatteryLock::take(const std::string& folder, const std::string& id, const std::string& content)
{
    BatteryLock lock;
    lock.file_ = file_of(folder, id);
    if (const auto usable = usable_lock_folder(folder); !usable) {
        log::warning("{}; another process might serve the same battery", usable.error());
        return lock;
    }
    do {
        constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        lock.fd_ = link::Fd(::open(lock.file_.c_str(), flags, 0644));
        if (!lock.fd_) {
            log::warning("{} cannot be written; another process might serve the same battery", lock.file_);
            return lock;
        }
        if (::flock(lock.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
            lock.fd_.reset();
            return Failure(id + " is served by another process");
        }
    } while (!is_current(lock.fd_.get(), lock.file_));
    if (::ftruncate(lock.fd_.get(), 0) == 0 && ::write(lock.fd_.get(), content.data(), content.size()) < 0)
        log::debug("{} could not be filled", lock.file_);
    return lock;
}

}  // namespace bmsd::daemon
