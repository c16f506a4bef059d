#pragma once
// Addresses of the network: from text, from a name, as text, and which of them are of a private network.
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/loop.h"
#include "util/result.h"
#include "util/task.h"

namespace bmsd::net {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }
    /// Without the port: "192.168.1.2", "fe80::1".
    std::string text() const;
    std::uint16_t port() const;
};

/// Of a text without a name in it: "127.0.0.1", "::1", also "[::1]".
std::optional<Address> literal(std::string_view host, std::uint16_t port);

/// Loopback.
bool is_local(const Address& address);
/// Loopback, link-local, RFC 1918, unique local.
bool is_private(const Address& address);

struct HostPort {
    std::string host;  // without brackets
    std::optional<std::uint16_t> port;
};
/// "host", "host:1", "[::1]:1".
std::optional<HostPort> split_host_port(std::string_view text);

/// Never blocks; a name server that does not answer is an error after its own time.
Task<Result<std::vector<Address>>> resolve(Loop& loop, std::string host, std::uint16_t port);

}  // namespace bmsd::net
