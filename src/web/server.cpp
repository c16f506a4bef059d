#include "web/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <tuple>
#include <utility>

#include "util/log.h"
#include "web/connection.h"

namespace bmsd::web {

Result<net::Address> parse_listen(std::string_view where)
{
    const auto parts = net::split_host_port(where);
    if (!parts || !parts->port || *parts->port == 0) return Failure("it is an address and a port: 127.0.0.1:8078");
    const auto address = net::literal(parts->host.empty() || parts->host == "*" ? "::"
                                      : parts->host == "localhost"              ? "127.0.0.1"
                                                                                : parts->host,
                                      *parts->port);
    if (!address) return Failure(parts->host + " is no address");
    return *address;
}

Server::Server(Loop& loop, Rules rules, Limits limits) : loop_(loop), limits_(limits)
{
    set_rules(std::move(rules));
}

Server::~Server()
{
    for (const auto& connection : std::exchange(connections_, {})) connection->close_for_good();
}

void Server::set_rules(Rules rules)
{
    rules_ = std::move(rules);
    fixed_headers_ = fixed_headers(rules_);
}

void Server::route(Method method, std::string path, Handler handler)
{
    routes_.emplace(std::move(path), Route{method, std::move(handler)});
}

Result<void> Server::listen(const std::string& where)
{
    const auto address = parse_listen(where);
    if (!address) return Failure(address.error());
    Fd fd(::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1, off = 0;
    if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd && address->family() == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (!fd || ::bind(fd.get(), address->get(), address->size) != 0 ||
        ::listen(fd.get(), static_cast<int>(limits_.connections)) != 0)
        return Failure(std::strerror(errno));
    socket_ = std::move(fd);
    accepting_ = loop_.watch(socket_.get(), Ready::read, [this] { accept(); });
    return {};
}

std::uint16_t Server::port() const
{
    if (!socket_) return 0;
    net::Address address;
    address.size = sizeof address.storage;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address.storage), &address.size);
    return address.port();
}

/// More than the limit are closed at once: they would only wait.
void Server::accept()
{
    net::Address peer;
    peer.size = sizeof peer.storage;
    Fd fd(
        ::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) {
        if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS) return;
        accepting_.reset();  // the socket would stay ready
        again_ = loop_.at(loop_.now() + std::chrono::seconds(1),
                          [this] { accepting_ = loop_.watch(socket_.get(), Ready::read, [this] { accept(); }); });
        return;
    }
    if (connections_.size() >= limits_.connections) {
        ++counts_.dropped;
        return;
    }
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.push_back(std::make_shared<Connection>(*this, std::move(fd), peer));
    connections_.back()->start();
}

void Server::remove(Connection* connection)
{
    const auto found = std::ranges::find_if(connections_, [&](const auto& one) { return one.get() == connection; });
    if (found == connections_.end()) return;
    loop_.post([gone = std::move(*found)] {});  // it may be at work
    connections_.erase(found);
}

void Server::answer(const Request& request, const Answer& answer)
{
    if (auto reason = refused(request, rules_)) {
        ++counts_.refused;
        answer(std::move(*reason));
        return;
    }
    auto [first, last] = routes_.equal_range(request.path);
    for (auto slash = request.path.rfind('/'); first == last && slash > 0; slash = request.path.rfind('/', slash - 1))
        std::tie(first, last) = routes_.equal_range(request.path.substr(0, slash + 1));
    if (first == last) {
        answer(refusal(404, "there is nothing here"));
        return;
    }
    const Method method = request.method == Method::head ? Method::get : request.method;
    const auto found = std::find_if(first, last, [&](const auto& route) { return route.second.method == method; });
    if (found == last) {
        answer(refusal(405, "this cannot be done with it"));
        return;
    }
    try {
        found->second.handler(request, answer);
    } catch (const std::exception& error) {
        log::error("web: {}: {}", request.path, error.what());
        answer(refusal(500, "it went wrong; the log says more"));
    }
}

}  // namespace bmsd::web
