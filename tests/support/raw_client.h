#pragma once
// A client on loopback that sends any bytes and reads what comes, while the loop under test runs.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "util/fd.h"
#include "util/loop.h"

namespace bmsd {

class RawClient {
  public:
    RawClient(RealLoop& loop, std::uint16_t port, int receive_buffer = 0) : loop_(loop)
    {
        fd_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (receive_buffer > 0) ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }

    bool connected() const { return connected_; }
    /// False: the other side has closed.
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
            if (put < 0 && errno != EAGAIN) return false;
            loop_.run_for(std::chrono::milliseconds(1));
        }
        return true;
    }
    /// What comes until `mark` does, the other side closes, or time is up.
    std::string read(std::string_view mark = {}, double longest = 2)
    {
        const Instant end = loop_.now() + seconds(longest);
        while (loop_.now() < end && !closed_) {
            if (!mark.empty() && got_.find(mark) != std::string::npos) break;
            loop_.run_for(std::chrono::milliseconds(2));
            char buffer[65536];
            const auto count = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
            if (count > 0) got_.append(buffer, static_cast<std::size_t>(count));
            closed_ = count == 0 || (count < 0 && errno != EAGAIN);
        }
        return std::exchange(got_, {});
    }
    std::string ask(std::string_view bytes, std::string_view mark = {}, double longest = 2)
    {
        send(bytes);
        return read(mark, longest);
    }
    bool closed() const { return closed_; }

  private:
    RealLoop& loop_;
    Fd fd_;
    std::string got_;
    bool connected_ = false, closed_ = false;
};

}  // namespace bmsd
