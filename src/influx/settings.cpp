#include "influx/settings.h"

#include <fmt/format.h>

#include <algorithm>

namespace bmsd::influx {
namespace {

constexpr std::size_t kilobyte = 1024;

std::string trimmed(std::string path)
{
    while (path.ends_with('/')) path.pop_back();
    return path;
}

/// "db/policy": the retention policy of version 1 stands behind the database, as version 2 names it.
std::string query_of(const config::Config& config)
{
    const std::string& bucket = config.influx_bucket;
    if (config.influx_version == 2)
        return fmt::format("/api/v2/write?org={}&bucket={}&precision=s",
                           net::percent_encoded(config.influx_org.value_or("")), net::percent_encoded(bucket));
    if (config.influx_version == 3)
        return fmt::format("/api/v3/write_lp?db={}&precision=second", net::percent_encoded(bucket));
    const auto slash = bucket.find('/');
    std::string query = "/write?db=" + net::percent_encoded(bucket.substr(0, slash)) + "&precision=s";
    if (slash != std::string::npos) query += "&rp=" + net::percent_encoded(bucket.substr(slash + 1));
    return query;
}

/// Empty: nobody asks.
std::string authorization(const config::Config& config)
{
    const std::string user = config.influx_username.value_or(""), password = config.influx_password.value_or("");
    const std::string token = config.influx_token.value_or("");
    if (config.influx_version == 1) return user.empty() ? "" : "Basic " + net::base64(user + ":" + password);
    if (!token.empty()) return (config.influx_version == 3 ? "Bearer " : "Token ") + token;
    return user.empty() ? "" : "Token " + user + ":" + password;
}

Result<std::vector<Tag>> tags_of(const config::Config& config)
{
    constexpr std::string_view own[]{"battery", "name", "cell", "sensor", "kind"};
    std::vector<Tag> tags;
    for (const std::string& entry : config.influx_tags) {
        const auto equals = entry.find('=');
        const std::string name = entry.substr(0, equals);
        if (equals == std::string::npos || name.empty() || equals + 1 == entry.size())
            return Failure(fmt::format("INFLUX_TAGS: {} is no name=value", entry));
        if (std::ranges::find(own, name) != std::end(own) || name.starts_with('_') || name == "time")
            return Failure(fmt::format("INFLUX_TAGS: {} is a name of its own", name));
        tags.emplace_back(name, entry.substr(equals + 1));
    }
    return tags;
}

}  // namespace

bool configured(const config::Config& config)
{
    return config.influx_url.has_value() && !config.influx_url->empty();
}

Result<Settings> settings_of(const config::Config& config)
{
    Settings settings;
    auto url = net::parse_url(config.influx_url.value_or(""));
    if (!url) return Failure("INFLUX_URL: " + url.error());
    if (url->path.find('?') != std::string::npos) return Failure("INFLUX_URL: without a question mark");
    if (url->tls && !net::tls_possible())
        return Failure("INFLUX_URL: this build cannot encrypt; it was made without OpenSSL");
    auto tags = tags_of(config);
    if (!tags) return Failure(tags.error());
    settings.server = *url;
    settings.target = trimmed(url->path) + query_of(config);
    settings.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Accept", "application/json"}};
    const std::string who = authorization(config);
    const bool clean = std::ranges::none_of(who, [](unsigned char c) { return c < ' ' || c == 127; });
    if (!clean)
        return Failure("INFLUX_TOKEN, INFLUX_USERNAME or INFLUX_PASSWORD holds a character that cannot be sent");
    if (!who.empty()) settings.headers.push_back({"Authorization", who});
    settings.trust = {config.influx_tls_path_to_ca.value_or(""), config.influx_tls_insecure};
    settings.interval = std::chrono::seconds(config.influx_interval);
    settings.buffer = static_cast<std::size_t>(config.influx_buffer) * kilobyte;
    settings.layout = {config.influx_layout == "wide", std::move(*tags)};
    return settings;
}

}  // namespace bmsd::influx
