#include "web/guard.h"

#include <algorithm>
#include <cctype>

namespace bmsd::web {
namespace {

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

bool named(const std::string& host, const std::vector<std::string>& names)
{
    return std::ranges::any_of(names, [&](const std::string& entry) {
        const std::string name = lower(entry);
        return name.starts_with('.') ? host.ends_with(name) : host == name;
    });
}

bool is_name(std::string_view host)
{
    return !host.empty() && std::ranges::all_of(host, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
    });
}

/// "http://host:port" is the one the request is for, or of an allowed host.
bool origin_allowed(const Request& request, const Rules& rules)
{
    if (request.origin.empty()) return true;
    const auto scheme = request.origin.find("://");
    if (scheme == std::string::npos) return false;  // also "null"
    const std::string authority = lower(request.origin.substr(scheme + 3));
    if (authority == lower(request.authority)) return true;
    const auto parts = net::split_host_port(authority);
    return parts && named(parts->host, rules.allowed_hosts);
}

}  // namespace

bool host_allowed(const std::string& host, const Rules& rules)
{
    if (const auto address = net::literal(host, 0))
        return net::is_private(*address) || named(host, rules.allowed_hosts);
    const std::string name = lower(host.ends_with('.') ? host.substr(0, host.size() - 1) : host);
    if (!is_name(name)) return false;
    const bool number = std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
    return (name.find('.') == std::string::npos && !number && !name.starts_with("0x")) || name.ends_with(".local") ||
           name.ends_with(".localhost") || named(name, rules.allowed_hosts);
}

bool trusted_proxy(const net::Address& peer, const Rules& rules)
{
    const std::string text = peer.text();
    return std::ranges::any_of(rules.trusted_proxies, [&](const std::string& entry) { return entry == text; });
}

std::optional<Response> refused(const Request& request, const Rules& rules)
{
    if (rules.only_local && !request.through_proxy && !net::is_local(request.peer))
        return refusal(403, "only this machine may read here");
    if (!host_allowed(request.host, rules))
        return refusal(421, "this host name is not known here; WEB_ALLOWED_HOSTS may name it");
    if (request.method == Method::get || request.method == Method::head) return std::nullopt;
    if (!origin_allowed(request, rules)) return refusal(403, "not from a page of somebody else");
    if (request.content_type != "application/json") return refusal(415, "only application/json");
    return std::nullopt;
}

std::string usable_base(std::string_view header)
{
    if (header.size() > 200 || !header.starts_with('/') || header.find("//") != std::string_view::npos ||
        header.find("..") != std::string_view::npos)
        return {};
    while (header.ends_with('/')) header.remove_suffix(1);
    const bool plain = std::ranges::all_of(header, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '/' || c == '.' || c == '~';
    });
    return plain ? std::string(header) : std::string();
}

std::string fixed_headers(const Rules& rules)
{
    std::string ancestors;
    for (const std::string& one : rules.frame_ancestors) {
        const bool plain =
            std::ranges::none_of(one, [](char c) { return c <= ' ' || c == ';' || c == ',' || c == 127; });
        if (plain) ancestors.append(" ").append(one);
    }
    return "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'" +
           ancestors + "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nServer: bmsd\r\n";
}

}  // namespace bmsd::web
