// The page: its files are there, whole and served as browsers want them, and what is seen without scripts is true.
#include "web/page.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "support/raw_client.h"

namespace bmsd::web {
namespace {

using testing::HasSubstr;
using testing::Not;

/// As `tar` writes it.
std::string entry(const std::string& name, const std::string& content)
{
    std::string head(512, '\0');
    head.replace(0, name.size(), name);
    head.replace(124, 11, fmt::format("{:011o}", content.size()));
    return head + content + std::string((512 - content.size() % 512) % 512, '\0');
}

TEST(PageAssets, AreReadFromAnArchive)
{
    const std::string archive = entry("a.js.gz", "one") + entry("index.html.gz", std::string(600, 'x')) +
                                entry("empty.css.gz", "") + std::string(1024, '\0');
    const auto all = assets_of(archive);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].name, "a.js");
    EXPECT_EQ(all[0].compressed, "one");
    EXPECT_EQ(all[1].compressed, std::string(600, 'x'));
    EXPECT_EQ(all[2].compressed, "");
}

TEST(PageAssets, WhatIsNoArchiveEndsIt)
{
    EXPECT_TRUE(assets_of("").empty());
    EXPECT_TRUE(assets_of(std::string(511, 'a')).empty());
    EXPECT_TRUE(assets_of(std::string(2048, 'a')).empty());
    EXPECT_TRUE(assets_of(entry("plain.js", "x")).empty());
    auto longer = entry("a.js.gz", "one");
    longer.replace(124, 11, "77777777777");
    EXPECT_TRUE(assets_of(longer).empty());
    const auto whole = entry("a.js.gz", std::string(400, 'x'));
    for (std::size_t length = 0; length < whole.size(); ++length)  // cut anywhere
        for (const Asset& one : assets_of(std::string_view(whole).substr(0, length)))
            EXPECT_EQ(one.compressed.size(), 400U);
}

TEST(PageAssets, TheBuiltInOnesAreWholeAndSmall)
{
    const auto all = assets_of(page_archive);
    std::size_t sum = 0;
    for (const Asset& one : all) {
        EXPECT_EQ(one.compressed.substr(0, 3), "\x1f\x8b\x08") << one.name;
        sum += one.compressed.size();
    }
    for (const char* end : {"index.html", ".js", ".css", ".svg"})
        EXPECT_TRUE(std::ranges::any_of(all, [&](const Asset& one) { return one.name.ends_with(end); })) << end;
    EXPECT_LT(sum, 80000U);
}

TEST(PageAssets, GzipIsWhatTheClientSays)
{
    for (const char* yes : {"gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8", "deflate, gzip;q=1"})
        EXPECT_TRUE(takes_gzip(yes)) << yes;
    for (const char* no : {"", "br", "identity", "gzip;q=0", "gzip;q=0.0, br;q=1"}) EXPECT_FALSE(takes_gzip(no)) << no;
}

struct WebPage : testing::Test {
    RealLoop loop;
    site::Board board;
    site::Gate gate{board};
    std::string folder = testing::TempDir() + "bmsd-page-" + std::to_string(::getpid());
    std::unique_ptr<Server> server;
    std::unique_ptr<Login> login;
    std::unique_ptr<Api> api;
    std::uint16_t port = 0;

    WebPage() { std::filesystem::create_directories(folder); }
    ~WebPage() override { std::filesystem::remove_all(folder); }

