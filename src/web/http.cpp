#include "web/http.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace bmsd::web {
namespace {

int digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Nothing where an escape is none, or something hides that no name has.
std::optional<std::string> decoded(std::string_view text, bool query)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
            c = static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
            if (!query && (c == '/' || c == '\\' || c == '%')) return std::nullopt;
        } else if (query && c == '+') {
            c = ' ';
        }
        if (static_cast<unsigned char>(c) < ' ' || c == 127) return std::nullopt;
        out += c;
    }
    return out;
}

}  // namespace

std::string_view Request::cookie_value(std::string_view name) const
{
    std::string_view rest = cookie;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(';'), rest.size());
        auto one = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
        if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
            return one.substr(name.size() + 1);
    }
    return {};
}

Response refusal(unsigned status, std::string_view reason)
{
    return {.status = status,
            .type = "application/json",
            .body = boost::json::serialize(boost::json::object{{"error", reason}}) + "\n",
            .headers = {}};
}

std::string_view status_text(unsigned status)
{
    if (status == 421) return "Misdirected Request";
    return boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
}

std::optional<Target> parse_target(std::string_view text)
{
    const auto question = std::min(text.find('?'), text.size());
    const auto raw = text.substr(0, question);
    const auto path = decoded(raw, false);
    if (!path || !path->starts_with('/') || path->find("//") != std::string::npos ||
        path->find('\\') != std::string::npos || (*path + "/").find("/../") != std::string::npos ||
        (*path + "/").find("/./") != std::string::npos)
        return std::nullopt;
    Target target{*path, {}};
    std::string_view rest = text.substr(std::min(question + 1, text.size()));
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto one = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto equals = std::min(one.find('='), one.size());
        auto name = decoded(one.substr(0, equals), true);
        auto value = decoded(one.substr(std::min(equals + 1, one.size())), true);
        if (!name || !value) return std::nullopt;
        target.query.emplace(std::move(*name), std::move(*value));
    }
    return target;
}

}  // namespace bmsd::web
