// The publisher against a server that refuses what the real one refuses, is away, is slow, or is full.
#include "influx/sender.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "config/schema.h"
#include "net/gzip.h"
#include "support/http_standin.h"

namespace bmsd::influx {
namespace {

using site::Change;
using testing::HasSubstr;

/// What a real server says of a line; empty: it takes it. Types of fields are those of the first write.
struct Refuses {
    std::map<std::string, char> types;

    std::string judge(const std::string& line)
    {
        static const std::regex form(
            R"re(^((?:\\.|[^ ,\\])+)((?:,(?:\\.|[^ ,=\\])+=(?:\\.|[^ ,=\\])+)*) (.+) (\d{10})$)re");
        std::smatch parts;
        if (!std::regex_match(line, parts, form)) return "unable to parse '" + line + "'";
        static const std::regex field(R"re(((?:\\.|[^ ,=\\])+)=("(?:\\.|[^"\\])*"|-?\d+\.\d+|-?\d+i|t|f)(,|$))re");
        const std::string fields = parts[3];
        std::size_t at = 0;
        for (std::sregex_iterator it(fields.begin(), fields.end(), field), end; it != end; ++it) {
            if (static_cast<std::size_t>(it->position()) != at) break;
            at += static_cast<std::size_t>(it->length());
            const std::string value = (*it)[2];
            const char type = value[0] == '"'                ? 's'
                              : value == "t" || value == "f" ? 'b'
                              : value.back() == 'i'          ? 'i'
                                                             : 'f';
            const auto [known, fresh] = types.emplace(parts[1].str() + "." + (*it)[1].str(), type);
            if (!fresh && known->second != type) return "field type conflict: " + (*it)[1].str();
        }
        return at == fields.size() ? "" : "invalid field format: " + fields.substr(at);
    }
};

struct InfluxSender : testing::Test {
    RealLoop loop;
    site::Board board;
    int status = 204;
    std::string extra;
    Refuses rules;
    std::vector<std::string> lines;
    std::unique_ptr<HttpStandin> server;
    std::unique_ptr<Sender> sender;
    config::Config config = config::defaults();

    std::string reply(const TakenRequest& request)
    {
        if (status != 204) return HttpStandin::answer(status, extra, "{\"message\":\"no\"}");
        std::string body = request.body;
        if (request.header("Content-Encoding") == "gzip") body = net::gunzip(body, 1 << 20).value();
        if (request.header("Authorization") != "Token secret") return HttpStandin::answer(401);
        std::istringstream all(body);
        for (std::string line; std::getline(all, line);) {
            if (const auto problem = rules.judge(line); !problem.empty()) return HttpStandin::answer(400, "", problem);
            lines.push_back(line);
        }
        return HttpStandin::answer(204);
    }

    void start(std::uint16_t port = 0)
    {
        server = std::make_unique<HttpStandin>(
            loop, [this](const TakenRequest& r) { return reply(r); }, port);
        config.influx_url = fmt::format("http://127.0.0.1:{}", server->port());
        config.influx_token = "secret";
        auto settings = settings_of(config);
        ASSERT_TRUE(settings);
        settings->interval = std::chrono::milliseconds(50);
        sender = std::make_unique<Sender>(loop, board, std::move(*settings));
    }

