#include "net/tls.h"

#ifdef BMSD_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#endif

#include "net/address.h"

namespace bmsd::net {

#ifdef BMSD_TLS

namespace {

struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

std::string reason_of(SSL* ssl)
{
    if (ssl != nullptr && SSL_get_verify_result(ssl) != X509_V_OK)
        return std::string("certificate: ") + X509_verify_cert_error_string(SSL_get_verify_result(ssl));
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    return std::string("TLS: ") + (reason != nullptr ? reason : "the connection ended");
}

}  // namespace

struct Trust::Impl {
    std::unique_ptr<SSL_CTX, Free> context;
    bool insecure = false;
};

struct TlsSession::Impl {
    std::shared_ptr<const Trust> trust;
    std::unique_ptr<SSL, Free> ssl;

    /// Repeats `step` until it is done; its result, 0 at the end of the stream, or an error.
    template <class Step>
    Task<Result<std::size_t>> run(Loop& loop, Step step)
    {
        while (true) {
            ERR_clear_error();
            const int done = step(ssl.get());
            if (done > 0) co_return static_cast<std::size_t>(done);
            const int why = SSL_get_error(ssl.get(), done);
            if (why == SSL_ERROR_ZERO_RETURN) co_return 0U;
            if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) co_return Failure(reason_of(ssl.get()));
            co_await loop.ready(SSL_get_fd(ssl.get()), why == SSL_ERROR_WANT_READ ? Ready::read : Ready::write);
        }
    }
};

bool tls_possible()
{
    return true;
}

Result<std::shared_ptr<const Trust>> Trust::make(const TrustOptions& options)
{
    ERR_clear_error();
    auto impl = std::make_unique<Impl>();
    impl->insecure = options.insecure;
    impl->context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = impl->context.get();
    if (context == nullptr) return Failure(reason_of(nullptr));
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    const int loaded = options.ca_file.empty()
                           ? SSL_CTX_set_default_verify_paths(context)
                           : SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr);
    if (loaded != 1 && !options.insecure) return Failure(options.ca_file + ": no certificates can be read");
    return std::make_shared<const Trust>(std::move(impl));
}

Task<Result<TlsSession>> TlsSession::handshake(Loop& loop, int fd, std::shared_ptr<const Trust> trust, std::string host)
{
    TlsSession session;
    session.impl_ = std::make_unique<Impl>();
    session.impl_->ssl.reset(SSL_new(trust->impl().context.get()));
    SSL* ssl = session.impl_->ssl.get();
    if (ssl == nullptr || SSL_set_fd(ssl, fd) != 1) co_return Failure(reason_of(nullptr));
    if (literal(host, 0)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
    } else {
        SSL_set_tlsext_host_name(ssl, host.c_str());
        SSL_set1_host(ssl, host.c_str());
    }
    session.impl_->trust = std::move(trust);
    const auto done = co_await session.impl_->run(loop, [](SSL* s) { return SSL_connect(s); });
    if (!done) co_return Failure(done.error());
    if (*done == 0) co_return Failure("TLS: the connection ended");
    co_return std::move(session);
}

Task<Result<std::size_t>> TlsSession::read(Loop& loop, char* to, std::size_t size)
{
    return impl_->run(loop, [to, size](SSL* ssl) { return SSL_read(ssl, to, static_cast<int>(size)); });
}

Task<Result<std::size_t>> TlsSession::write(Loop& loop, const char* from, std::size_t size)
{
    return impl_->run(loop, [from, size](SSL* ssl) { return SSL_write(ssl, from, static_cast<int>(size)); });
}

#else

namespace {
constexpr const char* cannot = "this build cannot encrypt: it was made without OpenSSL";
}

struct Trust::Impl {};
struct TlsSession::Impl {};

bool tls_possible()
{
    return false;
}

Result<std::shared_ptr<const Trust>> Trust::make(const TrustOptions&)
{
    return Failure(cannot);
}

Task<Result<TlsSession>> TlsSession::handshake(Loop&, int, std::shared_ptr<const Trust>, std::string)
{
    co_return Failure(cannot);
}

Task<Result<std::size_t>> TlsSession::read(Loop&, char*, std::size_t)
{
    co_return Failure(cannot);
}

Task<Result<std::size_t>> TlsSession::write(Loop&, const char*, std::size_t)
{
    co_return Failure(cannot);
}

#endif

Trust::Trust(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trust::~Trust() = default;
TlsSession::TlsSession() = default;
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;
TlsSession::~TlsSession() = default;

}  // namespace bmsd::net
