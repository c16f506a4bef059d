#include "web/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "config/document.h"
#include "model/json.h"
#include "site/output_id.h"
#include "util/version.h"
#include "web/battery_json.h"
#include "web/live.h"
#include "web/openapi.h"

namespace bmsd::web {

namespace json = boost::json;

namespace {

constexpr std::string_view batteries = "/api/v1/batteries/", limits = "/api/v1/limits/";

Response json_response(const json::object& object, unsigned status = 200)
{
    return {.status = status,
            .type = "application/json",
            .body = to_text(object) + "\n",
            .headers = {{"Cache-Control", "no-store"}}};
}

std::optional<json::object> body_of(const Request& request)
{
    boost::system::error_code error;
    json::parse_options strict;
    strict.max_depth = 4;
    auto value = json::parse(request.body, error, {}, strict);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

/// {"command": "force_charging_off", "value": true}, {"name": "..."} or {"clear_history": 1}; one of them.
Result<site::Wish> wish_of(const json::object& body)
{
    if (const auto* name = body.if_contains("name"); name != nullptr && body.size() == 1) {
        if (!name->is_string() || name->get_string().size() > longest_name)
            return Failure("a name is a text of at most 128 bytes");
        return site::Rename{std::string(name->get_string())};
    }
    if (const auto* group = body.if_contains("clear_history"); group != nullptr && body.size() == 1) {
        if (!group->is_int64() || group->get_int64() < 1 || group->get_int64() > 7)
            return Failure("a group of the history is 1 to 7");
        return site::ClearHistory{static_cast<int>(group->get_int64())};
    }
    const auto* command = body.if_contains("command");
    const auto* value = body.if_contains("value");
    if (command == nullptr || value == nullptr || body.size() != 2 || !command->is_string())
        return Failure("it is {\"command\": ..., \"value\": ...}, {\"name\": ...} or {\"clear_history\": ...}");
    const auto known = std::ranges::find(command_names, std::string_view(command->get_string()));
    if (known == std::end(command_names)) return Failure("there is no such command");
    if (!value->is_bool() && !value->is_number()) return Failure("a value is a number, or true or false");
    const auto kind = static_cast<Command::Kind>(known - std::begin(command_names));
    return Command{kind, value->is_bool() ? (value->get_bool() ? 1.0 : 0.0) : value->to_number<double>()};
}

}  // namespace

Api::Api(Server& server, Loop& loop, site::Board& board, site::Gate& gate, Login& login, Options options)
    : server_(server), loop_(loop), board_(board), gate_(gate), login_(login), options_(options)
{
    gate_.grant(site::Origin::web, {.switches = true, .soc = true, .history = true, .name = true});
    add_reads();
    add_writes();
}

bool Api::logged_in(const Request& request) const
{
    return login_.valid(request.cookie_value(Login::cookie));
}

void Api::reads(std::string path, Handler handler)
{
    server_.route(Method::get, std::move(path),
                  [this, handler = std::move(handler)](const Request& request, const Answer& answer) {
                      if (options_.read_login && !logged_in(request))
                          answer(refusal(401, "log in first"));
                      else
                          handler(request, answer);
                  });
}

void Api::tell_settings(const config::Config& config)
{
    reads("/api/v1/settings",
          [&config](const Request&, const Answer& answer) { answer(json_response(config::settings_json(config))); });
}

std::optional<site::Change> Api::find(std::string_view id) const
{
    for (auto& change : board_.all())
        if (site::output_id(*change.who) == id) return change;
    return std::nullopt;
}

void Api::add_reads()
{
    reads("/api/v1/batteries", [this](const Request&, const Answer& answer) {
        json::array list;
        for (const auto& change : board_.all()) list.push_back(battery_json(*change.who, *change.now, loop_.wall()));
        answer(json_response({{"time", static_cast<std::int64_t>(loop_.wall())}, {"batteries", std::move(list)}}));
    });
    reads(std::string(batteries), [this](const Request& request, const Answer& answer) {
        std::string_view rest = std::string_view(request.path).substr(batteries.size());
        const bool cells = rest.ends_with("/cells");
        if (cells) rest.remove_suffix(6);
        const auto found = find(rest);
        if (!found)
            answer(refusal(404, "there is no such battery"));
        else
            answer(
                json_response(cells ? cells_json(*found->now) : battery_json(*found->who, *found->now, loop_.wall())));
    });
    reads(std::string(limits), [this](const Request& request, const Answer& answer) {
        const auto found = find(std::string_view(request.path).substr(limits.size()));
        answer(found ? json_response(limits_json(*found->now)) : refusal(404, "there is no such battery"));
    });
    reads("/api/v1/live", [this](const Request&, const Answer& answer) {
        answer(
            {.type = "text/event-stream", .body = {}, .headers = {}, .source = std::make_unique<Live>(board_, loop_)});
    });
    reads("/api/v1/openapi.json", [](const Request&, const Answer& answer) {
        answer({.type = "application/json", .body = std::string(openapi), .headers = {}});
    });
    server_.route(Method::get, "/api/v1/session", [this](const Request& request, const Answer& answer) {
        answer(json_response({{"version", version},
                              {"logged_in", logged_in(request)},
                              {"password_set", login_.has_password()},
                              {"read_login", options_.read_login}}));
    });
}

void Api::log_in(const Request& request, const Answer& answer)
{
    const auto body = body_of(request);
    const auto* password = body ? body->if_contains("password") : nullptr;
    if (password == nullptr || !password->is_string()) {
        answer(refusal(400, "it is {\"password\": ...}"));
        return;
    }
    const std::string path = request.base.empty() ? "/" : request.base + "/";
    login_.leave(request.cookie_value(Login::cookie));
    login_.enter(std::string(password->get_string()), [answer, path, secure = options_.secure](const auto& session) {
        if (!session) {
            answer(refusal(session.error().status, session.error().reason));
            return;
        }
        auto response = json_response({{"logged_in", true}});
        response.headers.emplace_back(
            "Set-Cookie", fmt::format("{}={}; Path={}; Max-Age=7776000; HttpOnly; SameSite=Strict{}", Login::cookie,
                                      *session, path, secure ? "; Secure" : ""));
        answer(std::move(response));
    });
}

void Api::add_writes()
{
    server_.route(Method::post, "/api/v1/login",
                  [this](const Request& request, const Answer& answer) { log_in(request, answer); });
    server_.route(Method::post, "/api/v1/logout", [this](const Request& request, const Answer& answer) {
        login_.leave(request.cookie_value(Login::cookie));
        answer(json_response({{"logged_in", false}}));
    });
    server_.route(Method::post, std::string(batteries), [this](const Request& request, const Answer& answer) {
        if (logged_in(request))
            ask(request, answer);
        else
            answer(refusal(401, "log in first"));
    });
}

void Api::ask(const Request& request, const Answer& answer)
{
    const auto found = find(std::string_view(request.path).substr(batteries.size()));
    if (!found) {
        answer(refusal(404, "there is no such battery"));
        return;
    }
    const auto body = body_of(request);
    const auto wish = body ? wish_of(*body) : Failure("the body is no JSON object");
    if (!wish) {
        answer(refusal(400, wish.error()));
        return;
    }
    const auto taken = gate_.ask({found->who->id, site::Origin::web, *wish}, [answer](const site::Outcome& outcome) {
        answer(outcome.done ? json_response({{"done", true}})
                            : json_response({{"done", false}, {"error", outcome.reason}}, 409));
    });
    if (!taken) answer(refusal(409, taken.error()));
}

}  // namespace bmsd::web
