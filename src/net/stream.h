#pragma once
// A TCP connection to a server, encrypted when there is something to trust. Nothing here has a time limit of its own:
// whoever waits sets one (util/within.h).
#include <string>
#include <string_view>

#include "net/address.h"
#include "net/tls.h"
#include "util/fd.h"

namespace bmsd::net {

class Stream {
  public:
    /// Each address of the name in turn. `trust`: null without encryption.
    static Task<Result<Stream>> connect(Loop& loop, std::string host, std::uint16_t port,
                                        std::shared_ptr<const Trust> trust);
    /// As many bytes as are there, at least one. 0: the other side has closed.
    Task<Result<std::size_t>> read(char* to, std::size_t size);
    /// All of it; `data` stays where it is until then.
    Task<Result<void>> write(std::string_view data);
    int fd() const { return fd_.get(); }

  private:
    Stream(Loop& loop, Fd fd) : loop_(&loop), fd_(std::move(fd)) {}
    static Task<Result<Stream>> connect_to(Loop& loop, Address address);
    Task<Result<std::size_t>> write_some(const char* from, std::size_t size);

    Loop* loop_;
    Fd fd_;
    TlsSession tls_;  // goes before the socket it uses
};

}  // namespace bmsd::net
