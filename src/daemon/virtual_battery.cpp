#include "daemon/virtual_battery.h"

#include <fmt/format.h>

#include <filesystem>

#include "bank/document_snapshot.h"
#include "daemon/bank_host.h"
#include "store/setting_names.h"
#include "util/log.h"
#include "util/version.h"

namespace bmsd::daemon {
namespace {

using namespace std::chrono_literals;
using State = bank::DocumentBattery::State;

constexpr Duration step_every = 1s, told_every = 60s, again_after = 15s;
constexpr std::int64_t first_instance = 100;

bank::DocumentOptions options_of(const config::Config& config)
{
    return {.timeout = static_cast<double>(config.mqtt_virtual_timeout),
            .remove_after = static_cast<double>(config.mqtt_virtual_remove_after),
            .time_to_go = config.mqtt_virtual_ttg,
            .time_to_go_soc = config.mqtt_virtual_ttg_soc,
            .time_to_go_every = static_cast<double>(config.mqtt_virtual_ttg_every)};
}

/// "mqtt_" and the topic, with other characters than letters and digits as '_'.
std::string serial_of(std::string_view topic)
{
    std::string text = "mqtt_";
    for (const char c : topic) text += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    return text;
}

}  // namespace

VirtualBattery::VirtualBattery(const Setting& setting, std::string topic, std::size_t number, BatteryId id)
    : setting_(setting),
      topic_(std::move(topic)),
      number_(number),
      id_(id),
      serial_(serial_of(topic_)),
      battery_(options_of(setting_.config)),
      waiting_told_(setting_.loop.now())
{
    snapshot_.identity.type = "MQTT Battery";
    snapshot_.identity.unique_id = serial_;
    setting_.store.when_ready([this, alive = alive_] {
        if (!*alive) return;
        const auto& names = setting_.config.mqtt_virtual_names;
        const std::string name = number_ < names.size() ? names[number_] : "MQTT Battery";
        record_ = setting_.store.open({store::sanitised(serial_), name, false},
                                      {[this](const store::Saved& saved) { opened(saved); },
                                       [this](const std::string& changed) {
                                           custom_name_ = changed;
                                           who_.reset();
                                           if (service_) service_->show_custom_name(changed);
                                       },
                                       [](std::int64_t) {}});
    });
    setting_.gate.serve(id_, this);
    step();
}

VirtualBattery::~VirtualBattery()
{
    *alive_ = false;
    setting_.gate.serve(id_, nullptr);
    leave();
}

control::Now VirtualBattery::now() const
{
    return {to_seconds(setting_.loop.now().time_since_epoch()), setting_.loop.wall()};
}

/// As configured; else 100, 101, ... as dbus-mqtt-battery had it.
std::int64_t VirtualBattery::wished_instance() const
{
    const auto& wished = setting_.config.mqtt_virtual_instances;
    return number_ < wished.size() ? wished[number_] : first_instance + static_cast<std::int64_t>(number_);
}

void VirtualBattery::opened(const store::Saved& saved)
{
    custom_name_ = saved.custom_name;
    instance_ = wished_instance();  // the same after each start: its name on the bus has it
    if (battery_.state() == State::online) publish(true);
}

void VirtualBattery::receive(std::string_view document, bool kept)
{
    if (kept && heard_) return;
    const auto taken = battery_.take(document, now());
    for (const std::string& warning : battery_.take_warnings()) log::warning("MQTT {}: {}", topic_, warning);
    if (!taken) {
        ++refused_;
        if (told_ != Instant{} && setting_.loop.now() - told_ < told_every) return;
        told_ = setting_.loop.now();
        log::warning(">>> MQTT {}: a message is not used: {}", topic_, taken.error());
        return;
    }
    heard_ = true;
    counted_at_ = setting_.loop.now();
    publish(battery_.state() == State::online);
}

/// Time passes, whether somebody tells something or not.
void VirtualBattery::step()
{
    timer_ = setting_.loop.at(setting_.loop.now() + step_every, [this] { step(); });
    const State before = battery_.state();
    battery_.step(now());
    if (battery_.state() != before) publish(false);
    if (battery_.state() == State::online && setting_.bank != nullptr && posted_)
        setting_.bank->cycle({serial_, custom_name_, who_->name}, snapshot_);
    const bool waits = battery_.state() == State::waiting || battery_.state() == State::removed;
    if (!waits || setting_.loop.now() - waiting_told_ < told_every) return;
    waiting_told_ = setting_.loop.now();
    log::info("MQTT {}: waiting for a message", topic_);
}

void VirtualBattery::publish(bool counted)
{
    if (!record_ || instance_ == 0) return;
    if (battery_.state() == State::waiting) return;
    if (battery_.state() == State::removed) {
        log::warning(">>> MQTT {}: offline for {} s, it leaves the bus", topic_,
                     setting_.config.mqtt_virtual_remove_after);
        leave();
        return;
    }
    if (battery_.state() == State::offline && posted_ && snapshot_.state.online)
        log::error(">>> MQTT {}: offline", topic_);
    bank::reflect(battery_, snapshot_);
    snapshot_.age = to_seconds(setting_.loop.now() - counted_at_);
    snapshot_.link.replies += counted ? 1 : 0;
    if (service_)
        service_->publish(battery_, counted);
    else
        appear();
    post(site::Change::What::cycle);
    posted_ = true;
    if (setting_.bank != nullptr) setting_.bank->cycle({serial_, custom_name_, who_->name}, snapshot_);
}

void VirtualBattery::appear()
{
    if (again_) return;
    std::error_code unknown;
    venus::DocumentService::Identity identity;
    identity.name = fmt::format("com.victronenergy.battery.mqtt_battery_{}", instance_);
    identity.process_name = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
    identity.process_version = std::string(version);
    identity.connection = "MQTT: " + topic_;
    identity.serial = serial_;
    identity.custom_name = custom_name_;
    identity.instance = instance_;
    const auto gone = [this](const std::string& reason) {
        log::error(">>> MQTT {}: not on the bus, it is tried again: {}", topic_, reason);
        again_ = setting_.loop.at(setting_.loop.now() + again_after, [this] {
            again_.reset();
            service_.reset();
            if (battery_.state() != State::waiting && battery_.state() != State::removed) appear();
        });
    };
    auto opened = venus::DocumentService::open(
        setting_.loop, setting_.bus_address, identity,
        {[this, name = identity.name] { log::info("MQTT {}: on the bus as {}", topic_, name); },
         [this](const std::string& reason) { log::error(">>> MQTT {}: not on the bus: {}", topic_, reason); }, gone,
         [this](const std::string& name, std::function<void(bool saved)> saved) { rename(name, std::move(saved)); }},
        battery_);
    if (!opened) return gone(opened.error());
    service_ = std::move(*opened);
}

void VirtualBattery::leave()
{
    again_.reset();
    service_.reset();  // with its connection goes its name
    if (std::exchange(posted_, false)) post(site::Change::What::left);
}

void VirtualBattery::post(site::Change::What what)
{
    if (!who_) {
        auto who = std::make_shared<Who>();
        who->id = id_;
        who->unique_id = serial_;
        who->name = fmt::format("mqtt_battery_{}", instance_);
        who->place.kind = LinkKind::mqtt;
        who->place.device = topic_;
        who->place.driver = "MQTT Battery";
        who->custom_name = custom_name_;
        who->instance = instance_;
        who_ = std::move(who);
    }
    setting_.board.post(what, who_, snapshot_);
}

void VirtualBattery::rename(const std::string& name, std::function<void(bool saved)> saved)
{
    if (!record_) return saved(false);
    record_->set_custom_name(name, [this, name, saved = std::move(saved), alive = alive_](const Result<void>& done) {
        if (!*alive) return;
        if (done) {
            custom_name_ = name;
            who_.reset();
        }
        saved(done.has_value());
    });
}

/// Its values come from elsewhere: a name is all it can be given.
Result<void> VirtualBattery::carry_out(const site::Wish& wish, site::Told told)
{
    const auto* given = std::get_if<site::Rename>(&wish);
    if (given == nullptr) return Failure("a battery told over MQTT cannot do that");
    rename(given->name, [this, name = given->name, told = std::move(told)](bool saved) {
        if (saved && service_) service_->show_custom_name(name);
        told({saved, saved ? "" : "it could not be saved"});
    });
    return {};
}

}  // namespace bmsd::daemon
