#include "daemon/site.h"
#include "store/setting_names.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "daemon/settings_block.h"
#include "util/later.h"
#include "util/log.h"

namespace bmsd::daemon {
namespace {

Place place_of(const battery::Found& found, const std::string& port)
{
    Place place;
    place.kind = found.entry->transport == bms::Transport::can ? LinkKind::can : LinkKind::serial;
    place.device = port;
    place.driver = found.entry->name;
    if (found.entry->transport == bms::Transport::ble) {
        constexpr std::string_view family = "aiobmsble_";
        place.kind = place.driver.starts_with(family) ? LinkKind::ble_library : LinkKind::ble;
        if (place.kind == LinkKind::ble_library) place.driver.erase(0, family.size());
        return place;
    }
    place.configured = found.configured;
    if (found.entry->transport == bms::Transport::mqtt) place.kind = LinkKind::mqtt;
    if (found.entry->addressed) place.address_bytes = std::string(1, static_cast<char>(found.line.address));
    return place;
}

using namespace std::chrono_literals;

constexpr int most_that_left = 32;
constexpr Duration time_for_a_twin = 20s, look_at_twin = 250ms;

/// An id on its way in, for as long as that takes.
class Opening {
  public:
    Opening(std::set<std::string, std::less<>>& ids, std::string id) : ids_(ids), id_(std::move(id))
    {
        ids_.insert(id_);
    }
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;
    ~Opening() { ids_.erase(id_); }

