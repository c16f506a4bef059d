#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>

#include "util/background.h"

namespace bmsd::net {
namespace {

const sockaddr_in& v4(const Address& address)
{
    return reinterpret_cast<const sockaddr_in&>(address.storage);
}

const sockaddr_in6& v6(const Address& address)
{
    return reinterpret_cast<const sockaddr_in6&>(address.storage);
}

/// IPv4 in host order, also when it is mapped into IPv6.
std::optional<std::uint32_t> as_v4(const Address& address)
{
    if (address.family() == AF_INET) return ntohl(v4(address).sin_addr.s_addr);
    if (address.family() != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6(address).sin6_addr)) return std::nullopt;
    std::uint32_t last{};
    std::memcpy(&last, v6(address).sin6_addr.s6_addr + 12, sizeof last);
    return ntohl(last);
}

struct Network {
    std::uint32_t first;
    unsigned bits;
};
constexpr Network local_networks[]{{0x7F000000, 8}};
constexpr Network private_networks[]{
    {0x0A000000, 8}, {0xAC100000, 12}, {0xC0A80000, 16}, {0xA9FE0000, 16}, {0x7F000000, 8}};

bool within_one(std::uint32_t address, std::span<const Network> networks)
{
    return std::ranges::any_of(networks, [&](const Network& n) { return ((address ^ n.first) >> (32 - n.bits)) == 0; });
}

Result<std::vector<Address>> look_up(const std::string& host, std::uint16_t port)
{
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
    if (failed != 0) return Failure(host + ": " + ::gai_strerror(failed));
    std::vector<Address> all;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        Address address;
        std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
        address.size = one->ai_addrlen;
        all.push_back(address);
    }
    ::freeaddrinfo(found);
    return all;
}

}  // namespace

std::string Address::text() const
{
    char buffer[INET6_ADDRSTRLEN]{};
    if (const auto mapped = as_v4(*this)) {
        const in_addr address{htonl(*mapped)};
        ::inet_ntop(AF_INET, &address, buffer, sizeof buffer);
    } else if (family() == AF_INET6) {
        ::inet_ntop(AF_INET6, &v6(*this).sin6_addr, buffer, sizeof buffer);
    }
    return buffer;
}

std::uint16_t Address::port() const
{
    return ntohs(family() == AF_INET6 ? v6(*this).sin6_port : v4(*this).sin_port);
}

std::optional<Address> literal(std::string_view host, std::uint16_t port)
{
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::string text(host);
    Address address;
    sockaddr_in four{};
    sockaddr_in6 six{};
    if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        std::memcpy(&address.storage, &four, address.size = sizeof four);
    } else if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        std::memcpy(&address.storage, &six, address.size = sizeof six);
    } else {
        return std::nullopt;
    }
    return address;
}

bool is_local(const Address& address)
{
    if (const auto four = as_v4(address)) return within_one(*four, local_networks);
    return address.family() == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6(address).sin6_addr);
}

bool is_private(const Address& address)
{
    if (const auto four = as_v4(address)) return within_one(*four, private_networks);
    if (address.family() != AF_INET6) return false;
    const auto& bytes = v6(address).sin6_addr.s6_addr;
    return is_local(address) || (bytes[0] & 0xFE) == 0xFC || (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80);
}

std::optional<HostPort> split_host_port(std::string_view text)
{
    HostPort result;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos || !literal(text.substr(0, end + 1), 0)) return std::nullopt;
        result.host = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        result.host = text.substr(0, colon);
        if (colon != std::string_view::npos) port = text.substr(colon);
    }
    if (port.empty()) return result;
    std::uint16_t number = 0;
    const auto* end = port.data() + port.size();
    if (port.size() < 2 || port[0] != ':' || std::from_chars(port.data() + 1, end, number).ptr != end ||
        std::from_chars(port.data() + 1, end, number).ec != std::errc{})
        return std::nullopt;
    result.port = number;
    return result;
}

Task<Result<std::vector<Address>>> resolve(Loop& loop, std::string host, std::uint16_t port)
{
    if (const auto address = literal(host, port)) co_return std::vector{*address};
    const auto question = [host, port] { return look_up(host, port); };
    auto looked_up = co_await in_background(loop, question);
    if (!looked_up) co_return Failure(host + ": " + looked_up.error());
    co_return std::move(*looked_up);
}

}  // namespace bmsd::net
