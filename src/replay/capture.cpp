#include "replay/capture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "model/json.h"
#include "util/log.h"

namespace bmsd::replay {

std::string capture_name(std::string_view port)
{
    std::string name(port);
    for (char& c : name) {
        const bool kept = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                          c == '.' || c == '-';
        if (!kept) c = '_';
    }
    return name;
}

Capture::Capture(const std::string& port, Options options, std::function<double()> wall)
    : options_(std::move(options)), wall_(std::move(wall)), path_(options_.folder + "/" + capture_name(port) + ".jsonl")
{
    std::error_code ignored;
    std::filesystem::create_directories(options_.folder, ignored);
    open();
}

Capture::~Capture()
{
    if (fd_ >= 0) ::close(fd_);
}

void Capture::open()
{
    constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    fd_ = ::open(path_.c_str(), flags, 0644);
    struct stat status {};
    if (fd_ < 0 || ::fstat(fd_, &status) != 0) return fail(path_);
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1) {
        errno = EINVAL;  // a device, a pipe, or somebody else's file by another name
        return fail(path_);
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
}

void Capture::fail(const std::string& what)
{
    if (!std::exchange(failed_, true)) log::warning("The capture stops: {}: {}", what, std::strerror(errno));
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool Capture::make_room(std::size_t size)
{
    if (size_ == 0 || size_ + size <= options_.largest) return true;
    ::close(std::exchange(fd_, -1));
    const auto backup = [this](unsigned number) { return path_ + "." + std::to_string(number); };
    if (options_.backups == 0) {
        ::unlink(path_.c_str());
    } else {
        for (unsigned i = options_.backups; i > 1; --i) std::rename(backup(i - 1).c_str(), backup(i).c_str());
        std::rename(path_.c_str(), backup(1).c_str());
    }
    open();
    return fd_ >= 0;
}

void Capture::write(const std::string& line)
{
    if (fd_ < 0 || !make_room(line.size())) return;
    if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return fail(path_);
    size_ += line.size();
}

void Capture::bytes_line(const char* direction, ByteView bytes)
{
    if (bytes.empty()) return;
    write(fmt::format("{{\"t\": {:.3f}, \"dir\": \"{}\", \"raw\": \"{}\"}}\n", wall_(), direction, to_hex(bytes)));
}

void Capture::decoded(const Reading& reading, double duration, bool success)
{
    const double now = wall_();
    const double since = last_decoded_ == 0 ? 0 : now - last_decoded_;
    last_decoded_ = now;
    write(
        fmt::format("{{\"t\": {:.3f}, \"dir\": \"decoded\", \"dt_since_last\": {:.3f}, \"duration_ms\": {:.1f}, "
                    "\"success\": {}, \"decoded\": {}}}\n",
                    now, since, duration * 1000, success, to_text(to_json(reading))));
}

}  // namespace bmsd::replay
