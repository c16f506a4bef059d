#pragma once
// Encryption of a stream, where the program was built with OpenSSL. The other side's certificate is checked, and that
// it is for the host that was asked for.
#include <memory>
#include <string>

#include "util/loop.h"
#include "util/result.h"
#include "util/task.h"

namespace bmsd::net {

/// Whether this program can encrypt.
bool tls_possible();

struct TrustOptions {
    std::string ca_file;    // PEM; empty: what the system trusts
    bool insecure = false;  // takes any certificate
};

/// What is trusted; read once, used by every connection.
class Trust {
  public:
    static Result<std::shared_ptr<const Trust>> make(const TrustOptions& options);
    struct Impl;
    explicit Trust(std::unique_ptr<Impl> impl);
    ~Trust();
    const Impl& impl() const { return *impl_; }

  private:
    std::unique_ptr<Impl> impl_;
};

/// The encrypted side of a socket, which stays open as long as this lives.
class TlsSession {
  public:
    TlsSession();
    TlsSession(TlsSession&&) noexcept;
    TlsSession& operator=(TlsSession&&) noexcept;
    ~TlsSession();
    explicit operator bool() const { return impl_ != nullptr; }

    static Task<Result<TlsSession>> handshake(Loop& loop, int fd, std::shared_ptr<const Trust> trust, std::string host);
    /// 0: the other side has closed.
    Task<Result<std::size_t>> read(Loop& loop, char* to, std::size_t size);
    Task<Result<std::size_t>> write(Loop& loop, const char* from, std::size_t size);
    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace bmsd::net
