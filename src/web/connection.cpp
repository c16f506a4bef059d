#include "web/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <cerrno>

#include "util/log.h"

namespace bmsd::web {

namespace http = boost::beast::http;

namespace {

std::optional<Method> method_of(http::verb verb)
{
    switch (verb) {
        case http::verb::get:
            return Method::get;
        case http::verb::head:
            return Method::head;
        case http::verb::post:
            return Method::post;
        case http::verb::put:
            return Method::put;
        case http::verb::delete_:
            return Method::remove;
        default:
            return std::nullopt;
    }
}

std::string text_of(boost::beast::string_view text)
{
    return {text.data(), text.size()};
}

/// "Application/JSON; charset=utf-8" is application/json.
std::string media_type(std::string text)
{
    text.erase(std::min(text.find(';'), text.size()));
    text.erase(text.find_last_not_of(' ') + 1);
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

}  // namespace

Connection::Connection(Server& server, Fd fd, net::Address peer)
    : server_(server), fd_(std::move(fd)), writer_(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0)), peer_(peer)
{
}

void Connection::start()
{
    expect_request();
    limit(server_.limits_.head_time);  // of one that says nothing at all
    wait_to_read();
}

void Connection::expect_request()
{
    parser_.emplace();
    parser_->header_limit(server_.limits_.head);
    parser_->body_limit(server_.limits_.body);
    parser_->eager(true);
    body_begun_ = false;
    state_ = State::reading;
}

void Connection::wait_to_read()
{
    if (!reading_) reading_ = server_.loop_.watch(fd_.get(), Ready::read, [this] { readable(); });
}

/// Also while an answer is on its way: a client that goes is seen.
void Connection::readable()
{
    const auto self = shared_from_this();
    std::array<char, 4096> buffer{};
    const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0 || state_ == State::streaming) {  // a reader of events has nothing more to say
        close();
        return;
    }
    if (state_ == State::draining) return;
    if (state_ == State::reading && in_.empty() && !parser_->got_some()) limit(server_.limits_.head_time);
    in_.append(buffer.data(), static_cast<std::size_t>(got));
    if (state_ == State::reading)
        parse();
    else if (in_.size() > server_.limits_.head)
        reading_.reset();  // the next requests wait in the kernel
}

void Connection::parse()
{
    boost::system::error_code error;
    in_.erase(0, parser_->put(boost::asio::buffer(in_), error));
    if (error == http::error::need_more) error = {};
    if (error == http::error::header_limit ||
        (!error && !parser_->is_header_done() && in_.size() > server_.limits_.head)) {
        ++server_.counts_.dropped;
        refuse(431, "the head of the request is too long");
    } else if (error == http::error::body_limit) {
        ++server_.counts_.dropped;
        refuse(413, "the body is too long");
    } else if (error) {
        refuse(400, "no HTTP request");
    } else if (parser_->is_done()) {
        requested();
    } else if (parser_->is_header_done() && !body_begun_) {
        body_begun_ = true;
        limit(server_.limits_.body_time);
    }
}

Request Connection::make_request(const Target& target) const
{
    const auto& message = parser_->get();
    Request request;
    request.method = *method_of(message.method());
    request.path = target.path;
    request.query = target.query;
    request.authority = text_of(message[http::field::host]);
    if (const auto parts = net::split_host_port(request.authority)) request.host = parts->host;
    request.origin = text_of(message[http::field::origin]);
    request.content_type = media_type(text_of(message[http::field::content_type]));
    request.accept = text_of(message[http::field::accept]);
    request.accept_encoding = text_of(message[http::field::accept_encoding]);
    request.cookie = text_of(message[http::field::cookie]);
    request.authorization = text_of(message[http::field::authorization]);
    request.if_none_match = text_of(message[http::field::if_none_match]);
    request.body = message.body();
    request.peer = peer_;
    request.through_proxy = trusted_proxy(peer_, server_.rules_);
    if (request.through_proxy) {
        request.base = usable_base(text_of(message["X-Ingress-Path"]));
        if (request.base.empty()) request.base = usable_base(text_of(message["X-Forwarded-Prefix"]));
    }
    return request;
}

