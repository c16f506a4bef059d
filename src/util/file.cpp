#include "util/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace bmsd {
namespace {

Failure system_error(const std::string& path)
{
    return Failure(path + ": " + std::strerror(errno));
}

bool write_all(int fd, std::string_view content)
{
    while (!content.empty()) {
        const ssize_t count = ::write(fd, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

Result<std::string> read_file(const std::string& path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return system_error(path);
    std::string content;
    char chunk[4096];
    ssize_t count = 0;
    while ((count = ::read(fd, chunk, sizeof chunk)) > 0) content.append(chunk, static_cast<std::size_t>(count));
    const bool failed = count < 0;
    const auto error = system_error(path);
    ::close(fd);
    if (failed) return error;
    return content;
}

Result<std::string> read_regular_file(const std::string& path, std::size_t most)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return system_error(path);
    struct stat status {};
    const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    ::close(fd);
    if (!regular) return Failure(path + ": no regular file");
    if (static_cast<std::size_t>(status.st_size) > most)
        return Failure(path + ": larger than " + std::to_string(most >> 10U) + " KiB");
    return read_file(path);
}

Result<void> write_file(const std::string& path, std::string_view content, bool durable)
{
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
        return Failure(path + ": no regular file");
    // Never what somebody else has put there: a link may lead anywhere.
    const std::string temporary = path + ".new";
    ::unlink(temporary.c_str());
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0) return system_error(temporary);
    const bool written = write_all(fd, content) && (!durable || ::fsync(fd) == 0);
    const auto error = system_error(temporary);
    ::close(fd);
    if (!written) {
        ::unlink(temporary.c_str());
        return error;
    }
    if (std::rename(temporary.c_str(), path.c_str()) != 0) return system_error(path);
    return {};
}

}  // namespace bmsd
