#include "daemon/lock_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace bmsd::daemon {

Result<void> usable_lock_folder(const std::string& folder)
{
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return Failure(folder + ": " + std::strerror(errno));
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return Failure(folder + ": no folder");
    if (status.st_uid != ::geteuid() && status.st_uid != 0) return Failure(folder + ": belongs to another user");
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return Failure(folder + ": others can write there");
    if (::access(folder.c_str(), W_OK) != 0) return Failure(folder + ": " + std::strerror(errno));
    return {};
}

std::string default_lock_folder(const std::string& state_dir)
{
    std::string system = "/run/bmsd";
    if (usable_lock_folder(system)) return system;
    const char* session = std::getenv("XDG_RUNTIME_DIR");
    if (session != nullptr && *session == '/') {
        std::string own = std::string(session) + "/bmsd";
        if (usable_lock_folder(own)) return own;
    }
    return state_dir;
}

}  // namespace bmsd::daemon
