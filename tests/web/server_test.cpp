// The rules of the HTTP server (core/outputs.md 7.2), one by one, over real sockets.
#include "web/server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "support/raw_client.h"

namespace bmsd::web {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Echo : Source {
    std::function<void()> wake;
    std::string next = "data: first\n\n";
    void start(std::function<void()> w) override { wake = std::move(w); }
    std::string fetch() override { return std::exchange(next, {}); }
};

struct WebServer : testing::Test {
    RealLoop loop;
    Limits limits{.head_time = std::chrono::milliseconds(800),
                  .body_time = std::chrono::milliseconds(800),
                  .drain = std::chrono::milliseconds(300),
                  .idle = std::chrono::milliseconds(800),
                  .no_progress = std::chrono::milliseconds(800),
                  .comment_every = std::chrono::milliseconds(100)};
    Rules rules;
    std::unique_ptr<Server> server;
    std::uint16_t port = 0;
    Echo* stream = nullptr;
    std::vector<Request> seen;
    Answer late;

    void start()
    {
        server = std::make_unique<Server>(loop, rules, limits);
        const auto hello = [this](const Request& request, const Answer& answer) {
            seen.push_back(request);
            answer({.status = 200, .type = "text/plain; charset=utf-8", .body = "hello\n", .headers = {}});
        };
        server->route(Method::get, "/hello", hello);
        server->route(Method::post, "/hello", hello);
        server->route(Method::get, "/below/", hello);
        server->route(Method::get, "/large", [](const Request&, const Answer& answer) {
            answer({.body = std::string(8 << 20, 'x'), .headers = {}});
        });
        server->route(Method::get, "/bad", [](const Request&, const Answer&) { throw std::runtime_error("no"); });
        server->route(Method::get, "/late", [this](const Request&, const Answer& answer) { late = answer; });
        server->route(Method::get, "/live", [this](const Request&, const Answer& answer) {
            auto source = std::make_unique<Echo>();
            stream = source.get();
            answer({.type = "text/event-stream", .body = {}, .headers = {}, .source = std::move(source)});
        });
        for (port = 18078; port < 18178; ++port)
            if (server->listen("127.0.0.1:" + std::to_string(port))) return;
        FAIL() << "no port";
    }

