#pragma once
// One client of the server: reads a request, waits for its answer, sends it, begins again.
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "web/server.h"

namespace bmsd::web {

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(Server& server, Fd fd, net::Address peer);

    void start();
    /// The server goes; nothing of it is touched any more.
    void close_for_good();

  private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    enum class State : std::uint8_t {
        reading,    // a request, or nothing yet
        answering,  // a route works on it
        sending,
        streaming,
        draining,  // the answer is out; what still comes is thrown away, so that the client gets to read it
    };

    void expect_request();
    void wait_to_read();
    void readable();
    void parse();
    void requested();
    Request make_request(const Target& target) const;
    void respond(Response response);
    void refuse(unsigned status, std::string_view reason);
    void send();
    void sent();
    void stream();
    void limit(Duration longest);
    void drop();
    void close();

    Server& server_;
    Fd fd_;
    Fd writer_;  // the same socket once more: the loop watches a descriptor for one thing
    net::Address peer_;
    std::optional<Parser> parser_;
    std::string in_;   // not parsed yet
    std::string out_;  // not sent yet
    std::size_t sent_ = 0;
    State state_ = State::reading;
    unsigned number_ = 0;  // of the request, so that an answer does not go to a later one
    bool head_only_ = false, keep_ = false, closed_ = false;
    bool body_begun_ = false;  // the head is whole, its time is over
    std::unique_ptr<Source> source_;
    Wait reading_, writing_, limit_, comment_;
};

}  // namespace bmsd::web
