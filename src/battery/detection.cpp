#include "battery/detection.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "bms/language/identity.h"
#include "config/bms_types.h"
#include "config/value.h"
#include "model/plausible.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

using bms::Entry;

constexpr int rounds = 3;
constexpr auto pause_between_rounds = std::chrono::milliseconds(500);

/// The rows to try: a given address or speed replaces those of the type, each combination once.
std::vector<bms::Line> lines_of(const Entry& entry, std::optional<std::uint8_t> address, unsigned baud)
{
    std::vector<bms::Line> wanted;
    for (bms::Line line : entry.lines) {
        if (address) line.address = *address;
        if (baud != 0) line.baud = baud;
        const auto same = [&](const bms::Line& known) {
            return known.baud == line.baud && known.address == line.address;
        };
        if (std::none_of(wanted.begin(), wanted.end(), same)) wanted.push_back(line);
    }
    return wanted;
}

}  // namespace

std::vector<const Entry*> candidates(const config::Config& config, bms::Transport transport)
{
    const auto& named = config.bms_type;
    const auto is_named = [&](const Entry& entry) {
        return std::find(named.begin(), named.end(), entry.name) != named.end();
    };
    for (const auto& name : named) {
        if (!config::is_bms_type(name)) log::warning(">>> BMS_TYPE: there is no type {}; see `bmsd bms`", name);
    }
    std::vector<const Entry*> entries;
    for (const Entry* entry : bms::catalogue()) {
        if (entry->transport != transport) continue;
        if (is_named(*entry) || (named.empty() && !entry->only_when_named)) entries.push_back(entry);
    }
    return entries;
}

std::optional<std::uint8_t> parse_address(std::string_view text)
{
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
        base = 16;
    }
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size() || value > 255) return std::nullopt;
    return static_cast<std::uint8_t>(value);
}

Task<std::vector<Found>> Detection::run()
{
    std::vector<Found> found;
    const auto entries =
        port_.only_type() != nullptr ? std::vector{port_.only_type()} : candidates(config_, port_.transport());
    const std::vector<std::string> addresses =
        config_.battery_addresses;  // the configuration may change while this waits
    if (addresses.empty() || port_.only_type() != nullptr) {
        co_await search(entries, "", found);
        co_return found;
    }
    for (const auto& address : addresses) {
        const std::size_t before = found.size();
        co_await search(entries, address, found);
        if (found.size() > before) {
            const Entry& entry = *found.back().entry;
            log::info("-- {}: {} at address {}", port_.name(), entry.name, address);
            if (!entry.addressable && addresses.size() > 1) {  // it would answer at each of them
                log::warning("{}: {} has no addresses, the others of BATTERY_ADDRESSES are left out", port_.name(),
                             entry.name);
                co_return found;
            }
        } else {
            log::warning("{}: no battery at address {}", port_.name(), address);
        }
    }
    co_return found;
}

Task<std::vector<Found>> Detection::look_for(const Entry& entry, std::string configured)
{
    std::vector<Found> found;
    const std::vector<const Entry*> only{&entry};
    co_await round(only, configured, found);
    co_return found;
}

Task<void> Detection::search(std::vector<const Entry*> entries, std::string configured, std::vector<Found>& found)
{
    const auto key = memory_key(port_.name(), configured);
    const Entry* remembered = bms::find(memory_.type_of(key));
    if (!found.empty()) remembered = found.back().entry;  // batteries on one bus are mostly of one type
    // put first, whichever it is, so a wrong memory costs one try of one type
    const auto place = std::find(entries.begin(), entries.end(), remembered);
    if (place != entries.end()) std::rotate(entries.begin(), place, place + 1);
    for (int i = 0; i < rounds; ++i) {
        heard_ = false;
        if (co_await round(entries, configured, found)) {
            memory_.remember(key, found.back().entry->name);
            co_return;
        }
        if (!heard_ || !port_.is_open()) co_return;  // a silent line stays silent: no need to ask thrice
        co_await port_.pause(pause_between_rounds);
    }
}

Task<bool> Detection::round(const std::vector<const Entry*>& entries, const std::string& configured,
                            std::vector<Found>& found)
{
    const auto address = configured.empty() ? std::nullopt : config::address_of(configured);
    for (const Entry* entry : entries) {
        for (const bms::Line& line : lines_of(*entry, address, baud_)) {
            if (co_await try_line(*entry, line, configured, found)) co_return true;
            if (!port_.is_open()) co_return false;  // pulled, or another program has it
        }
    }
    co_return false;
}

Task<bool> Detection::try_line(const Entry& entry, bms::Line line, const std::string& configured,
                               std::vector<Found>& found)
{
    if (port_.only_type() != nullptr)
        log::info("-- {}: testing {}", port_.name(), entry.name);
    else
        log::info("-- {}: testing {} at {} baud, address {}", port_.name(), entry.name, line.baud,
                  bms::address_text(line.address));
    if (const auto opened = port_.open(line.baud, line.parity); !opened) {
        log::warning("{}", opened.error());
        co_return false;
    }
    Found candidate{&entry, line, configured, entry.make({config_, line.address, line.baud}), {}};
    const auto taken = co_await candidate.protocol->identify(channel_, candidate.reading);
    if (!taken) {
        heard_ = heard_ || (taken.error() != bms::Refusal::silence && taken.error() != bms::Refusal::unsupported);
        co_return false;
    }
    heard_ = true;
    if (!bms::plausible(candidate.reading.telemetry)) {
        log::warning("{}: {} answers with values no battery has", port_.name(), entry.name);
        channel_.refused(bms::Refusal::implausible);
        co_return false;
    }
    sift(candidate.reading.telemetry);
    if (!entry.warning.empty()) log::warning("{}", entry.warning);
    found.push_back(std::move(candidate));
    co_return true;
}

}  // namespace bmsd::battery
