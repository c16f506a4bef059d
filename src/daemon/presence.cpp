#include "daemon/presence.h"
#include "store/setting_names.h"

#include <filesystem>

#include "util/later.h"
#include "util/log.h"
#include "util/version.h"

namespace bmsd::daemon {
namespace {

constexpr double charging_from = 1;  // A, average: from there on it is a charge

}  // namespace

Presence::~Presence()
{
    setting_.gate.serve(id_, nullptr);
    if (battery_) battery_->on_outcome({});
}

venus::Context Presence::context() const
{
    const Reading& reading = battery_->reading();
    venus::Context context;
    context.config = &setting_.config;
    std::error_code unknown;
    context.process_name = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
    context.process_version = std::string(version);
    context.connection = venus::connection_text(place_);
    context.product_name = venus::product_name(battery_->facts().id, place_, reading.identity.type.value_or(""));
    context.serial = store::sanitised(battery_->facts().id);
    context.custom_name = custom_name_;
    context.device_instance = instance_;
    context.cell_count = static_cast<std::size_t>(reading.telemetry.cell_count.value_or(0));
    context.commands = battery_->facts().entry->commands;
    return context;
}

Task<std::unique_ptr<Presence>> Presence::open(const Setting& setting, BatteryId id, battery::Facts facts, Place place,
                                               std::string name, const battery::Found& found, bool settings_invalid)
{
    std::unique_ptr<Presence> presence(new Presence(setting, id, std::move(place), std::move(name)));
    Presence* self = presence.get();
    const auto ready = std::make_shared<Later<store::Saved>>();
    self->record_ = setting.store.open(
        {store::sanitised(facts.id), venus::default_custom_name(self->place_, found.reading.identity),
         setting.config.soc_calculation},
        {[ready](const store::Saved& saved) { ready->set(saved); },
         [self](const std::string& custom_name) {
             self->custom_name_ = custom_name;
             if (self->service_) self->service_->show_custom_name(custom_name);
             self->introduce();
         },
         [self](std::int64_t instance) {
             log::info("{}: the device instance becomes {} after a restart", self->name_, instance);
         }});
    const store::Saved saved = co_await *ready;

    self->custom_name_ = saved.custom_name;
    self->instance_ = saved.instance;
    const control::Traits known{settings_invalid, saved.errors, facts.entry->charges_itself};
    self->battery_ = std::make_shared<battery::Battery>(std::move(facts), found.reading, setting.config, known,
                                                        saved.stored, setting.loop);
    self->battery_->on_outcome([self](const battery::Outcome& outcome) { self->settle(outcome); });
    setting.gate.serve(id, self);
    co_return presence;
}

void Presence::settle(const battery::Outcome& outcome)
{
    if (service_) service_->settle(outcome.command, outcome.done);
    auto asked = asked_.extract(outcome.command.kind);
    if (asked.empty()) return;
    if (asked.mapped().value != outcome.command.value)
        asked.mapped().told({false, "another value was wanted meanwhile"});
    else
        asked.mapped().told({outcome.done, outcome.reason});
}

/// Tells the others who it is now.
void Presence::introduce()
{
    if (!who_) return;
    constexpr std::string_view prefix = "com.victronenergy.battery.";
    auto who = std::make_shared<Who>();
    who->id = id_;
    who->unique_id = battery_->facts().id;
    who->name = name_.substr(prefix.size());
    who->place = place_;
    who->custom_name = custom_name_;
    who->instance = instance_;
    who->commands = battery_->facts().entry->commands;
    who_ = std::move(who);
    setting_.board.post(site::Change::What::changed, who_, battery_->snapshot());
}

void Presence::appear()
{
    venus::Control& control = *this;
    service_ = std::make_unique<venus::Service>(
        setting_.loop, setting_.bus_address, name_, context(), control,
        venus::Service::Events{[this] { log::info("{}: on the bus", name_); },
                               [this](const std::string& reason) {
                                   log::error(">>> {}: not on the bus, it is tried again: {}", name_, reason);
                               }});
    service_->start(battery_->snapshot());
    who_ = std::make_shared<Who>();
    introduce();
}

void Presence::take_place(const Place& place, Reading reading)
{
    place_ = place;
    const std::string& address = place.address_bytes;
    battery_->move_to(place.device, place.configured, address.empty() ? 0 : static_cast<std::uint8_t>(address[0]));
    battery_->take(std::move(reading));
}

void Presence::come_back(std::string name, const Place& place, Reading reading)
{
    name_ = std::move(name);
    present_ = true;
    take_place(place, std::move(reading));
}

void Presence::move_to(const Place& place, Reading reading)
{
    take_place(place, std::move(reading));
    if (!service_) return;
    const venus::Context now = context();
    service_->show_place(now.connection, now.product_name);
    introduce();
}

void Presence::cycle()
{
    const Snapshot& snapshot = battery_->snapshot();
    if (!service_ && battery_->missed() == 0) appear();
    if (service_) {
        service_->publish(snapshot);
        service_->show_not_saved(setting_.store.problem());
    }
    if (who_) setting_.board.post(site::Change::What::cycle, who_, snapshot);
    const control::Stored& stored = battery_->controller().stored();
    // the moment that matters most after a power cut: what the charge has brought; by the average, as a current that
    // passes 0 all the time would wear the flash out
    const double average = snapshot.derived.current_avg.value_or(0);
    const bool charging = average > (charging_ ? 0 : charging_from);
    if (std::exchange(charging_, charging) && !charging) {
        record_->flush(stored);
    } else {
        record_->save(stored);
    }
}

void Presence::leave()
{
    if (!std::exchange(present_, false)) return;
    record_->flush(battery_->controller().stored());
    if (service_) service_->release();
    service_.reset();
    if (who_) setting_.board.post(site::Change::What::left, who_, battery_->snapshot());
    who_.reset();
    give_up_waiting();
}

void Presence::give_up_waiting()
{
    for (auto& [kind, asked] : std::exchange(asked_, {})) asked.told({false, "the battery is gone"});
}

void Presence::reconfigure(bool settings_invalid)
{
    battery_->reconfigure(settings_invalid);
    if (service_) service_->reconfigure(setting_.config);
}

Result<void> Presence::ask(site::Wish wish, site::Told told)
{
    return setting_.gate.ask({id_, site::Origin::dbus, std::move(wish)}, std::move(told));
}

Result<void> Presence::command(const Command& command)
{
    return ask(command, {});
}

Result<void> Presence::clear_history(int group)
{
    return ask(site::ClearHistory{group}, {});
}

void Presence::set_custom_name(const std::string& name, Done done)
{
    const auto told = [done](const site::Outcome& outcome) {
        done(outcome.done ? Result<void>() : Failure(outcome.reason));
    };
    if (const auto taken = ask(site::Rename{name}, told); !taken) done(taken);
}

Result<void> Presence::take(const Command& command, site::Told told)
{
    const bool calculated = command.kind == Command::Kind::set_soc && setting_.config.soc_calculation;
    const auto taken =
        command.kind == Command::Kind::set_soc ? battery_->set_soc(command.value) : battery_->request(command);
    if (!taken) return taken;
    if (calculated) {
        told({true, {}});
        return {};
    }
    if (const auto before = asked_.extract(command.kind)) before.mapped().told({false, "another value is wanted now"});
    asked_[command.kind] = {command.value, std::move(told)};
    return {};
}

Result<void> Presence::carry_out(const site::Wish& wish, site::Told told)
{
    if (const auto* command = std::get_if<Command>(&wish)) return take(*command, std::move(told));
    if (const auto* clear = std::get_if<site::ClearHistory>(&wish)) {
        if (!battery_->controller().clear_history(clear->group)) return Failure("there is no such group");
        record_->flush(battery_->controller().stored());
        told({true, {}});
        return {};
    }
    const auto* rename = std::get_if<site::Rename>(&wish);
    if (rename == nullptr) return Failure("a single battery cannot do that");
    record_->set_custom_name(rename->name,
                             [this, name = rename->name, told = std::move(told)](const Result<void>& saved) {
                                 if (saved) custom_name_ = name;
                                 if (saved) introduce();
                                 told({saved.has_value(), saved ? std::string() : saved.error()});
                             });
    return {};
}

}  // namespace bmsd::daemon
