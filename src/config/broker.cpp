#include "config/broker.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace bmsd::config {
namespace {

constexpr std::uint16_t plain_port = 1883, tls_port = 8883;
constexpr std::size_t longest_topic = 65535;

std::optional<bool> scheme(std::string_view& text)
{
    for (const auto& [prefix, tls] : {std::pair<std::string_view, bool>{"mqtt://", false}, {"mqtts://", true}}) {
        if (!text.starts_with(prefix)) continue;
        text.remove_prefix(prefix.size());
        return tls;
    }
    return std::nullopt;
}

/// "%40" -> "@".
Result<std::string> unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        const char* end = text.data() + std::min(i + 3, text.size());
        const auto [at, error] = std::from_chars(text.data() + i + 1, end, value, 16);
        if (error != std::errc() || at != text.data() + i + 3) return Failure("% without two digits in an address");
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

Result<void> read_login(std::string_view login, Broker& broker)
{
    const auto colon = login.find(':');
    if (colon == login.npos) return Failure("a user without a password in an address");
    auto user = unescaped(login.substr(0, colon)), password = unescaped(login.substr(colon + 1));
    if (!user || !password) return Failure(!user ? user.error() : password.error());
    broker.user = std::move(*user), broker.password = std::move(*password);
    return {};
}

/// "host", "host:1883", "[::1]:1883".
Result<void> read_host(std::string_view text, Broker& broker)
{
    const bool bracket = text.starts_with('[');
    const auto end = bracket ? text.find(']') : text.find(':');
    if (bracket && end == text.npos) return Failure("[ without ] in an address");
    broker.host = std::string(bracket ? text.substr(1, end - 1) : text.substr(0, end));
    if (broker.host.empty() || broker.host.find_first_of(" \t/?#@") != broker.host.npos)
        return Failure("no host in an address");
    std::string_view rest = end == text.npos ? std::string_view() : text.substr(bracket ? end + 1 : end);
    if (rest.empty()) return {};
    unsigned port = 0;
    const auto [at, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), port);
    const bool number = rest[0] == ':' && error == std::errc() && at == rest.data() + rest.size();
    if (!number || port < 1 || port > 65535) return Failure("no port in an address, 1 to 65535");
    broker.port = static_cast<std::uint16_t>(port);
    return {};
}

Result<Broker> read_authority(std::string_view text, bool tls, const Broker& base)
{
    Broker broker{
        .host = {}, .port = tls ? tls_port : plain_port, .tls = tls, .ca_file = {}, .user = {}, .password = {}};
    if (tls) broker.ca_file = base.ca_file, broker.any_host_name = base.any_host_name;
    if (const auto at = text.rfind('@'); at != text.npos) {
        if (auto read = read_login(text.substr(0, at), broker); !read) return Failure(read.error());
        text.remove_prefix(at + 1);
    }
    if (auto read = read_host(text, broker); !read) return Failure(read.error());
    return broker;
}

}  // namespace

std::string text(const Broker& broker)
{
    const bool six = broker.host.find(':') != broker.host.npos;
    return fmt::format("{}://{}{}{}:{}", broker.tls ? "mqtts" : "mqtt", six ? "[" : "", broker.host, six ? "]" : "",
                       broker.port);
}

Broker broker_of(const Config& config)
{
    Broker broker{.host = config.mqtt_broker_address,
                  .port = static_cast<std::uint16_t>(config.mqtt_broker_port),
                  .tls = config.mqtt_tls_enabled,
                  .ca_file = {},
                  .user = {},
                  .password = {}};
    if (broker.tls) {
        broker.ca_file = config.mqtt_tls_path_to_ca.value_or("");
        broker.any_host_name = config.mqtt_tls_insecure;
    }
    if (config.mqtt_username && config.mqtt_password) {
        broker.user = *config.mqtt_username;
        broker.password = *config.mqtt_password;
    }
    return broker;
}

Result<Broker> parse_broker(std::string_view url, const Broker& base)
{
    if (url.empty()) return base;
    const auto tls = scheme(url);
    if (!tls) return Failure("a broker is written as mqtt://host:port or mqtts://user:password@host:port");
    while (url.ends_with('/')) url.remove_suffix(1);
    return read_authority(url, *tls, base);
}

Result<Topic> parse_topic(std::string_view entry, const Broker& base)
{
    Topic topic{base, {}};
    if (const auto tls = scheme(entry)) {
        // the password may hold a slash, the host not
        const auto slash = entry.find('/', entry.rfind('@') == entry.npos ? 0 : entry.find('@'));
        if (slash == entry.npos) return Failure("an address without a topic behind the host");
        auto broker = read_authority(entry.substr(0, slash), *tls, base);
        if (!broker) return Failure(broker.error());
        topic.broker = std::move(*broker);
        entry.remove_prefix(slash + 1);
    }
    // the topics of Venus begin with N; its documents show a slash before it that is not there
    if (entry.starts_with("/N/")) entry.remove_prefix(1);
    if (entry.empty() || entry.size() > longest_topic) return Failure("a topic has 1 to 65535 bytes");
    if (entry.find_first_of("+#") != entry.npos) return Failure("a topic has no wildcards (+ and #)");
    for (const char c : entry)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return Failure("a topic has no control characters");
    topic.name = std::string(entry);
    return topic;
}

}  // namespace bmsd::config
