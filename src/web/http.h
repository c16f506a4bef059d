#pragma once
// A request as the routes see it, and what they answer.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.h"

namespace bmsd::web {

enum class Method : std::uint8_t { get, head, post, put, remove };

struct Request {
    Method method = Method::get;
    std::string path;                                       // "/api/v1/batteries/x": decoded, no "..", no "//"
    std::map<std::string, std::string, std::less<>> query;  // decoded; of a name twice the first
    std::string host;                                       // of the Host header, without its port
    std::string authority;                                  // the Host header
    std::string origin;                                     // empty: none was sent
    std::string content_type;                               // lower case, without parameters
    std::string accept, accept_encoding, cookie, authorization, if_none_match;
    std::string body;
    std::string base;  // where the page stands behind a trusted proxy, "" or "/prefix"
    net::Address peer;
    bool through_proxy = false;  // the peer is a trusted proxy

    /// Of the cookie of this name; empty: none.
    std::string_view cookie_value(std::string_view name) const;
};

/// A body that goes on: events for a browser. The connection takes as much as the reader reads.
class Source {
  public:
    virtual ~Source() = default;
    /// Called once; `wake` tells that there may be something to fetch.
    virtual void start(std::function<void()> wake) = 0;
    /// What is new, empty when nothing is. Not called again before the reader has taken it.
    virtual std::string fetch() = 0;
};

struct Response {
    unsigned status = 200;
    std::string type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::unique_ptr<Source> source{};  // then there is no body
};

/// May be called later, once; nothing happens when the client has gone.
using Answer = std::function<void(Response response)>;
using Handler = std::function<void(const Request& request, const Answer& answer)>;

/// {"error": reason}, or a line of text for those who do not ask for JSON.
Response refusal(unsigned status, std::string_view reason);
std::string_view status_text(unsigned status);

/// Path and query of a request line's target. An error: the status to refuse it with is 400.
struct Target {
    std::string path;
    std::map<std::string, std::string, std::less<>> query;
};
std::optional<Target> parse_target(std::string_view text);

}  // namespace bmsd::web
