#include "net/http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <utility>

#include "util/version.h"
#include "util/within.h"

namespace bmsd::net {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t most_head = 8192;
constexpr std::uint64_t most_body = 65536;
constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
}

/// Nothing for a date: waited as if nothing was said.
std::optional<double> seconds_of(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

}  // namespace

std::string Url::authority() const
{
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

Result<Url> parse_url(std::string_view text)
{
    Url url;
    url.tls = text.starts_with("https://");
    if (!url.tls && !text.starts_with("http://")) return Failure("an address begins with http:// or https://");
    text.remove_prefix(url.tls ? 8 : 7);
    const auto end = std::min(text.find_first_of("/?#"), text.size());
    const auto authority = text.substr(0, end);
    url.path = text.substr(end);
    const auto bad = [](char c) { return c <= ' ' || c == 127; };
    if (authority.find('@') != std::string_view::npos)
        return Failure("user and password have settings of their own, they do not stand in the address");
    const auto parts = split_host_port(authority);
    if (!parts || parts->host.empty() || std::ranges::any_of(text, bad) || url.path.find('#') != std::string::npos)
        return Failure("it is not an address");
    url.host = parts->host;
    url.port = parts->port.value_or(url.tls ? 443 : 80);
    if (url.port == 0) return Failure("port 0 is none");
    return url;
}

std::string percent_encoded(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', hex_digits[byte >> 4], hex_digits[byte & 15]};
    }
    return out;
}

std::string base64(std::string_view bytes)
{
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

HttpClient::HttpClient(Loop& loop, Url server, std::shared_ptr<const Trust> trust)
    : loop_(loop), server_(std::move(server)), trust_(std::move(trust))
{
}

/// What the server says; the connection is kept when it keeps it.
Task<Result<HttpReply>> HttpClient::exchange_over(Stream stream, std::string_view message)
{
    co_await must(stream.write(message));
    http::response_parser<http::string_body> parser;
    parser.header_limit(most_head);
    parser.body_limit(most_body);
    parser.eager(true);
    std::string waiting;
    std::array<char, 4096> buffer{};
    while (!parser.is_done()) {
        const auto got = co_await must(stream.read(buffer.data(), buffer.size()));
        boost::system::error_code error;
        if (got == 0) {
            if (parser.got_some()) parser.put_eof(error);
            if (error || !parser.is_done()) co_return Failure("the server closed before it answered");
            break;
        }
        waiting.append(buffer.data(), got);
        waiting.erase(0, parser.put(boost::asio::buffer(waiting), error));
        if (error && error != http::error::need_more) co_return Failure("no HTTP: " + error.message());
    }
    HttpReply reply{parser.get().result_int(), std::move(parser.get().body()), std::nullopt};
    reply.retry_after = seconds_of(parser.get()[http::field::retry_after]);
    if (parser.get().keep_alive()) stream_ = std::move(stream);
    co_return reply;
}

/// A kept connection may have been closed by now: then once more over a new one.
Task<Result<HttpReply>> HttpClient::exchange(std::string message)
{
    if (stream_) {
        Stream kept = std::move(*stream_);
        stream_.reset();
        auto reply = co_await exchange_over(std::move(kept), message);
        if (reply) co_return std::move(reply);
    }
    Stream fresh = co_await must(Stream::connect(loop_, server_.host, server_.port, trust_));
    co_return co_await exchange_over(std::move(fresh), message);
}

Task<Result<HttpReply>> HttpClient::post(std::string target, std::vector<Header> headers, std::string body,
                                         Duration longest)
{
    std::string message = fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: bmsd/{}\r\nContent-Length: {}\r\n",
                                      target, server_.authority(), version, body.size());
    for (const Header& header : headers) message.append(header.name).append(": ").append(header.value).append("\r\n");
    message += "\r\n" + body;
    co_return co_await within(loop_, longest, exchange(std::move(message)),
                              fmt::format("no answer within {:.0f} s", to_seconds(longest)));
}

}  // namespace bmsd::net
