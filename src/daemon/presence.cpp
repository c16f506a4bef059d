#include "daemon/presence.h"
#include "store/setting_names.h"

#include <filesystem>

#include "util/later.h"
#include "util/log.h"
#include "util/version.h"

namespace bmsd::daemon {
namespace {

constexpr double charging_from = 1;  // A, average: from there on it is a charge

venus::Context context_of(const Presence::Setting& setting, const battery::Battery& battery, const Place& place,
                          const store::Saved& saved)
{
    const Reading& reading = battery.reading();
    venus::Context context;
    context.config = &setting.config;
    std::error_code unknown;
    context.process_name = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
    context.process_version = std::string(version);
    context.connection = venus::connection_text(place);
    context.product_name = venus::product_name(battery.facts().id, place, reading.identity.type.value_or(""));
    context.serial = store::sanitised(battery.facts().id);
    context.custom_name = saved.custom_name;
    context.device_instance = saved.instance;
    context.cell_count = static_cast<std::size_t>(reading.telemetry.cell_count.value_or(0));
    context.commands = battery.facts().entry->commands;
    return context;
}

}  // namespace

Presence::~Presence() = default;

Task<std::unique_ptr<Presence>> Presence::open(const Setting& setting, battery::Facts facts, const Place& place,
                                               std::string name, const battery::Found& found, bool settings_invalid)
{
    std::unique_ptr<Presence> presence(new Presence(setting, std::move(name)));
    Presence* self = presence.get();
    const auto ready = std::make_shared<Later<store::Saved>>();
    self->record_ =
        setting.store.open({store::sanitised(facts.id), venus::default_custom_name(place, found.reading.identity),
                            setting.config.soc_calculation},
                           {[ready](const store::Saved& saved) { ready->set(saved); },
                            [self](const std::string& custom_name) {
                                if (self->service_) self->service_->show_custom_name(custom_name);
                            },
                            [self](std::int64_t instance) {
                                log::info("{}: the device instance becomes {} after a restart", self->name_, instance);
                            }});
    const store::Saved saved = co_await *ready;

    const control::Traits known{settings_invalid, saved.errors, facts.entry->charges_itself};
    self->battery_ = std::make_shared<battery::Battery>(std::move(facts), found.reading, setting.config, known,
                                                        saved.stored, setting.loop);
    venus::Control& control = *self;
    auto service = venus::Service::open(
        setting.loop, setting.bus_address, self->name_, context_of(setting, *self->battery_, place, saved), control,
        {[self] { log::info("{}: on the bus", self->name_); },
         [self](const std::string& reason) {
             self->setting_.bus_lost("the name " + self->name_ + " is not to be had: " + reason);
         },
         setting.bus_lost});
    if (!service) {
        setting.bus_lost(service.error());
        co_return nullptr;
    }
    self->service_ = std::move(*service);
    self->battery_->on_outcome(
        [self](const battery::Outcome& outcome) { self->service_->settle(outcome.command, outcome.done); });
    co_return presence;
}

void Presence::appear()
{
    service_->start(battery_->snapshot());
    present_ = true;
}

void Presence::come_back(const std::string& port, Reading reading)
{
    battery_->move_to(port);
    ++battery_->link().reconnects;
    battery_->take(std::move(reading));
    appear();
}

void Presence::cycle()
{
    const Snapshot& snapshot = battery_->snapshot();
    service_->publish(snapshot);
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
    service_->release();
}

void Presence::reconfigure(bool settings_invalid)
{
    battery_->reconfigure(settings_invalid);
    service_->reconfigure(setting_.config);
}

Result<void> Presence::command(const Command& command)
{
    const auto taken =
        command.kind == Command::Kind::set_soc ? battery_->set_soc(command.value) : battery_->request(command);
    if (!taken) log::warning("{}: {} = {} refused: {}", name_, bmsd::name(command.kind), command.value, taken.error());
    return taken;
}

Result<void> Presence::clear_history(int group)
{
    if (!battery_->controller().clear_history(group)) return Failure("there is no such group");
    record_->flush(battery_->controller().stored());
    return {};
}

void Presence::set_custom_name(const std::string& name, Done done)
{
    record_->set_custom_name(name, std::move(done));
}

}  // namespace bmsd::daemon
