// Requests against a server that behaves, closes, lies, or says nothing.
#include "net/http_client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "support/http_standin.h"

namespace bmsd::net {
namespace {

using testing::HasSubstr;

Task<void> keep(Task<Result<HttpReply>> task, std::optional<Result<HttpReply>>& into)
{
    into.emplace(co_await std::move(task));
}

struct OneHttpClient : testing::Test {
    RealLoop loop;

    Result<HttpReply> post(HttpClient& client, std::string body, double longest = 1)
    {
        std::optional<Result<HttpReply>> result;
        auto task = keep(client.post("/write?x=1", {{"X-A", "b"}}, std::move(body), seconds(longest)), result);
        task.start();
        const Instant end = loop.now() + seconds(longest + 3);
        while (!result && loop.now() < end) loop.run_for(std::chrono::milliseconds(5));
        if (!result) return Failure("it hangs");
        return *result;
    }
    static Url at(std::uint16_t port, const std::string& host = "127.0.0.1")
    {
        return *parse_url(fmt::format("http://{}:{}", host, port));
    }
};

TEST_F(OneHttpClient, PostsAndKeepsTheConnection)
{
    HttpStandin server(loop,
                       [](const TakenRequest&) { return HttpStandin::answer(429, "Retry-After: 7\r\n", "slow down"); });
    HttpClient client(loop, at(server.port(), "localhost"), nullptr);
    for (int i = 0; i < 3; ++i) {
        const auto reply = post(client, "hello");
        ASSERT_TRUE(reply) << reply.error();
        EXPECT_EQ(reply->status, 429U);
        EXPECT_EQ(reply->retry_after, 7.0);
        EXPECT_EQ(reply->body, "slow down");
    }
    EXPECT_EQ(server.accepted, 1U);
    EXPECT_EQ(server.taken[0].line, "POST /write?x=1 HTTP/1.1");
    EXPECT_EQ(server.taken[0].header("Host"), fmt::format("localhost:{}", server.port()));
    EXPECT_EQ(server.taken[0].header("X-A"), "b");
    EXPECT_EQ(server.taken[2].body, "hello");
    server.hang_up();  // a kept connection that was closed meanwhile
    EXPECT_TRUE(post(client, "again"));
    EXPECT_EQ(server.accepted, 2U);
}

TEST_F(OneHttpClient, ServersThatDoNotAnswer)
{
    HttpStandin silent(loop, [](const TakenRequest&) { return std::string(); });
    HttpClient client(loop, at(silent.port()), nullptr);
    EXPECT_EQ(post(client, "x", 0.2).error(), "no answer within 0 s");
    HttpStandin half(loop, [](const TakenRequest&) { return std::string("HTTP/1.1 204 No"); });
    HttpClient other(loop, at(half.port()), nullptr);
    EXPECT_FALSE(post(other, "x", 0.2));
    HttpStandin garbage(loop, [](const TakenRequest&) { return std::string("SSH-2.0-OpenSSH\r\n\r\n"); });
    HttpClient third(loop, at(garbage.port()), nullptr);
    EXPECT_THAT(post(third, "x").error(), HasSubstr("no HTTP"));
    HttpStandin endless(loop, [](const TakenRequest&) { return "HTTP/1.1 200 OK\r\n\r\n" + std::string(200000, 'x'); });
    HttpClient fourth(loop, at(endless.port()), nullptr);
    EXPECT_FALSE(post(fourth, "x"));
    HttpClient nobody(loop, at(1), nullptr);
    EXPECT_THAT(post(nobody, "x").error(), HasSubstr("refused"));
    HttpClient unknown(loop, at(1, "no-such-host.invalid"), nullptr);
    EXPECT_FALSE(post(unknown, "x", 2));  // at once, or when the name servers take too long
}

/// Against openssl's own server, with a certificate for the name, for another one, and from nobody.
TEST_F(OneHttpClient, EncryptsAndChecksTheHost)
{
    if (!tls_possible()) GTEST_SKIP() << "*** built without OpenSSL";
    if (std::system("command -v openssl >/dev/null 2>&1") != 0) GTEST_SKIP() << "*** openssl is not here";
    std::signal(SIGPIPE, SIG_IGN);
    const auto folder = std::filesystem::path(testing::TempDir()) / fmt::format("bmsd-tls-{}", ::getpid());
    std::filesystem::create_directories(folder);
    const std::string make = fmt::format(
        "cd {} && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost >/dev/null 2>&1",
        folder.string());
    ASSERT_EQ(std::system(make.c_str()), 0);
    const int port = 20000 + ::getpid() % 20000;
    // answers with a page of its own whatever it is asked, when it is a GET; a POST gets an error page: both are HTTP
    const std::string serve = fmt::format(
        "cd {} && (timeout 20 openssl s_server -accept 127.0.0.1:{} -key key.pem -cert cert.pem -www -quiet "
        ">/dev/null 2>&1 & echo $! >pid)",
        folder.string(), port);
    ASSERT_EQ(std::system(serve.c_str()), 0);
    const auto connect = [&](const std::string& host, const TrustOptions& options) -> std::string {
        const auto trust = Trust::make(options);
        if (!trust) return trust.error();
        std::optional<Result<Stream>> result;
        const auto run = [&]() -> Task<void> {
            result.emplace(co_await Stream::connect(loop, host, static_cast<std::uint16_t>(port), *trust));
        };
        for (int i = 0; i < 50; ++i) {  // until it listens
            result.reset();
            auto task = run();
            task.start();
            while (!result) loop.run_for(std::chrono::milliseconds(10));
            if (*result || result->error().find("refused") == std::string::npos) break;
            loop.run_for(std::chrono::milliseconds(50));
        }
        return *result ? "connected" : result->error();
    };
    const std::string ca = (folder / "cert.pem").string();
    EXPECT_EQ(connect("localhost", {ca, false}), "connected");
    EXPECT_THAT(connect("127.0.0.1", {ca, false}), HasSubstr("certificate"));
    EXPECT_THAT(connect("localhost", {"", false}), HasSubstr("certificate"));
    EXPECT_EQ(connect("127.0.0.1", {"", true}), "connected");
    EXPECT_THAT(connect("localhost", {"/nowhere", false}), HasSubstr("no certificates"));
    EXPECT_EQ(std::system(fmt::format("kill $(cat {}/pid)", folder.string()).c_str()), 0);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace bmsd::net
