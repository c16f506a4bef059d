#include "net/stream.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace bmsd::net {

Task<Result<Stream>> Stream::connect_to(Loop& loop, Address address)
{
    Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) co_return Failure(std::strerror(errno));
    constexpr int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd.get(), address.get(), address.size) != 0) {
        if (errno != EINPROGRESS) co_return Failure(std::strerror(errno));
        co_await loop.ready(fd.get(), Ready::write);
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) co_return Failure(std::strerror(error));
    }
    co_return Stream(loop, std::move(fd));
}

Task<Result<Stream>> Stream::connect(Loop& loop, std::string host, std::uint16_t port,
                                     std::shared_ptr<const Trust> trust)
{
    auto addresses = co_await must(resolve(loop, host, port));
    std::string reason = host + ": no address";
    for (const Address& address : addresses) {
        auto stream = co_await connect_to(loop, address);
        if (!stream) {
            reason = fmt::format("{}:{}: {}", host, port, stream.error());
            continue;
        }
        if (trust) stream->tls_ = co_await must(TlsSession::handshake(loop, stream->fd(), trust, host));
        co_return std::move(*stream);
    }
    co_return Failure(std::move(reason));
}

Task<Result<std::size_t>> Stream::read(char* to, std::size_t size)
{
    if (tls_) co_return co_await tls_.read(*loop_, to, size);
    while (true) {
        const auto got = ::recv(fd_.get(), to, size, 0);
        if (got >= 0) co_return static_cast<std::size_t>(got);
        if (errno != EAGAIN && errno != EINTR) co_return Failure(std::strerror(errno));
        co_await loop_->ready(fd_.get(), Ready::read);
    }
}

Task<Result<std::size_t>> Stream::write_some(const char* from, std::size_t size)
{
    if (tls_) co_return co_await tls_.write(*loop_, from, size);
    while (true) {
        const auto put = ::send(fd_.get(), from, size, MSG_NOSIGNAL);
        if (put >= 0) co_return static_cast<std::size_t>(put);
        if (errno != EAGAIN && errno != EINTR) co_return Failure(std::strerror(errno));
        co_await loop_->ready(fd_.get(), Ready::write);
    }
}

Task<Result<void>> Stream::write(std::string_view data)
{
    while (!data.empty()) {
        const auto put = co_await write_some(data.data(), data.size());
        if (!put) co_return Failure(put.error());
        if (*put == 0) co_return Failure("the connection ended");
        data.remove_prefix(*put);
    }
    co_return Result<void>{};
}

}  // namespace bmsd::net
