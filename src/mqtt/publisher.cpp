#include "mqtt/publisher.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/broker.h"
#include "config/text.h"
#include "model/json.h"
#include "mqtt/commands.h"
#include "site/output_id.h"
#include "util/log.h"

namespace bmsd::mqtt {
namespace {

namespace json = boost::json;
using link::mqtt::Incoming;

constexpr std::size_t most_cells = 32;  // told by themselves; more only where somebody asks for it
constexpr auto longest_birth_delay = std::chrono::milliseconds(5000);
constexpr double new_meter = 0.9;  // a fall below this share is no rounding: the history was cleared

/// A text a user chose, as the ids of batteries are.
std::string fit(std::string_view text)
{
    Who who;
    who.unique_id = text;
    return site::output_id(who);
}

std::string status_topic(const config::Config& config)
{
    return config.mqtt_prefix + "/status";
}

/// A total never falls but when it begins anew.
void never_fall(json::object& state, std::string_view name, double& highest)
{
    auto* value = state.if_contains(name);
    if (value == nullptr) return;
    const auto now = value->to_number<double>();
    if (now < highest && now >= new_meter * highest)
        *value = highest;
    else
        highest = now;
}

}  // namespace

std::unique_ptr<link::mqtt::Client> make_client(Loop& loop, const config::Config& config)
{
    const auto broker = config::parse_broker(config.mqtt_publish_broker.value_or(""), config::broker_of(config));
    if (!broker) {
        log::error(">>> MQTT_PUBLISH_BROKER: {}", broker.error());
        return nullptr;
    }
    link::mqtt::Options options;
    options.broker = *broker;
    options.id = fmt::format("bmsd_{}_{}", link::mqtt::machine_name(), fit(config.mqtt_prefix));
    options.will = link::mqtt::Outgoing{status_topic(config), "offline", true, true, 1};
    auto client = link::mqtt::make_client(loop, std::move(options));
    if (!client) log::error(">>> MQTT_PUBLISH has no effect: this build has no MQTT");
    return client;
}

Publisher::Publisher(Loop& loop, const config::Config& config, site::Board& board, site::Gate& gate,
                     std::unique_ptr<link::mqtt::Client> client)
    : loop_(loop), config_(config), gate_(gate), client_(std::move(client))
{
    const bool allowed = config.mqtt_allow_control;
    gate_.grant(site::Origin::mqtt, {allowed, allowed, allowed, allowed});
    if (allowed) client_->subscribe(config.mqtt_prefix + "/+/set/+", [this](const Incoming& m) { asked(m); });
    if (config.mqtt_home_assistant)
        client_->subscribe(config.mqtt_home_assistant_prefix + "/status", [this](const Incoming& m) { born(m); });
    client_->on_change([this] { connection_changed(); });
    client_->start();
    subscription_ = board.subscribe([this](const site::Change& change) { take(change); });
}

Publisher::~Publisher()
{
    *alive_ = false;
    subscription_.reset();
    gate_.grant(site::Origin::mqtt, {});
    if (client_->status().connected) client_->publish({status_topic(config_), "offline", true, true, 1});
}

/// By MQTT_ALIASES ("unique id = alias") or its own.
std::string Publisher::id_of(const Who& who) const
{
    std::string id = site::output_id(who);
    for (const std::string& entry : config_.mqtt_aliases) {
        const auto equals = entry.rfind('=');
        if (equals == entry.npos) continue;
        if (config::trimmed(std::string_view(entry).substr(0, equals)) == who.unique_id)
            id = fit(config::trimmed(std::string_view(entry).substr(equals + 1)));
    }
    std::string free = id;
    const auto taken = [&](const auto& line) { return line.first != who.id && line.second.id == free; };
    for (int i = 2; std::ranges::any_of(lines_, taken); ++i) free = fmt::format("{}_{}", id, i);
    return free;
}

std::string Publisher::topic(const Line& line, std::string_view what) const
{
    return fmt::format("{}/{}/{}", config_.mqtt_prefix, line.id, what);
}

bool Publisher::tells_cells(const Snapshot& now) const
{
    if (config_.mqtt_publish_cells != "auto") return config_.mqtt_publish_cells == "True";
    return now.telemetry.cell_voltages.size() <= most_cells;
}

void Publisher::send(const std::string& topic, std::string payload, bool retain)
{
    client_->publish({topic, std::move(payload), retain, true, 0});
}

void Publisher::take(const site::Change& change)
{
    const bool left = change.what == site::Change::What::left;
    if (left && !lines_.contains(change.who->id)) return;
    Line& line = lines_[change.who->id];
    if (!line.who) line.id = id_of(*change.who);
    line.who = change.who;
    line.now = change.now;
    for (const site::Event& event : line.events.step(*change.now))
        client_->publish({topic(line, "event"), to_text(site::event_of(event, loop_.wall()))});
    if (left) {
        line.now = nullptr;
        tell_available(line);
        lines_.erase(change.who->id);
        return;
    }
    if (!client_->status().connected) return;
    tell_available(line);
    const Duration interval = seconds(config_.mqtt_publish_interval);
    if (line.told_at == Instant{} || line.told != site::urgent_of(*line.now) || loop_.now() - line.told_at >= interval)
        tell(line);
    else if (!next_)
        next_ = loop_.at(line.told_at + interval, [this] { tell_due(); });
}

/// Those whose interval is over; a battery that is slow to read keeps its state fresh all the same: its age grows.
void Publisher::tell_due()
{
    next_.reset();
    const Duration interval = seconds(config_.mqtt_publish_interval);
    Instant due = loop_.now() + interval;
    for (auto& [id, line] : lines_) {
        if (client_->status().connected && loop_.now() - line.told_at >= interval) tell(line);
        due = std::min(due, line.told_at + interval);
    }
    if (!lines_.empty() && client_->status().connected) next_ = loop_.at(due, [this] { tell_due(); });
}

void Publisher::tell(Line& line)
{
    line.told = site::urgent_of(*line.now);
    line.told_at = loop_.now();
    json::object state = site::state_of(*line.now, loop_.wall());
    state["name"] = line.who->custom_name.empty() ? line.who->name : line.who->custom_name;
    never_fall(state, "energy_charged", line.energy_charged);
    never_fall(state, "energy_discharged", line.energy_discharged);
    json::object cells;
    if (tells_cells(*line.now) && line.now->state.online) cells = site::cells_of(*line.now);
    tell_home_assistant(line, state, cells);  // first the entities, then their values
    send(topic(line, "state"), to_text(state), true);
    if (!cells.empty()) send(topic(line, "cells"), to_text(cells), false);
}

void Publisher::tell_available(Line& line)
{
    const bool available = line.now && line.now->state.online;
    if (line.available == available) return;
    line.available = available;
    send(topic(line, "availability"), available ? "online" : "offline", true);
}

void Publisher::tell_home_assistant(Line& line, const json::object& state, const json::object& cells)
{
    const std::string topic = discovery_topic(config_.mqtt_home_assistant_prefix, line.id);
    if (!config_.mqtt_home_assistant) return;
    const auto& name = state.at("name").get_string();
    const Identity& identity = line.now->identity;
    const Count cells_now = line.now->telemetry.cell_count;
    if (!(line.announced_as == identity) || line.announced_cells != cells_now)
        line.seen.clear();  // another firmware, another BMS: what it has shows anew
    if (line.now->state.online) line.seen.merge(components_of(state, cells));
    // while it is lost nothing is told of it, which does not mean that it has nothing
    if (line.seen.empty()) return;
    if (line.seen == line.announced && line.announced_cells == cells_now && line.announced_as == identity &&
        line.announced_name == std::string_view(name))
        return;
    const Device device{line.id, config_.mqtt_prefix, std::string(name), config_.mqtt_publish_interval};
    send(topic, to_text(discovery(device, identity, line.seen, line.announced)), true);
    line.announced = line.seen;
    line.announced_as = identity;
    line.announced_name = std::string(name);
    line.announced_cells = cells_now;
}

void Publisher::connection_changed()
{
    if (!client_->status().connected) {
        next_.reset();
        birth_.reset();
        return;
    }
    client_->publish({status_topic(config_), "online", true, true, 1});
    tell_all();
}

/// As if nothing had been told yet: the broker, or who listens, may have forgotten it.
void Publisher::tell_all()
{
    for (auto& [id, line] : lines_) {
        line.available.reset();
        line.announced.clear();
        if (!config_.mqtt_home_assistant)  // switched off since: the device goes
            send(discovery_topic(config_.mqtt_home_assistant_prefix, line.id), "", true);
        tell_available(line);
        tell(line);
    }
    tell_due();
}

/// Home Assistant has started: it asks for everything, and all daemons of the world should not answer at once.
void Publisher::born(const Incoming& message)
{
    if (message.payload != "online" || message.retained) return;
    std::uniform_int_distribution<long> delay(0, longest_birth_delay.count());
    birth_ = loop_.at(loop_.now() + std::chrono::milliseconds(delay(random_)), [this] {
        birth_.reset();
        if (client_->status().connected) tell_all();
    });
}

Publisher::Line* Publisher::find(std::string_view id)
{
    for (auto& [number, line] : lines_)
        if (line.id == id) return &line;
    return nullptr;
}

void Publisher::asked(const Incoming& message)
{
    const auto what = parse_command_topic(message.topic, config_.mqtt_prefix);
    Line* line = what ? find(what->id) : nullptr;
    if (line == nullptr) return;
    const std::string to = topic(*line, "answer"), command(what->command);
    const auto reply = [this, to, command](const site::Outcome& outcome, const json::value& reference) {
        client_->publish({to, answer(command, outcome, reference)});
    };
    if (message.retained) return reply({false, "a command that was kept by the broker is not carried out"}, {});
    const auto wish = parse_command(command, message.payload);
    if (!wish) return reply({false, wish.error()}, {});
    const auto taken = gate_.ask({line->who->id, site::Origin::mqtt, wish->wish},
                                 [reply, reference = wish->reference, alive = alive_](const site::Outcome& outcome) {
                                     if (*alive) reply(outcome, reference);
                                 });
    if (!taken) reply({false, taken.error()}, wish->reference);
}

}  // namespace bmsd::mqtt
