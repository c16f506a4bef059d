#include "daemon/site.h"
#include "store/setting_names.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "daemon/settings_block.h"
#include "util/later.h"
#include "util/log.h"

namespace bmsd::daemon {
namespace {

Place place_of(const battery::Found& found, const std::string& port)
{
    Place place;
    place.device = port;
    place.driver = found.entry->name;
    place.configured = found.configured;
    if (found.entry->addressed) place.address_bytes = std::string(1, static_cast<char>(found.line.address));
    return place;
}

}  // namespace

Site::Site(Presence::Setting setting, Options options) : setting_(std::move(setting)), options_(std::move(options)) {}

Site::~Site() = default;

Presence* Site::presence_of(const battery::Battery& battery)
{
    const auto found = by_id_.find(battery.facts().id);
    return found == by_id_.end() ? nullptr : found->second.presence.get();
}

venus::UniqueId Site::choose_id(const Identity& identity, const Place& place) const
{
    const auto taken = [this](std::string_view id) {
        const auto found = by_id_.find(id);
        return opening_.contains(id) || (found != by_id_.end() && found->second.presence->present());
    };
    const auto known = [this](std::string_view id) {
        return by_id_.find(id) != by_id_.end() || setting_.store.known(store::sanitised(id));
    };
    return venus::choose_unique_id(identity, place, setting_.config.use_port_as_unique_id, taken, known);
}

std::string Site::free_name(const Place& place) const
{
    const std::string wanted = venus::bus_name(place);
    const auto used = [this](const std::string& name) {
        return std::any_of(by_id_.begin(), by_id_.end(),
                           [&](const auto& served) { return served.second.presence->name() == name; });
    };
    std::string name = wanted;
    for (int i = 2; used(name); ++i) name = wanted + "_" + std::to_string(i);
    return name;
}

bool Site::same_battery(const battery::Battery& known, const battery::Found& found)
{
    return known.facts().entry == found.entry &&
           known.reading().telemetry.cell_count == found.reading.telemetry.cell_count;
}

Task<std::shared_ptr<battery::Battery>> Site::attach(battery::Found& found, const std::string& port)
{
    // shared with the store, which may still hold the callback when this is cancelled
    const auto ready = std::make_shared<Later<bool>>();
    setting_.store.when_ready([ready] { ready->set(true); });
    co_await *ready;

    const Place place = place_of(found, port);
    const auto [id, warning] = choose_id(found.reading.identity, place);
    if (!warning.empty()) log::warning(">>> {}", warning);

    const auto before = by_id_.find(id);
    if (before != by_id_.end() && same_battery(*before->second.presence->battery(), found)) {
        before->second.presence->come_back(port, std::move(found.reading));
        log::info("{} is back, on {}", id, port);
        co_return before->second.presence->battery();
    }
    std::string name = before != by_id_.end() ? before->second.presence->name() : free_name(place);
    if (before != by_id_.end()) by_id_.erase(before);  // the id now belongs to another kind of battery

    Served served;
    auto lock = BatteryLock::take(options_.lock_folder, id, fmt::format("{}:{}\n", name, ::getpid()));
    if (!lock) {
        log::error(
            "*** {}. Two batteries with one id: give them different names, serial numbers or capacities in their "
            "BMS, or set USE_PORT_AS_UNIQUE_ID = True.",
            lock.error());
        co_return nullptr;
    }
    served.lock = std::move(*lock);
    opening_.insert(id);
    // named, not a temporary: GCC 12 destroys temporaries of a co_await expression twice
    battery::Facts facts{found.entry, port, found.configured, found.line.address, id};
    served.presence =
        co_await Presence::open(setting_, std::move(facts), place, std::move(name), found, settings_invalid_);
    opening_.erase(id);
    if (!served.presence) co_return nullptr;
    Presence& presence = *served.presence;
    by_id_.emplace(id, std::move(served));
    presence.battery()->set_external(external_current_, external_soc_);
    presence.battery()->set_ess(ess_);
    log_settings(*presence.battery(), setting_.config);
    presence.appear();
    co_return presence.battery();
}

void Site::cycle(battery::Battery& battery)
{
    if (Presence* presence = presence_of(battery)) presence->cycle();
    if (options_.after_cycle) options_.after_cycle(battery.facts().port, battery.snapshot());
}

void Site::release(battery::Battery& battery)
{
    if (Presence* presence = presence_of(battery); presence != nullptr && presence->present()) {
        log::warning("{}: released", presence->name());
        presence->leave();
    }
}

void Site::set_external(Number current, Number soc)
{
    external_current_ = current;
    external_soc_ = soc;
    for (auto& [id, served] : by_id_) served.presence->battery()->set_external(current, soc);
}

void Site::set_ess(const control::EssSettings& ess)
{
    ess_ = ess;
    for (auto& [id, served] : by_id_) served.presence->battery()->set_ess(ess);
}

void Site::reconfigure(bool settings_invalid)
{
    settings_invalid_ = settings_invalid;
    for (auto& [id, served] : by_id_) served.presence->reconfigure(settings_invalid);
}

}  // namespace bmsd::daemon