  private:
    std::set<std::string, std::less<>>& ids_;
    std::string id_;
};

bool same_kind(const battery::Battery& known, const battery::Found& found)
{
    return known.facts().entry == found.entry &&
           known.reading().telemetry.cell_count == found.reading.telemetry.cell_count;
}

bool same_serial(const Identity& a, const Identity& b)
{
    return a.serial_number && !a.serial_number->empty() && a.serial_number == b.serial_number;
}

/// Read one after the other, of one battery: what moves slowly is where it was.
bool same_values(const Telemetry& a, const Telemetry& b)
{
    const auto near = [](const Number& x, const Number& y, double most) {
        return x.has_value() == y.has_value() && (!x || std::abs(*x - *y) <= most);
    };
    if (!a.voltage || a.cycles != b.cycles || a.cell_voltages.size() != b.cell_voltages.size()) return false;
    for (std::size_t i = 0; i < a.cell_voltages.size(); ++i)
        if (!near(a.cell_voltages[i], b.cell_voltages[i], 0.02)) return false;
    return near(a.voltage, b.voltage, 0.01 * *a.voltage) && near(a.soc, b.soc, 1) && near(a.capacity, b.capacity, 0) &&
           near(a.capacity_remaining, b.capacity_remaining, 0.01 * a.capacity.value_or(100));
}

}  // namespace

Site::Site(Presence::Setting setting, Options options)
    : setting_(std::move(setting)), options_(std::move(options)), last_id_(options_.first_id)
{
}

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

bool Site::name_in_use(std::string_view name) const
{
    return std::ranges::any_of(by_id_, [&](const auto& served) {
        return served.second.presence->present() && served.second.presence->name() == name;
    });
}

std::string Site::free_name(const Place& place) const
{
    const std::string wanted = venus::bus_name(place);
    std::string name = wanted;
    for (int i = 2; name_in_use(name); ++i) name = wanted + "_" + std::to_string(i);
    return name;
}

/// One that is served and says of itself what this one says.
std::shared_ptr<battery::Battery> Site::twin_of(const battery::Found& found, const Place& place) const
{
    const Text& id = found.reading.identity.unique_id;
    if (setting_.config.use_port_as_unique_id || !id || id->empty()) return nullptr;
    // it was told apart by its place before: two of one kind
    const bool distinct = setting_.store.known(store::sanitised(*id + "_" + venus::port_id(place)));
    for (const auto& [key, served] : by_id_) {
        const auto& known = served.presence->battery();
        if (!served.presence->present() || !same_kind(*known, found)) continue;
        const Identity& other = known->reading().identity;
        if (other.unique_id != id || !battery::same_pack(known->reading(), found.reading)) continue;
        if (distinct && !same_serial(other, found.reading.identity)) continue;
        return known;
    }
    return nullptr;
}

/// Whether the twin has gone from where it was, with this one as its new place. It is given the time to answer there
/// once more, unless its port is this one and waits for us.
Task<Site::Twin> Site::judge(std::shared_ptr<battery::Battery> twin, const battery::Found& found,
                             const std::string& port)
{
    const auto seat = twin->seat();
    const auto cycles = twin->cycles();
    const Instant patience = setting_.loop.now() + time_for_a_twin;
    while (twin->facts().port != port && twin->missed() == 0 && twin->cycles() == cycles && twin->seat() == seat &&
           setting_.loop.now() < patience)
        co_await setting_.loop.sleep(look_at_twin);
    const Presence* presence = presence_of(*twin);
    if (presence == nullptr || presence->battery() != twin || !presence->present()) co_return Twin::none;
    if (twin->seat() != seat) co_return Twin::another;
    if (twin->missed() > 0) co_return Twin::moved;
    const Reading& known = twin->reading();
    const bool same =
        same_serial(known.identity, found.reading.identity) && same_values(known.telemetry, found.reading.telemetry);
    co_return same ? Twin::the_same : Twin::another;
}

Task<std::shared_ptr<battery::Battery>> Site::attach(battery::Found& found, const std::string& port)
{
    // shared with the store, which may still hold the callback when this is cancelled
    const auto ready = std::make_shared<Later<bool>>();
    setting_.store.when_ready([ready] { ready->set(true); });
    co_await *ready;

    const std::string own = found.reading.identity.unique_id.value_or("");
    while (opening_.contains(own)) co_await setting_.loop.sleep(look_at_twin);  // it may be this one's twin

    const Place place = place_of(found, port);
    if (const auto twin = twin_of(found, place)) {
        const Twin what = co_await judge(twin, found, port);
        if (what == Twin::moved) {
            log::info("{} answers at {} now", twin->facts().id, venus::connection_text(place));
            presence_of(*twin)->move_to(place, std::move(found.reading));
            co_return twin;
        }
        if (what == Twin::the_same) {
            if (told_.insert(venus::connection_text(place)).second)
                log::warning(">>> {} answers at {}, too: it is one battery and served once, at {}", twin->facts().id,
                             venus::connection_text(place), twin->facts().port);
            co_return nullptr;
        }
    }
    const auto [id, warning] = choose_id(found.reading.identity, place);
    if (!warning.empty()) log::warning(">>> {}", warning);
    const auto before = by_id_.find(id);
    if (before == by_id_.end()) co_return co_await make(found, place, id);
    Served& served = before->second;
    if (!same_kind(*served.presence->battery(), found)) {
        by_id_.erase(before);  // the id now belongs to another kind of battery
        co_return co_await make(found, place, id);
    }
    const std::string former = served.presence->name();
    const std::string name = name_in_use(former) ? free_name(place) : former;
    if (!lock(served, id, name)) co_return nullptr;
    served.presence->come_back(name, place, std::move(found.reading));
    log::info("{} is back, on {}", id, port);
    co_return served.presence->battery();
}

/// No other process may serve it, too.
bool Site::lock(Served& served, const std::string& id, const std::string& name)
{
    auto lock = BatteryLock::take(options_.lock_folder, id, fmt::format("{}:{}\n", name, ::getpid()));
    if (lock) {
        served.lock = std::move(*lock);
        return true;
    }
    log::error(
        "*** {}. Two batteries with one id: give them different names, serial numbers or capacities in their BMS, or "
        "set USE_PORT_AS_UNIQUE_ID = True.",
        lock.error());
    return false;
}

Task<std::shared_ptr<battery::Battery>> Site::make(battery::Found& found, const Place& place, const std::string& id)
{
    Served served;
    std::string name = free_name(place);
    if (!lock(served, id, name)) co_return nullptr;
    const Opening opening(opening_, id);  // also when this is cancelled
    // named, not a temporary: GCC 12 destroys temporaries of a co_await expression twice
    const BatteryId id_now{last_id_++};
    battery::Facts facts{found.entry, place.device, found.configured, found.line.address, id};
    served.presence =
        co_await Presence::open(setting_, id_now, std::move(facts), place, std::move(name), found, settings_invalid_);
    Presence& presence = *served.presence;
    if (name_in_use(presence.name())) presence.rename(free_name(place));
    by_id_.emplace(id, std::move(served));
    presence.battery()->set_external(external_current_, external_soc_);
    presence.battery()->set_ess(ess_);
    log_settings(*presence.battery(), setting_.config);
    co_return presence.battery();
}

void Site::cycle(battery::Battery& battery)
{
    Presence* presence = presence_of(battery);
    if (presence != nullptr) presence->cycle();
    if (presence != nullptr && bank_ != nullptr) {
        bank_->cycle({battery.facts().id, presence->display_name(), presence->name()}, battery.snapshot());
    }
    if (options_.after_cycle) options_.after_cycle(battery.facts().port, battery.snapshot());
}

void Site::release(battery::Battery& battery)
{
    const auto found = by_id_.find(battery.facts().id);
    if (found == by_id_.end() || !found->second.presence->present()) return;
    Served& served = found->second;
    log::warning("{}: released", served.presence->name());
    served.presence->leave();
    served.lock = {};
    served.left_at = setting_.loop.now();
    forget_oldest();
}

/// What comes back finds itself again, also by way of the store; a stream of ever new ids is not kept.
void Site::forget_oldest()
{
    const auto left = [](const auto& one) { return !one.second.presence->present(); };
    if (std::ranges::count_if(by_id_, left) <= most_that_left) return;
    auto oldest = by_id_.end();
    for (auto one = by_id_.begin(); one != by_id_.end(); ++one)
        if (left(*one) && (oldest == by_id_.end() || one->second.left_at < oldest->second.left_at)) oldest = one;
    by_id_.erase(oldest);
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
