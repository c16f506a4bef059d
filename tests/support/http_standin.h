#pragma once
// A server of a test: takes one request after the other on loopback, answers what it is told to, also encrypted.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "util/fd.h"
#include "util/loop.h"

namespace bmsd {

struct TakenRequest {
    std::string line;  // "POST /x HTTP/1.1"
    std::string head;  // with all lines
    std::string body;
    /// The value of a header as it was sent; empty: it was not.
    std::string header(const std::string& name) const
    {
        const auto at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) return {};
        const auto from = at + name.size() + 4;
        return head.substr(from, head.find("\r\n", from) - from);
    }
};

class HttpStandin {
  public:
    /// The whole answer with its head; empty: none ever comes.
    using Reply = std::function<std::string(const TakenRequest& request)>;

    HttpStandin(Loop& loop, Reply reply, std::uint16_t port = 0) : loop_(loop), reply_(std::move(reply))
    {
        socket_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const int on = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), size);
        ::listen(socket_.get(), 8);
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&at), &size);
        port_ = ntohs(at.sin_port);
        accepting_ = loop_.watch(socket_.get(), Ready::read, [this] { accept(); });
    }

    std::uint16_t port() const { return port_; }
    std::vector<TakenRequest> taken;
    std::size_t accepted = 0;
    /// Closes what is open, as a server that restarts.
    void hang_up() { clients_.clear(); }

    static std::string answer(int status, const std::string& headers = {}, const std::string& body = {})
    {
        return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

  private:
    struct Client {
        Fd fd;
        std::string in;
        Wait reading;
    };

    void accept()
    {
        Fd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!fd) return;
        ++accepted;
        auto& client = clients_.emplace_back();
        client.fd = std::move(fd);
        client.reading = loop_.watch(client.fd.get(), Ready::read, [this, &client] { readable(client); });
    }

    void readable(Client& client)
    {
        char buffer[4096];
        const auto got = ::recv(client.fd.get(), buffer, sizeof buffer, 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            client.reading.reset();
            return;
        }
        client.in.append(buffer, static_cast<std::size_t>(got));
        const auto end = client.in.find("\r\n\r\n");
        if (end == std::string::npos) return;
        TakenRequest request{client.in.substr(0, client.in.find("\r\n")), client.in.substr(0, end + 2), {}};
        const std::string length = request.header("Content-Length");
        const std::size_t size = length.empty() ? 0 : std::stoul(length);
        if (client.in.size() < end + 4 + size) return;
        request.body = client.in.substr(end + 4, size);
        client.in.erase(0, end + 4 + size);
        taken.push_back(request);
        const std::string out = reply_(request);
        if (!out.empty()) ::send(client.fd.get(), out.data(), out.size(), MSG_NOSIGNAL);
    }

    Loop& loop_;
    Reply reply_;
    Fd socket_;
    std::uint16_t port_ = 0;
    Wait accepting_;
    std::list<Client> clients_;
};

}  // namespace bmsd
