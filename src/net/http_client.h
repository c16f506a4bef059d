#pragma once
// Requests to an HTTP server: one at a time, over a connection that is kept. For publishers; a browser is somebody
// else.
#include <optional>
#include <string>
#include <vector>

#include "net/stream.h"

namespace bmsd::net {

struct Url {
    bool tls = false;
    std::string host;
    std::uint16_t port = 80;
    std::string path;  // from the first "/"; empty: none was given

    /// What stands behind "Host:".
    std::string authority() const;
};
/// http and https only; no user and password in it.
Result<Url> parse_url(std::string_view text);
/// As a part of a path or a query.
std::string percent_encoded(std::string_view text);
std::string base64(std::string_view bytes);

struct HttpReply {
    unsigned status = 0;
    std::string body;                   // its first 64 kB at most are waited for
    std::optional<double> retry_after;  // s
};

struct Header {
    std::string name, value;  // without line ends
};

class HttpClient {
  public:
    /// `trust` for https.
    HttpClient(Loop& loop, Url server, std::shared_ptr<const Trust> trust);
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// One POST, in at most `longest`. An error: no answer. Cancelling it closes the connection.
    Task<Result<HttpReply>> post(std::string target, std::vector<Header> headers, std::string body,
                                 Duration longest = std::chrono::seconds(10));

  private:
    Task<Result<HttpReply>> exchange(std::string message);
    Task<Result<HttpReply>> exchange_over(Stream stream, std::string_view message);

    Loop& loop_;
    Url server_;
    std::shared_ptr<const Trust> trust_;
    std::optional<Stream> stream_;  // kept open; not while a request is on its way
};

}  // namespace bmsd::net
