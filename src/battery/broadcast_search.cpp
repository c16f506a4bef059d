#include "battery/broadcast_search.h"

#include <algorithm>

#include "bms/language/identity.h"
#include "config/value.h"
#include "model/plausible.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

using namespace std::chrono_literals;
using bms::FrameEntry;

constexpr auto listen_first = 2s;                  // the slowest of what every battery sends comes once a second
constexpr int rounds = 3, rounds_when_heard = 16;  // some parts come every 5 s
constexpr Duration pause_between_rounds = 500ms, time_to_answer = 100ms;

}  // namespace

std::vector<const FrameEntry*> frame_candidates(const config::Config& config)
{
    std::vector<const FrameEntry*> named;
    for (const FrameEntry* entry : bms::frame_catalogue())
        if (std::ranges::find(config.bms_type, entry->entry.name) != config.bms_type.end()) named.push_back(entry);
    const auto all = bms::frame_catalogue();
    return named.empty() ? std::vector<const FrameEntry*>(all.begin(), all.end()) : named;
}

bool BroadcastSearch::asks_anyway() const
{
    return !config_.battery_addresses.empty() || std::ranges::any_of(bms::frame_catalogue(), [&](const auto* entry) {
        return entry->asked && std::ranges::find(config_.bms_type, entry->entry.name) != config_.bms_type.end();
    });
}

/// Where to look for a battery of this type; "": its own address.
std::vector<std::string> BroadcastSearch::addresses_of(const FrameEntry& entry) const
{
    if (config_.battery_addresses.empty() || !entry.entry.addressable) return {""};
    return config_.battery_addresses;
}

std::unique_ptr<bms::FrameProtocol> BroadcastSearch::make(const FrameEntry& entry, const std::string& configured) const
{
    const auto address = configured.empty() ? std::nullopt : config::address_of(configured);
    return entry.make({config_, address, bus_.name()}, cache_);
}

void BroadcastSearch::judge(const FrameEntry& entry, const std::string& configured,
                            std::unique_ptr<bms::FrameProtocol> protocol, std::vector<Heard>& found)
{
    Reading reading;
    const auto taken = protocol->take(cache_, loop_.now(), reading);
    if (!taken) {
        partly_ = partly_ || taken.error() != bms::Refusal::silence;
        return;
    }
    if (!bms::plausible(reading.telemetry)) {
        log::warning("{}: {} tells values no battery has", bus_.name(), entry.entry.name);
        link::count(quality_, bms::Refusal::implausible);
        return;
    }
    sift(reading.telemetry);
    bms::Line line = entry.entry.lines.front();
    if (!configured.empty()) line.address = config::address_of(configured).value_or(line.address);
    found.push_back({&entry, std::move(protocol), {&entry.entry, line, configured, nullptr, std::move(reading)}});
}

void BroadcastSearch::look(What what, std::span<const Seat> taken, std::vector<Heard>& found)
{
    for (const FrameEntry* entry : frame_candidates(config_)) {
        const What kind = entry->common ? What::common : entry->asked ? What::asked : What::own_frames;
        if (kind != what) continue;
        for (const std::string& configured : addresses_of(*entry)) {
            const Seat seat{entry, configured};
            const auto there = [&](const Heard& one) {
                return one.entry == entry && one.found.configured == configured;
            };
            if (std::ranges::find(taken, seat) != taken.end() || std::ranges::any_of(found, there)) continue;
            judge(*entry, configured, make(*entry, configured), found);
        }
    }
}

Task<void> BroadcastSearch::ask_one(const FrameEntry& entry, std::string configured, std::vector<Heard>& found)
{
    auto protocol = make(entry, configured);
    std::vector<CanFrame> requests;
    protocol->ask(requests);
    log::info("-- {}: asking for {} at address {}", bus_.name(), entry.entry.name,
              configured.empty() ? bms::address_text(entry.entry.lines.front().address) : configured);
    for (const CanFrame& request : requests) bus_.send(request);
    co_await loop_.sleep(time_to_answer);
    bus_.read();
    judge(entry, configured, std::move(protocol), found);
}

Task<std::vector<Heard>> BroadcastSearch::ask(std::span<const Seat> taken)
{
    std::vector<Heard> found;
    for (const FrameEntry* entry : frame_candidates(config_)) {
        if (!entry->asked) continue;
        const std::vector<std::string> addresses = addresses_of(*entry);
        for (std::size_t i = 0; i < addresses.size(); ++i)
            if (std::ranges::find(taken, Seat{entry, addresses[i]}) == taken.end())
                co_await ask_one(*entry, addresses[i], found);
    }
    co_return found;
}

std::vector<Heard> BroadcastSearch::listen(std::span<const Seat> taken)
{
    std::vector<Heard> found;
    look(What::own_frames, taken, found);
    look(What::asked, taken, found);  // another one may ask
    // frames that several kinds of battery send are a battery of their own only where there is no other
    if (found.empty() && taken.empty()) look(What::common, taken, found);
    return found;
}

/// Nobody is missing of whom the configuration tells.
bool BroadcastSearch::complete(std::span<const Heard> found) const
{
    if (found.empty()) return false;
    const std::size_t wanted =
        config_.battery_addresses.empty() ? config_.bms_type.size() : config_.battery_addresses.size();
    if (found.size() >= wanted) return true;
    return std::ranges::any_of(found, [](const Heard& one) { return !one.entry->entry.addressable; });
}

Task<std::vector<Heard>> BroadcastSearch::run()
{
    std::vector<Heard> found;
    co_await loop_.sleep(listen_first);
    partly_ = false;
    for (int i = 0; i < (partly_ ? rounds_when_heard : rounds); ++i) {
        if (i > 0) co_await loop_.sleep(pause_between_rounds);
        bus_.read();
        cache_.expire(loop_.now());
        look(What::own_frames, {}, found);
        look(What::asked, {}, found);
        if (found.empty() || (asks_anyway() && !complete(found))) {
            std::vector<Seat> taken;
            for (const Heard& one : found) taken.push_back({one.entry, one.found.configured});
            auto answered = co_await ask(taken);
            std::ranges::move(answered, std::back_inserter(found));
        }
        if (found.empty()) look(What::common, {}, found);
        if (complete(found)) break;
    }
    co_return found;
}

}  // namespace bmsd::battery