    std::string ask(const std::string& request, double longest = 2)
    {
        if (!server) start();
        RawClient client(loop, port);
        return client.ask(request, {}, longest);
    }
    std::string get(const std::string& target, const std::string& headers = {}, const std::string& host = "127.0.0.1")
    {
        return ask(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\n", target, host, headers));
    }
    std::string post(const std::string& headers, const std::string& body)
    {
        return ask(fmt::format(
            "POST /hello HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n{}", headers,
            body.size(), body));
    }
};

TEST_F(WebServer, Answers)
{
    const auto reply = get("/hello?a=b%20c&a=d");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(reply, HasSubstr("Content-Length: 6\r\n"));
    EXPECT_TRUE(reply.ends_with("\r\n\r\nhello\n"));
    EXPECT_EQ(seen.at(0).query.at("a"), "b c");
    EXPECT_THAT(get("/below/x/y"), HasSubstr("hello"));
    EXPECT_THAT(get("/below"), HasSubstr("404"));
    EXPECT_THAT(get("/"), HasSubstr("404"));
    EXPECT_THAT(get("/bad"), HasSubstr("500"));
    EXPECT_FALSE(ask("HEAD /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ends_with("hello\n"));
    EXPECT_THAT(ask("PUT /hello HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                    "0\r\n\r\n"),
                HasSubstr("405"));
    EXPECT_THAT(ask("OPTIONS /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"), HasSubstr("405"));
}

TEST_F(WebServer, KeepsAConnectionAndTakesTwoRequestsAtOnce)
{
    start();
    RawClient client(loop, port);
    const std::string one = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
    EXPECT_THAT(client.ask(one, "hello\n"), HasSubstr("hello"));
    const auto two = client.ask(one + one, "hello\n");
    EXPECT_FALSE(client.closed());
    EXPECT_THAT(two + client.read("hello\n", 0.2), HasSubstr("hello\n"));
    EXPECT_EQ(seen.size(), 3U);
}

TEST_F(WebServer, EveryAnswerCarriesTheSafetyHeadersAndNoneOfCors)
{
    rules.frame_ancestors = {"http://homeassistant.local:8123", "bad;script-src *"};
    for (const auto& reply :
         {get("/hello", "Origin: http://evil.example\r\n"), get("/nothing"), get("/hello", "", "evil.example")}) {
        EXPECT_THAT(reply, HasSubstr("Content-Security-Policy: default-src 'self';"));
        EXPECT_THAT(reply, HasSubstr("frame-ancestors 'self' http://homeassistant.local:8123\r\n"));
        EXPECT_THAT(reply, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
        EXPECT_THAT(reply, HasSubstr("Referrer-Policy: no-referrer\r\n"));
        EXPECT_THAT(reply, Not(HasSubstr("Access-Control")));
    }
}

TEST_F(WebServer, HostsOfOthersAreRefused)
{
    rules.allowed_hosts = {"battery.example.org", ".lan.example.net"};
    for (const char* host : {"127.0.0.1", "127.0.0.1:8078", "192.168.1.5", "10.1.2.3", "172.31.0.1", "169.254.3.4",
                             "[::1]:8078", "[fe80::1]", "[fd00::5]", "localhost", "raspberrypi", "venus.local",
                             "VENUS.LOCAL:80", "battery.example.org", "a.lan.example.net", "venus.local."})
        EXPECT_THAT(get("/hello", "", host), StartsWith("HTTP/1.1 200")) << host;
    for (const char* host : {"evil.example", "8.8.8.8", "172.32.0.1", "[2001:db8::1]", "127.0.0.1.evil.example", "",
                             "local", "battery.example.org.evil.example", "xlan.example.net", "a b", "127.0.0.1:x",
                             "2130706433", "0x7f000001", "venus.local@evil.example"}) {
        EXPECT_THAT(get("/hello", "", host), StartsWith("HTTP/1.1 421")) << host;
    }
    EXPECT_THAT(ask("GET /hello HTTP/1.1\r\n\r\n"), HasSubstr("421"));
    EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"), HasSubstr("400"));
    EXPECT_THAT(ask("GET http://evil.example/hello HTTP/1.1\r\nHost: localhost\r\n\r\n"), HasSubstr("400"));
}

TEST_F(WebServer, ChangesOnlyFromOwnPagesAndOnlyAsJson)
{
    rules.allowed_hosts = {"battery.example.org"};
    const std::string json = "Content-Type: application/json; charset=utf-8\r\n";
    EXPECT_THAT(post(json, "{}"), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(seen.back().body, "{}");
    EXPECT_THAT(post(json + "Origin: http://127.0.0.1\r\n", "{}"), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(post(json + "Origin: https://battery.example.org\r\n", "{}"), StartsWith("HTTP/1.1 200"));
    for (const char* origin :
         {"http://evil.example", "null", "http://127.0.0.1:81", "http://127.0.0.1.evil.example", "file://"})
        EXPECT_THAT(post(json + "Origin: " + origin + "\r\n", "{}"), StartsWith("HTTP/1.1 403")) << origin;
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""})
        EXPECT_THAT(post(fmt::format("Content-Type: {}\r\n", type), "{}"), StartsWith("HTTP/1.1 415")) << type;
    EXPECT_THAT(post("", "{}"), StartsWith("HTTP/1.1 415"));
}

TEST_F(WebServer, PathTricks)
{
    for (const char* target : {"/../hello", "/hello/..", "/%2e%2e/hello", "/..%2fhello", "/%2Fhello", "//hello",
                               "/./hello", "/hello%00", "/hello%0d%0aX:y", "/hel\\lo", "/%5chello", "/hello%",
                               "/hello%zz", "hello", "*", "/%252e%252e/hello", "/hello?x=%0a"})
        EXPECT_THAT(get(target), StartsWith("HTTP/1.1 400")) << target;
    EXPECT_THAT(get("/hello/"), StartsWith("HTTP/1.1 404"));
    EXPECT_TRUE(seen.empty());
}

TEST_F(WebServer, LongHeadsAndBodiesAreRefused)
{
    EXPECT_THAT(get("/hello", "X: " + std::string(9000, 'x') + "\r\n"), StartsWith("HTTP/1.1 431"));
    EXPECT_THAT(get("/" + std::string(20000, 'x')), StartsWith("HTTP/1.1 4"));
    const std::string json = "Content-Type: application/json\r\n";
    EXPECT_THAT(post(json, std::string(65537, ' ')), StartsWith("HTTP/1.1 413"));
    EXPECT_THAT(post(json, std::string(65536, ' ')), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(ask("POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n"),
                StartsWith("HTTP/1.1 4"));
    std::string chunks = "POST /hello HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + json + "\r\n";
    for (int i = 0; i < 20; ++i) chunks += "1000\r\n" + std::string(4096, ' ') + "\r\n";
    EXPECT_THAT(ask(chunks + "0\r\n\r\n"), StartsWith("HTTP/1.1 413"));
    EXPECT_THAT(ask("POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n" +
                    json + "\r\n0\r\n\r\nGET /hello HTTP/1.1\r\n\r\n"),
                StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(ask("\x16\x03\x01 garbage\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(WebServer, SlowHeadsAndBodiesAreDropped)
{
    start();
    RawClient silent(loop, port), slow(loop, port), body(loop, port);
    const Instant began = loop.now();
    body.send(
        "POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{");
    bool open = true;
    for (int i = 0; i < 300 && open; ++i) {
        open = slow.send("G");
        slow.read({}, 0.02);
        open = open && !slow.closed();
    }
    EXPECT_FALSE(open);
    EXPECT_LT(to_seconds(loop.now() - began), 4);
    silent.read({}, 3);
    EXPECT_TRUE(silent.closed());
    body.read({}, 3);
    EXPECT_TRUE(body.closed());
    EXPECT_EQ(server->connections(), 0U);
    EXPECT_EQ(server->counts().dropped, 3U);
}

TEST_F(WebServer, ReadersThatDoNotReadAreDropped)
{
    start();
    RawClient client(loop, port, 4096);
    client.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    loop.run_for(std::chrono::milliseconds(100));
    EXPECT_EQ(server->connections(), 1U);
    const Instant end = loop.now() + std::chrono::seconds(6);
    while (server->connections() > 0 && loop.now() < end) loop.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(server->connections(), 0U);
    RawClient reader(loop, port);
    EXPECT_GT(reader.ask("GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", {}, 5).size(),
              8U << 20);
}

TEST_F(WebServer, NoMoreConnectionsThanTheLimit)
{
    limits.head_time = std::chrono::seconds(5);
    start();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<RawClient>(loop, port));
        loop.run_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(server->connections(), 16U);
    clients[19]->read({}, 0.2);
    EXPECT_TRUE(clients[19]->closed());
    EXPECT_THAT(clients[3]->ask("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", "hello\n"), HasSubstr("hello"));
    clients[0].reset();
    loop.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(server->connections(), 15U);
}

TEST_F(WebServer, EventsFlowAndEndWithTheReader)
{
    start();
    std::optional<RawClient> reader(std::in_place, loop, port);
    RawClient& client = *reader;
    const auto head = client.ask("GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n", "first\n\n");
    EXPECT_THAT(head, HasSubstr("X-Accel-Buffering: no"));
    EXPECT_THAT(head, HasSubstr("Cache-Control: no-store"));
    EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
    EXPECT_THAT(client.read(":\n\n", 1), HasSubstr(":\n\n"));
    stream->next = "data: second\n\n";
    stream->wake();
    EXPECT_THAT(client.read("second\n\n"), HasSubstr("second"));
    reader.reset();
    loop.run_for(std::chrono::milliseconds(30));
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(WebServer, AnAnswerAfterTheClientHasGoneGoesNowhere)
{
    start();
    {
        RawClient client(loop, port);
        client.send("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
        loop.run_for(std::chrono::milliseconds(20));
    }
    loop.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(server->connections(), 0U);
    late({.body = "too late", .headers = {}});
    server.reset();
    late({.body = "much too late", .headers = {}});
    loop.run_for(std::chrono::milliseconds(20));
}

TEST_F(WebServer, APrefixCountsOnlyFromATrustedProxy)
{
    get("/hello", "X-Ingress-Path: /api/hassio_ingress/abc\r\n");
    EXPECT_EQ(seen.back().base, "");
    rules.trusted_proxies = {"127.0.0.1"};
    server->set_rules(rules);
    get("/hello", "X-Ingress-Path: /api/hassio_ingress/abc\r\n");
    EXPECT_EQ(seen.back().base, "/api/hassio_ingress/abc");
    get("/hello", "X-Forwarded-Prefix: /\"><script>\r\n");
    EXPECT_EQ(seen.back().base, "");
}

TEST(Listen, IsAnAddressAndAPort)
{
    EXPECT_EQ(parse_listen("127.0.0.1:8078")->port(), 8078);
    EXPECT_EQ(parse_listen("[::1]:80")->text(), "::1");
    EXPECT_EQ(parse_listen(":8078")->text(), "::");
    EXPECT_EQ(parse_listen("localhost:1")->text(), "127.0.0.1");
    for (const char* wrong :
         {"8078", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "example.org:80", "::1:80"})
        EXPECT_FALSE(parse_listen(wrong)) << wrong;
}

TEST_F(WebServer, OnlyThisMachineWhereThatIsTheRule)
{
    Request request;
    request.host = "localhost";
    request.peer = *net::literal("192.168.1.7", 1);
    EXPECT_FALSE(refused(request, Rules{}));
    EXPECT_EQ(refused(request, {.allowed_hosts = {}, .trusted_proxies = {}, .frame_ancestors = {}, .only_local = true})
                  ->status,
              403U);
    request.peer = *net::literal("::ffff:127.0.0.1", 1);
    EXPECT_FALSE(
        refused(request, {.allowed_hosts = {}, .trusted_proxies = {}, .frame_ancestors = {}, .only_local = true}));
}

}  // namespace
}  // namespace bmsd::web