void Connection::requested()
{
    state_ = State::answering;
    limit(server_.limits_.answer_time);
    ++server_.counts_.requests;
    const auto& message = parser_->get();
    keep_ = message.keep_alive();
    head_only_ = message.method() == http::verb::head;
    const auto target = parse_target(text_of(message.target()));
    if (!method_of(message.method())) {
        refuse(405, "this method is not known here");
        return;
    }
    if (!target || message.count(http::field::host) > 1) {
        refuse(400, target ? "one host, please" : "no such path can be");
        return;
    }
    server_.answer(make_request(*target), [weak = weak_from_this(), number = ++number_](Response response) {
        const auto self = weak.lock();
        if (self && !self->closed_ && self->state_ == State::answering && self->number_ == number)
            self->respond(std::move(response));
    });
}

void Connection::refuse(unsigned status, std::string_view reason)
{
    ++server_.counts_.refused;
    keep_ = false;
    reading_.reset();
    respond(refusal(status, reason));
}

void Connection::respond(Response response)
{
    state_ = State::sending;
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n{}Content-Type: {}\r\n", response.status,
                                   status_text(response.status), server_.fixed_headers_, response.type);
    for (const auto& [name, value] : response.headers) head.append(name).append(": ").append(value).append("\r\n");
    if (response.source) {
        keep_ = false;
        head += "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\nConnection: close\r\n\r\n";
        if (!head_only_) source_ = std::move(response.source);
    } else {
        if (response.status != 304) head += fmt::format("Content-Length: {}\r\n", response.body.size());
        head += keep_ ? "\r\n" : "Connection: close\r\n\r\n";
        if (!head_only_ && response.status != 304) head += response.body;
    }
    out_ = std::move(head);
    sent_ = 0;
    limit(server_.limits_.no_progress);
    server_.loop_.post([self = shared_from_this()] { self->send(); });  // not inside of the route
}

void Connection::send()
{
    if (closed_) return;
    const auto self = shared_from_this();
    while (sent_ < out_.size()) {
        const auto put = ::send(fd_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && errno == EAGAIN) {
            if (!writing_) writing_ = server_.loop_.watch(writer_.get(), Ready::write, [this] { send(); });
            return;
        }
        if (put < 0) {
            close();
            return;
        }
        sent_ += static_cast<std::size_t>(put);
        limit(server_.limits_.no_progress);
    }
    writing_.reset();
    out_.clear();
    sent_ = 0;
    sent();
}

void Connection::sent()
{
    if (source_) {
        limit_.reset();
        stream();
        return;
    }
    if (!keep_) {
        state_ = State::draining;
        ::shutdown(fd_.get(), SHUT_WR);
        wait_to_read();
        limit_ = server_.loop_.at(server_.loop_.now() + server_.limits_.drain, [this] { close(); });
        return;
    }
    expect_request();
    limit(server_.limits_.idle);
    wait_to_read();
    if (!in_.empty()) {
        limit(server_.limits_.head_time);
        parse();
    }
}

/// What the source has, as soon as the reader has taken what it had before.
void Connection::stream()
{
    if (std::exchange(state_, State::streaming) != State::streaming) {
        source_->start([weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self || self->closed_) return;
            self->server_.loop_.post([weak] {
                if (const auto late = weak.lock(); late && !late->closed_ && late->out_.empty()) late->stream();
            });
        });
        wait_to_read();
    }
    out_ = source_->fetch();
    comment_ = server_.loop_.at(server_.loop_.now() + server_.limits_.comment_every, [this] {
        if (out_.empty()) {
            out_ = ":\n\n";
            limit(server_.limits_.no_progress);
            send();
        }
    });
    if (out_.empty()) return;
    limit(server_.limits_.no_progress);
    send();
}

void Connection::limit(Duration longest)
{
    limit_ = server_.loop_.at(server_.loop_.now() + longest, [this] { drop(); });
}

void Connection::drop()
{
    ++server_.counts_.dropped;
    close();
}

void Connection::close()
{
    if (closed_) return;
    close_for_good();
    server_.remove(this);
}

void Connection::close_for_good()
{
    closed_ = true;
    source_.reset();
    for (Wait* wait : {&reading_, &writing_, &limit_, &comment_}) wait->reset();
    writer_.reset();
    fd_.reset();
}

}  // namespace bmsd::web