    void post(const Snapshot& snapshot, Change::What what = Change::What::cycle, std::uint32_t id = 1)
    {
        auto who = std::make_shared<Who>();
        who->id = BatteryId{id};
        who->unique_id = "b" + std::to_string(id);
        board.post(what, who, snapshot);
    }
    void run(double longest) { loop.run_for(seconds(longest)); }
    static Snapshot reading(std::uint64_t replies)
    {
        Snapshot s;
        s.link.replies = replies;
        s.derived.voltage = 53;
        s.derived.current = replies % 2 == 0 ? 3.0 : 3.25;
        for (int i = 0; i < 16; ++i) s.telemetry.cell_voltages.push_back(3.3);
        s.telemetry.cell_voltages[3] = std::numeric_limits<double>::quiet_NaN();
        return s;
    }
};

TEST_F(InfluxSender, WritesWhatIsNewOnce)
{
    start();
    const Instant read_at = loop.now();
    post(reading(1), Change::What::appeared);
    run(0.12);
    const auto first = lines.size();
    EXPECT_EQ(first, 16U);  // the battery and 15 cells: one is not a number
    EXPECT_THAT(lines.at(0), HasSubstr("battery,battery=b1 voltage=53.0,current=3.25"));
    auto missed = reading(1);
    missed.age = to_seconds(loop.now() - read_at);
    post(missed);
    run(0.2);
    EXPECT_EQ(lines.size(), first);  // nothing new was read
    post(reading(2));
    run(0.12);
    EXPECT_EQ(lines.size(), 2 * first);
    EXPECT_EQ(sender->counts().sent, 2 * first);
    EXPECT_EQ(sender->counts().refused, 0U);
    EXPECT_EQ(server->accepted, 1U);
}

TEST_F(InfluxSender, ALostBatteryIsAnEventAndNoValues)
{
    start();
    post(reading(1), Change::What::appeared);
    run(0.12);
    lines.clear();
    auto lost = reading(2);
    lost.state.online = false;
    post(lost);
    run(0.12);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], HasSubstr("event,battery=b1,kind=link_lost text=\"link lost\""));
    post(reading(3));
    run(0.12);
    EXPECT_THAT(lines.at(1), HasSubstr("text=\"link lost (over)\""));
}

TEST_F(InfluxSender, WhatTheServerDoesNotTakeIsDroppedAndTheRestGoesOn)
{
    start();
    status = 400;
    post(reading(1), Change::What::appeared);
    run(0.15);
    EXPECT_EQ(sender->counts().refused, 16U);
    EXPECT_THAT(sender->counts().problem, HasSubstr("400"));
    EXPECT_EQ(sender->counts().problem.find("secret"), std::string::npos);
    status = 204;
    post(reading(2));
    run(0.15);
    EXPECT_EQ(lines.size(), 16U);
    EXPECT_EQ(sender->counts().problem, "");
}

TEST_F(InfluxSender, AServerThatIsFullIsAskedAgainWhenItSays)
{
    start();
    status = 503;
    extra = "Retry-After: 1\r\n";
    post(reading(1), Change::What::appeared);
    run(0.3);
    EXPECT_EQ(server->taken.size(), 1U);
    EXPECT_EQ(sender->counts().waiting > 0, true);
    EXPECT_EQ(sender->counts().refused, 0U);
    status = 204;
    run(5.2);  // the back-off is longer than what it asked for
    EXPECT_EQ(lines.size(), 16U);
    EXPECT_EQ(sender->counts().waiting, 0U);
    EXPECT_EQ(sender->counts().dropped, 0U);
}

TEST_F(InfluxSender, WhileNobodyListensMemoryIsBounded)
{
    start();
    server.reset();
    for (std::uint64_t i = 1; i < 3000; ++i)
        post(reading(i), i == 1 ? Change::What::appeared : Change::What::cycle, static_cast<std::uint32_t>(1 + i % 40));
    for (std::uint64_t i = 3000; i < 3060; ++i) {
        for (std::uint32_t battery = 1; battery <= 40; ++battery) post(reading(i), Change::What::cycle, battery);
        run(0.06);
    }
    const auto counts = sender->counts();
    EXPECT_LE(counts.waiting, 1U << 20);
    EXPECT_GT(counts.dropped, 0U);
    EXPECT_GE(counts.failures, 1U);
    EXPECT_EQ(counts.sent, 0U);
}

TEST_F(InfluxSender, EndsWhileARequestIsOnItsWay)
{
    start();
    server = std::make_unique<HttpStandin>(loop, [](const TakenRequest&) { return std::string(); });
    config.influx_url = fmt::format("http://127.0.0.1:{}", server->port());
    auto settings = settings_of(config);
    settings->interval = std::chrono::milliseconds(20);
    sender = std::make_unique<Sender>(loop, board, std::move(*settings));
    post(reading(1), Change::What::appeared);
    run(0.1);
    EXPECT_EQ(server->taken.size(), 1U);
    sender.reset();
    run(0.1);
}

}  // namespace
}  // namespace bmsd::influx
