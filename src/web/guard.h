#pragma once
// Who may talk to the server at all: the rules of core/outputs.md 7.2 that every request passes, before any route.
#include <optional>
#include <string>
#include <vector>

#include "web/http.h"

namespace bmsd::web {

struct Rules {
    std::vector<std::string> allowed_hosts;    // names beside those that are always allowed; ".example.org": all below
    std::vector<std::string> trusted_proxies;  // addresses whose X-Ingress-Path and X-Forwarded-Prefix count
    std::vector<std::string> frame_ancestors;  // beside 'self': who may show the page inside of theirs
    bool only_local = false;                   // nothing but this machine, and what comes through a trusted proxy
};

/// Private, loopback and link-local addresses, localhost, *.local, names without a dot, and the allowed ones. Anything
/// else may be a page elsewhere whose name now points here (DNS rebinding).
bool host_allowed(const std::string& host, const Rules& rules);

/// The reason to refuse a request, or nothing.
std::optional<Response> refused(const Request& request, const Rules& rules);

bool trusted_proxy(const net::Address& peer, const Rules& rules);
/// A path a page can stand below: "/a/b"; anything else is nothing.
std::string usable_base(std::string_view header);

/// What stands with every answer.
std::string fixed_headers(const Rules& rules);

}  // namespace bmsd::web
