// /api/v1: what it tells, who may change something, and that its description is true.
#include "web/api.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <map>

#include "config/schema.h"
#include "support/raw_client.h"
#include "web/battery_json.h"
#include "web/openapi.h"
#include "web/password.h"

namespace bmsd::web {
namespace {

namespace json = boost::json;
using site::Change;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Servant : site::Servant {
    std::vector<site::Wish> wishes;
    Result<void> carry_out(const site::Wish& wish, site::Told told) override
    {
        wishes.push_back(wish);
        if (told) told({true, ""});
        return {};
    }
};

struct WebApi : testing::Test {
    RealLoop loop;
    site::Board board;
    site::Gate gate{board};
    Servant servant;
    std::string folder = testing::TempDir() + "bmsd-api-" + std::to_string(::getpid());
    std::unique_ptr<Server> server;
    std::unique_ptr<Login> login;
    std::unique_ptr<Api> api;
    config::Config configuration = config::defaults();
    std::uint16_t port = 0;
    std::string cookie;

    WebApi() { std::filesystem::create_directories(folder); }
    ~WebApi() override { std::filesystem::remove_all(folder); }

    void start(Api::Options options = {})
    {
        server = std::make_unique<Server>(loop, Rules{});
        login = std::make_unique<Login>(loop, folder);
        api = std::make_unique<Api>(*server, loop, board, gate, *login, options);
        api->tell_settings(configuration);
        for (port = 19078; port < 19178; ++port)
            if (server->listen("127.0.0.1:" + std::to_string(port))) break;
        Snapshot s;
        s.identity.type = "LLT/JBD";
        s.telemetry.cell_voltages = {3.3, std::nullopt, 3.35};
        s.telemetry.cell_balancing = {true, false, false};
        s.derived.voltage = 53.1;
        s.derived.soc = 50;
        s.derived.min_cell_voltage = 3.3;
        s.limits.charge_voltage = 55.2;
        s.limits.charge.applied = 60;
        s.limits.charge.cause = {.limiter = "Cell Voltage", .measured = 3.35, .limit = 60.0};
        s.alarms[Alarm::low_soc] = 1;
        post(Change::What::appeared, s);
        gate.serve(BatteryId{1}, &servant);
    }

    void post(Change::What what, const Snapshot& snapshot)
    {
        auto who = std::make_shared<Who>();
        who->id = BatteryId{1};
        who->unique_id = "Bat1";
        who->name = "ttyUSB0";
        who->commands = {Command::Kind::force_charging_off, Command::Kind::set_soc};
        board.post(what, who, snapshot);
    }

