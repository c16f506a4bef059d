#include "daemon/claims.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "util/log.h"

namespace bmsd::daemon {
namespace {

constexpr std::size_t longest_path = 255;
constexpr int most_waiting = 16;  // connections not yet accepted
constexpr auto accept_again = std::chrono::seconds(1);

/// Takes away what an ended daemon left at the address. An error: one listens there, or it is no socket.
Result<void> clear(const std::string& path, const sockaddr_un& address)
{
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return {};
    if (!S_ISSOCK(status.st_mode)) return Failure(path + ": there is something that is no socket");
    const link::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int failed = ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (failed == 0 || errno != ECONNREFUSED) return Failure(path + ": another daemon takes ports there");
    ::unlink(path.c_str());
    return {};
}

}  // namespace

Claims::Claims(Loop& loop, std::string path, Events events)
    : loop_(loop), path_(std::move(path)), events_(std::move(events))
{
}

Claims::~Claims()
{
    if (listening_) ::unlink(path_.c_str());
}

Result<std::unique_ptr<Claims>> Claims::open(Loop& loop, std::string path, Events events)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Failure(path + ": too long for a socket");
    path.copy(address.sun_path, path.size());
    std::unique_ptr<Claims> claims(new Claims(loop, std::move(path), std::move(events)));
    if (const auto cleared = clear(claims->path_, address); !cleared) return std::unexpected(cleared.error());
    link::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const mode_t before = ::umask(0177);
    const bool bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::umask(before);
    if (!bound || ::listen(fd.get(), most_waiting) != 0) return Failure(claims->path_ + ": " + std::strerror(errno));
    claims->listening_ = std::move(fd);
    claims->listen();
    return claims;
}

void Claims::listen()
{
    wait_ = loop_.watch(listening_.get(), Ready::read, [this] { accept(); });
}

void Claims::accept()
{
    for (;;) {
        link::Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            // who waits goes on waiting, without the loop being woken for it all the time
            wait_ = loop_.at(loop_.now() + accept_again, [this] { listen(); });
            return;
        }
        if (!fd) return;
        const int number = fd.get();
        Claimer& claimer = claimers_[number];
        claimer.fd = std::move(fd);
        claimer.wait = loop_.watch(number, Ready::read, [this, number] { read(number); });
    }
}

void Claims::read(int fd)
{
    Claimer& claimer = claimers_.at(fd);
    std::array<char, longest_path + 1> buffer{};
    const auto count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        const std::string port = claimer.port;
        claimers_.erase(fd);
        if (!port.empty()) events_.left(port);
        return;
    }
    if (!claimer.port.empty()) return;  // it has said all there is to say
    claimer.said.append(buffer.data(), static_cast<std::size_t>(count));
    if (claimer.said.find('\n') != std::string::npos)
        claim(claimer);
    else if (claimer.said.size() > longest_path)
        dismiss(fd, "refused: no port is called so");
}

void Claims::claim(Claimer& claimer)
{
    const std::string port = claimer.said.substr(0, claimer.said.find('\n'));
    const int fd = claimer.fd.get();
    if (std::ranges::any_of(claimers_, [&](const auto& other) { return other.second.port == port; })) {
        dismiss(fd, "refused: it is claimed already");
        return;
    }
    claimer.port = port;
    if (const auto taken = events_.claimed(port); !taken)
        dismiss(fd, "refused: " + taken.error());  // told by the claimer, who may ask again and again
    else
        log::info("{} is handed over to be served", port);
}

void Claims::nobody_at(const std::string& port)
{
    const auto found = std::ranges::find_if(claimers_, [&](const auto& one) { return one.second.port == port; });
    if (found != claimers_.end()) dismiss(found->first, "none");
}

/// One short line: a socket just opened takes it, or its owner has gone and needs it no more.
void Claims::dismiss(int fd, std::string_view verdict)
{
    ::send(fd, verdict.data(), verdict.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    claimers_.erase(fd);
}

}  // namespace bmsd::daemon
