#pragma once
// Serial ports that other programs hand over and take back, such as serial-starter of Venus OS by way of bmsd-claim
// (core/venus-install.md section 5).
//
// A claimer connects to a unix socket, sends the path of the port and a line feed, and holds the connection: closing it
// takes the port back. When no battery is there it hears "none", when the port is not served "refused: " and the
// reason; then the connection is closed. A connection that ends without a word means that the daemon has ended.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "link/serial.h"
#include "util/loop.h"
#include "util/result.h"

namespace bmsd::daemon {

class Claims {
  public:
    struct Events {
        std::function<Result<void>(const std::string& port)> claimed;
        std::function<void(const std::string& port)> left;  // its claimer has gone
    };

    /// Listens at `path`, which only the user of the process can reach. A socket that an ended daemon left is replaced;
    /// one that somebody listens at is an error.
    static Result<std::unique_ptr<Claims>> open(Loop& loop, std::string path, Events events);
    Claims(const Claims&) = delete;
    Claims& operator=(const Claims&) = delete;
    ~Claims();

    /// Tells the claimer of `port`, if there is one, that no battery is there. The port counts as left; `left` is not
    /// called.
    void nobody_at(const std::string& port);

  private:
    struct Claimer {
        link::Fd fd;
        Wait wait;
        std::string said, port;
    };
    Claims(Loop& loop, std::string path, Events events);

    void listen();
    void accept();
    void read(int fd);
    void claim(Claimer& claimer);
    void dismiss(int fd, std::string_view verdict);

    Loop& loop_;
    std::string path_;
    Events events_;
    link::Fd listening_;
    Wait wait_;
    std::map<int, Claimer> claimers_;  // by descriptor
};

}  // namespace bmsd::daemon