    std::string ask(const std::string& method, const std::string& path, const std::string& body = {},
                    double longest = 5)
    {
        RawClient client(loop, port);
        std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", method, path);
        if (!cookie.empty()) head += "Cookie: other=1; bmsd_session=" + cookie + "\r\n";
        if (method == "POST")
            head += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
        return client.ask(head + "\r\n" + body, {}, longest);
    }
    static std::string status(const std::string& reply) { return reply.substr(9, 3); }
    static json::object body(const std::string& reply)
    {
        return json::parse(reply.substr(reply.find("\r\n\r\n") + 4)).as_object();
    }
    std::string enter(const std::string& password)
    {
        const auto reply = ask("POST", "/api/v1/login", fmt::format(R"({{"password":"{}"}})", password));
        const auto at = reply.find("Set-Cookie: bmsd_session=");
        if (at != std::string::npos) cookie = reply.substr(at + 25, 64);
        return reply;
    }
};

TEST_F(WebApi, TellsOfBatteries)
{
    start();
    const auto list = body(ask("GET", "/api/v1/batteries"));
    const auto& one = list.at("batteries").at(0).as_object();
    EXPECT_EQ(one.at("id"), "bat1");
    EXPECT_EQ(one.at("name"), "ttyUSB0");
    EXPECT_EQ(one.at("state").at("soc").to_number<double>(), 50);
    EXPECT_EQ(one.at("cells").at("voltages"), json::parse(R"({"1":3.3,"3":3.35})"));
    EXPECT_EQ(one.at("commands"), json::parse(R"(["force_charging_off","set_soc"])"));
    EXPECT_EQ(body(ask("GET", "/api/v1/batteries/bat1")).at("id"), "bat1");
    EXPECT_EQ(body(ask("GET", "/api/v1/batteries/bat1/cells")).at("balancing").at("1"), true);
    EXPECT_EQ(body(ask("GET", "/api/v1/limits/bat1")).at("charge_current").at("cause").at("limiter"), "Cell Voltage");
    EXPECT_EQ(status(ask("GET", "/api/v1/batteries/nobody")), "404");
    EXPECT_EQ(status(ask("GET", "/api/v1/limits/nobody")), "404");
    EXPECT_EQ(status(ask("GET", "/api/v1/batteries/bat1/nothing")), "404");
}

TEST_F(WebApi, NothingMeasuredOfALostBattery)
{
    start();
    Snapshot lost = *board.last(BatteryId{1});
    lost.state.online = false;
    post(Change::What::cycle, lost);
    const auto one = body(ask("GET", "/api/v1/batteries/bat1"));
    EXPECT_EQ(one.at("state").at("online"), false);
    EXPECT_FALSE(one.at("state").as_object().contains("voltage"));
    EXPECT_FALSE(one.at("cells").as_object().contains("voltages"));
}

TEST_F(WebApi, LiveIsTheWholeAndThenWhatChanges)
{
    start();
    RawClient client(loop, port);
    const auto first = client.ask("GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n", "event: battery");
    EXPECT_THAT(first, HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_THAT(first, HasSubstr("event: hello\ndata: {"));
    EXPECT_THAT(first, HasSubstr("\"batteries\":[\"bat1\"]"));
    client.read("\n\n", 0.3);
    Snapshot next = *board.last(BatteryId{1});
    next.derived.soc = 51;
    post(Change::What::cycle, next);
    const auto change = client.read("\n\n");
    EXPECT_THAT(change, HasSubstr("event: change\ndata: {"));
    EXPECT_THAT(change, HasSubstr("\"soc\":51"));
    EXPECT_THAT(change, Not(HasSubstr("voltages")));
    post(Change::What::left, next);
    EXPECT_THAT(client.read("\n\n"), HasSubstr("event: left\ndata: {\"id\":\"bat1\"}"));
}

TEST_F(WebApi, SettingsAreAllToldButForSecrets)
{
    configuration.max_battery_charge_current = 77;
    configuration.influx_token = "hidden-token";
    configuration.influx_url = "http://me:hidden-word@influx.local:8086";
    start();
    const auto reply = ask("GET", "/api/v1/settings");
    EXPECT_THAT(reply, Not(HasSubstr("hidden")));
    std::map<std::string, json::object> all;
    const auto answer = body(reply);
    for (const auto& group : answer.at("groups").as_array())
        for (const auto& one : group.at("settings").as_array())
            all[std::string(one.at("name").as_string())] = one.as_object();
    EXPECT_EQ(all.size(), config::keys().size());
    const auto& current = all.at("MAX_BATTERY_CHARGE_CURRENT");
    EXPECT_EQ(current.at("value").to_number<double>(), 77);
    EXPECT_EQ(current.at("default").to_number<double>(), 50);
    EXPECT_EQ(current.at("changed"), true);
    EXPECT_EQ(current.at("unit"), "A");
    EXPECT_EQ(all.at("MAX_BATTERY_DISCHARGE_CURRENT").at("changed"), false);
    EXPECT_EQ(all.at("INFLUX_TOKEN").at("secret"), true);
    EXPECT_EQ(all.at("INFLUX_TOKEN").at("changed"), true);
    EXPECT_FALSE(all.at("INFLUX_TOKEN").contains("value"));
    EXPECT_THAT(std::string(all.at("INFLUX_URL").at("value").as_string()), HasSubstr("@influx.local"));
}

TEST(Changes, AreOnlyWhatIsDifferent)
{
    const auto before = json::parse(R"({"a":1,"b":{"c":1,"d":2},"e":3})").as_object();
    const auto now = json::parse(R"({"a":1,"b":{"c":5,"d":2},"f":4})").as_object();
    EXPECT_EQ(changes(before, now), json::parse(R"({"b":{"c":5},"f":4,"e":null})").as_object());
    EXPECT_TRUE(changes(now, now).empty());
}

TEST_F(WebApi, WritesNeedThePassword)
{
    if (!passwords_possible()) GTEST_SKIP() << "*** built without libargon2";
    start();
    const std::string off = R"({"command":"force_charging_off","value":true})", path = "/api/v1/batteries/bat1";
    EXPECT_EQ(status(ask("POST", path, off)), "401");
    EXPECT_THAT(enter("anything"), HasSubstr("no password is set"));
    EXPECT_FALSE(save_password(folder, "short"));
    ASSERT_TRUE(save_password(folder, "correct horse"));
    EXPECT_EQ(std::filesystem::status(password_file(folder)).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    cookie = std::string(64, 'a');  // a session that the browser brings is none
    EXPECT_EQ(status(ask("POST", path, off)), "401");
    EXPECT_EQ(status(enter("wrong horse")), "401");
    const auto reply = enter("correct horse");
    EXPECT_EQ(status(reply), "200");
    EXPECT_THAT(reply, HasSubstr("; Path=/; Max-Age=7776000; HttpOnly; SameSite=Strict"));
    EXPECT_NE(cookie, std::string(64, 'a'));
    EXPECT_EQ(status(ask("POST", path, off)), "200");
    ASSERT_EQ(servant.wishes.size(), 1U);
    EXPECT_EQ(std::get<Command>(servant.wishes[0]).value, 1);
    EXPECT_EQ(status(ask("POST", path, R"({"command":"turn_heating_off","value":1})")), "409");  // it cannot
    EXPECT_EQ(status(ask("POST", path, R"({"command":"set_soc","value":250})")), "409");
    for (const char* wrong :
         {"", "[]", "{}", R"({"command":"x","value":1})", R"({"command":"set_soc"})", R"({"name":3})",
          R"({"command":"set_soc","value":"1"})", R"({"clear_history":9})", R"({"command":"set_soc","value":1,"x":2})"})
        EXPECT_EQ(status(ask("POST", path, wrong)), "400") << wrong;
    EXPECT_EQ(servant.wishes.size(), 1U);
    EXPECT_EQ(status(ask("GET", path + "?command=force_charging_off&value=1")), "200");  // reads, changes nothing
    EXPECT_EQ(servant.wishes.size(), 1U);
    const auto old = cookie;
    ASSERT_TRUE(save_password(folder, "another horse"));  // ends every session
    EXPECT_EQ(status(ask("POST", path, off)), "401");
    enter("another horse");
    EXPECT_NE(cookie, old);
    ask("POST", "/api/v1/logout", "{}");
    EXPECT_EQ(status(ask("POST", path, off)), "401");
}

TEST_F(WebApi, GuessingIsLocked)
{
    if (!passwords_possible()) GTEST_SKIP() << "*** built without libargon2";
    start();
    ASSERT_TRUE(save_password(folder, "correct horse"));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(status(enter("wrong horse")), "401");
    EXPECT_EQ(status(enter("correct horse")), "429");
}

TEST_F(WebApi, ReadingNeedsThePasswordWhereThatIsWanted)
{
    start({.read_login = true, .secure = false});
    for (const char* path :
         {"/api/v1/batteries", "/api/v1/batteries/bat1", "/api/v1/limits/bat1", "/api/v1/live", "/api/v1/settings"})
        EXPECT_EQ(status(ask("GET", path, {}, 1)), "401") << path;
    EXPECT_EQ(status(ask("GET", "/api/v1/session")), "200");
}

/// Whether `value` is as `schema` says; the place where not.
std::string wrong_place(const json::value& value, const json::object& schema, const json::object& all,
                        const std::string& at)
{
    if (const auto* ref = schema.if_contains("$ref")) {
        const std::string name(ref->as_string());
        return wrong_place(value, all.at(name.substr(name.rfind('/') + 1)).as_object(), all, at);
    }
    const std::string type(schema.at("type").as_string());
    if (type == "string") return value.is_string() ? "" : at;
    if (type == "boolean") return value.is_bool() ? "" : at;
    if (type == "number") return value.is_number() ? "" : at;
    if (type == "integer") return value.is_int64() || value.is_uint64() ? "" : at;
    if (type == "array") {
        if (!value.is_array()) return at;
        for (const auto& one : value.as_array())
            if (auto wrong = wrong_place(one, schema.at("items").as_object(), all, at + "[]"); !wrong.empty())
                return wrong;
        return "";
    }
    if (!value.is_object()) return at;
    const auto* properties = schema.if_contains("properties");
    if (const auto* required = schema.if_contains("required"))
        for (const auto& name : required->as_array())
            if (!value.as_object().contains(name.as_string()))
                return at + "." + std::string(name.as_string()) + " missing";
    for (const auto& [name, member] : value.as_object()) {
        const std::string here = at + "." + std::string(name);
        const auto* known = properties != nullptr ? properties->as_object().if_contains(name) : nullptr;
        const json::value& rest = schema.at("additionalProperties");
        if (known == nullptr && rest == false) return here + " is not described";
        const auto* one = known != nullptr ? known : &rest;
        if (!one->is_object()) continue;
        if (auto wrong = wrong_place(member, one->as_object(), all, here); !wrong.empty()) return wrong;
    }
    return "";
}

TEST_F(WebApi, TheDescriptionIsTrue)
{
    start();
    const auto described = json::parse(openapi);
    const auto& schemas = described.at("components").at("schemas").as_object();
    std::size_t checked = 0;
    for (const auto& [path, methods] : described.at("paths").as_object()) {
        std::string real(path);
        if (const auto at = real.find("{id}"); at != std::string::npos) real.replace(at, 4, "bat1");
        const bool writes = methods.as_object().contains("post");
        EXPECT_FALSE(writes && status(ask("POST", real, "{}")) == "404") << path;
        const auto* get = methods.as_object().if_contains("get");
        if (get == nullptr || real.ends_with("/live")) continue;
        const auto reply = ask("GET", real);
        ASSERT_EQ(status(reply), "200") << path;
        const auto& schema =
            get->at("responses").at("200").at("content").at("application/json").at("schema").as_object();
        EXPECT_EQ(wrong_place(body(reply), schema, schemas, real), "");
        ++checked;
    }
    EXPECT_EQ(checked, 6U);
    EXPECT_EQ(wrong_place(body(ask("GET", "/api/v1/batteries/x")), schemas.at("Error").as_object(), schemas, "error"),
              "");
}

}  // namespace
}  // namespace bmsd::web
