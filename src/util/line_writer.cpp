#include "util/line_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace bmsd {

LineWriter::LineWriter(int fd) : fd_(fd)
{
    struct stat kind = {};
    if (::fstat(fd, &kind) != 0) return;
    socket_ = S_ISSOCK(kind.st_mode);
    file_ = S_ISREG(kind.st_mode);  // opened again it had a position of its own
    if (socket_ || file_) return;
    const int opened =
        ::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (opened < 0) return;
    fd_ = opened;
    own_ = true;
}

LineWriter::~LineWriter()
{
    if (own_) ::close(fd_);
}

void LineWriter::write(std::string_view line)
{
    const bool through = flush();
    std::string text(line);
    if (lost_ != 0)  // told together with the line: a pipe takes the shorter one last, when it is nearly full
        text.insert(0, fmt::format("WARNING:SerialBattery:{} lines of the log are lost: nobody read it\n", lost_));
    if (through && offer(std::move(text)))
        lost_ = 0;
    else
        ++lost_;
}

/// Whether nothing is left of the line before.
bool LineWriter::flush()
{
    while (!rest_.empty()) {
        const long count = push(rest_);
        if (count <= 0) return false;
        rest_.erase(0, static_cast<std::size_t>(count));
    }
    return true;
}

/// Whether `line` is taken, at least in part: the rest follows before the next one.
bool LineWriter::offer(std::string line)
{
    const std::size_t size = line.size();
    rest_ = std::move(line);
    flush();
    if (rest_.size() < size || size == 0) return true;
    rest_.clear();
    return false;
}

long LineWriter::push(std::string_view bytes) const
{
    if (socket_) return ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (own_ || file_) return ::write(fd_, bytes.data(), bytes.size());
    // Not ours to change: a pipe that says it is ready takes this much.
    pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return 0;
    return ::write(fd_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
}

}  // namespace bmsd
