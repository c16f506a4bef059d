#pragma once
// The HTTP server: sockets on the loop, requests by Boost.Beast's parser, the limits of core/outputs.md 7.2 number 9.
// Costs nothing but a listening socket while nobody asks. A slow or silent client loses its connection, never anybody
// else's time.
#include <list>
#include <map>
#include <memory>
#include <string>

#include "util/fd.h"
#include "web/guard.h"

namespace bmsd::web {

struct Limits {
    std::size_t connections = 16;
    std::uint32_t head = 8192;                          // bytes
    std::uint64_t body = 65536;                         // bytes
    Duration head_time = std::chrono::seconds(5);       // from the first byte of a request, or the connection
    Duration body_time = std::chrono::seconds(10);      // for all of it
    Duration answer_time = std::chrono::seconds(30);    // of a route that asks somebody else
    Duration drain = std::chrono::seconds(1);           // before a connection that ends is closed
    Duration idle = std::chrono::seconds(60);           // between requests
    Duration no_progress = std::chrono::seconds(10);    // of a reader that does not read
    Duration comment_every = std::chrono::seconds(15);  // in a stream of events, so that proxies keep it open
};

class Connection;

class Server {
  public:
    struct Counts {
        std::uint64_t requests = 0, refused = 0, dropped = 0;  // dropped: too slow, too large, too many
    };

    Server(Loop& loop, Rules rules, Limits limits = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Answers requests for exactly `path`, or with a "/" at the end for all below it. GET also answers HEAD.
    void route(Method method, std::string path, Handler handler);
    /// "127.0.0.1:8078", "[::]:8078", ":8078" (everywhere).
    Result<void> listen(const std::string& where);
    /// The port in use; 0: it does not listen.
    std::uint16_t port() const;
    /// From the next request on.
    void set_rules(Rules rules);
    const Counts& counts() const { return counts_; }
    std::size_t connections() const { return connections_.size(); }

  private:
    friend class Connection;
    struct Route {
        Method method;
        Handler handler;
    };

    void accept();
    void answer(const Request& request, const Answer& answer);
    void remove(Connection* connection);

    Loop& loop_;
    Rules rules_;
    std::string fixed_headers_;
    Limits limits_;
    Counts counts_;
    std::multimap<std::string, Route, std::less<>> routes_;
    Fd socket_;
    Wait accepting_, again_;
    std::list<std::shared_ptr<Connection>> connections_;
};

/// "127.0.0.1:8078": an address, no name.
Result<net::Address> parse_listen(std::string_view where);

}  // namespace bmsd::web