    void start(bool read_login = false)
    {
        server = std::make_unique<Server>(loop, Rules{});
        login = std::make_unique<Login>(loop, folder);
        api = std::make_unique<Api>(*server, loop, board, gate, *login,
                                    Api::Options{.read_login = read_login, .secure = false});
        add_page(*server, *api, loop, board);
        for (port = 19278; port < 19378; ++port)
            if (server->listen("127.0.0.1:" + std::to_string(port))) break;
    }
    std::string get(const std::string& path, const std::string& more = {})
    {
        return RawClient(loop, port)
            .ask(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n", path, more));
    }
    static std::string header(const std::string& reply, const std::string& name)
    {
        const auto at = reply.find("\r\n" + name + ": ");
        if (at == std::string::npos) return {};
        const auto begin = at + name.size() + 4;
        return reply.substr(begin, reply.find("\r\n", begin) - begin);
    }
};

constexpr const char* gzip = "Accept-Encoding: gzip, deflate\r\n";

TEST_F(WebPage, TheIndexIsAskedForEachTimeTheRestIsKept)
{
    start();
    const auto index = get("/", gzip);
    EXPECT_THAT(index, testing::StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(header(index, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(header(index, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(index, "Cache-Control"), "no-cache");
    EXPECT_EQ(header(index, "Vary"), "Accept-Encoding");
    EXPECT_THAT(header(index, "Content-Security-Policy"), HasSubstr("default-src 'self'"));
    EXPECT_EQ(header(index, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(index.substr(index.find("\r\n\r\n") + 4, 2), "\x1f\x8b");
    for (const Asset& one : assets_of(page_archive)) {
        if (one.name == "index.html") continue;
        const auto reply = get("/" + std::string(one.name), gzip);
        EXPECT_THAT(reply, testing::StartsWith("HTTP/1.1 200")) << one.name;
        EXPECT_THAT(header(reply, "Cache-Control"), HasSubstr("immutable"));
        EXPECT_EQ(reply.substr(reply.find("\r\n\r\n") + 4), one.compressed);
    }
}

TEST_F(WebPage, WhatABrowserHasIsNotSentAgain)
{
    start();
    const auto etag = header(get("/", gzip), "ETag");
    ASSERT_EQ(etag.size(), 18U);
    const auto again = get("/", std::string(gzip) + "If-None-Match: W/" + etag + "\r\n");
    EXPECT_THAT(again, testing::StartsWith("HTTP/1.1 304"));
    EXPECT_EQ(again.substr(again.find("\r\n\r\n") + 4), "");
    EXPECT_THAT(get("/", std::string(gzip) + "If-None-Match: \"other\"\r\n"), testing::StartsWith("HTTP/1.1 200"));
}

TEST_F(WebPage, WhoReadsNoGzipIsToldWhereToLook)
{
    start();
    const auto reply = get("/");
    EXPECT_THAT(reply, testing::StartsWith("HTTP/1.1 406"));
    EXPECT_THAT(reply, HasSubstr("/table"));
}

TEST_F(WebPage, TheTableTellsOfBatteriesWithoutScripts)
{
    start();
    Snapshot s;
    s.telemetry.cell_voltages = {3.301, std::nullopt, 3.352};
    s.derived.voltage = 53.12;
    s.derived.soc = 99.97;
    s.limits.charge.applied = 60;
    s.limits.charge.reason = "Cell Voltage";
    s.alarms[Alarm::low_soc] = 1;
    auto who = std::make_shared<Who>();
    who->id = BatteryId{1};
    who->unique_id = "Bat1";
    who->custom_name = "<b>\"Left\" & right</b>";
    board.post(site::Change::What::appeared, who, s);
    const auto table = get("/table");
    EXPECT_EQ(header(table, "Content-Type"), "text/html; charset=utf-8");
    for (const char* part : {"&lt;b&gt;&quot;Left&quot; &amp; right", "99.9 %", "53.12 V", "60.0 A", "Cell Voltage",
                             "3.301", "3.352", "low_soc (warning)", "http-equiv=\"refresh\""})
        EXPECT_THAT(table, HasSubstr(part));
    EXPECT_THAT(table, Not(HasSubstr("<script")));
    EXPECT_THAT(table, HasSubstr("Power</th><td>\u2013"));  // not known is not 0
    s.alarms = {};
    board.post(site::Change::What::cycle, who, s);
    EXPECT_THAT(get("/table"), HasSubstr("Alarms</th><td>\u2013")) << "not told is not none";
    s.state.online = false;
    s.age = 90;
    board.post(site::Change::What::cycle, who, s);
    const auto lost = get("/table");
    EXPECT_THAT(lost, HasSubstr("lost since "));
    EXPECT_THAT(lost, HasSubstr("90 s old"));
    EXPECT_THAT(lost, Not(HasSubstr("53.12")));
    EXPECT_THAT(lost, Not(HasSubstr("3.301")));
}

TEST_F(WebPage, TheTableKeepsToTheRuleOfReadingTheFilesDoNot)
{
    start(true);
    EXPECT_THAT(get("/table"), testing::StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(get("/", gzip), testing::StartsWith("HTTP/1.1 200"));  // where one logs in
}

}  // namespace
}  // namespace bmsd::web
