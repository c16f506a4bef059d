#include "cli/items.h"

#include <fmt/format.h>

#include "bus/remote_items.h"

namespace bmsd::cli {
namespace {

std::string_view after(std::string_view text, std::string_view prefix)
{
    return text.substr(prefix.size());
}

constexpr auto longest_answer = std::chrono::seconds(2);  // of all services; more than any bus that works needs
constexpr std::string_view service_prefix = "com.victronenergy.battery.", alarm_prefix = "/Alarms/";

}  // namespace

const bus::Value& value(const Items& items, std::string_view path)
{
    static const bus::Value none;
    const auto found = items.find(path);
    return found == items.end() ? none : found->second.value;
}

std::optional<double> number(const Items& items, std::string_view path)
{
    return value(items, path).number();
}

std::string words(const Items& items, std::string_view path)
{
    const auto* text = value(items, path).get<std::string>();
    return text != nullptr ? *text : std::string();
}

std::string printable(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto code = static_cast<unsigned char>(text[i]);
        const bool c1 = code == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        out += code < 0x20 || code == 0x7F || c1 ? '?' : text[i];
        if (c1) ++i;
    }
    return out;
}

std::string battery_name(const std::string& service, const Items& items)
{
    std::string custom = words(items, "/CustomName");
    return custom.empty() ? std::string(after(service, service_prefix)) : custom;
}

std::vector<RaisedAlarm> raised_alarms(const Items& items)
{
    std::vector<RaisedAlarm> raised;
    for (auto it = items.lower_bound(alarm_prefix); it != items.end() && it->first.starts_with(alarm_prefix); ++it) {
        const auto level = it->second.value.number();
        if (level && *level >= 1) raised.push_back({std::string(after(it->first, alarm_prefix)), *level >= 2});
    }
    return raised;
}

bool is_on_port(const Items& items, std::string_view port)
{
    const std::string connection = words(items, "/Mgmt/Connection"), wanted = fmt::format("Serial {}", port);
    return connection == wanted || connection.starts_with(wanted + "__");
}

std::optional<LinkCounts> link_counts(const Items& items)
{
    const auto replies = number(items, "/Info/Link/Replies"), silent = number(items, "/Info/Link/Timeouts");
    const auto refused = number(items, "/Info/Link/Refused/Total");
    if (!replies || !silent || !refused) return {};
    // replies are told seldom, faults at once: until the next time there is no share to speak of
    if (*replies < *refused) return {};
    return LinkCounts{*replies + *silent, *silent, *refused};
}

namespace {

constexpr const char* system_service = "com.victronenergy.system";
constexpr const char* settings_service = "com.victronenergy.settings";

/// The questions to a bus, and whether all are answered.
struct Inquiry {
    Inquiry(bus::Connection& bus, const std::string& sensor_service, const std::function<void()>& changed)
        : batteries(bus, changed),
          system(bus, system_service, {"/Control/Dvcc", "/ActiveBmsService", "/ActiveBatteryService"}, changed)
    {
        if (!sensor_service.empty()) sensor.emplace(bus, sensor_service, [=](const std::string&) { changed(); });
    }
    bool complete() const { return batteries.complete() && system.known() && (!sensor || sensor->known()); }

    bus::Monitor batteries;
    bus::RemoteItems system;
    std::optional<bus::NameWatch> sensor;
};

/// The settings that concern the batteries found; they hang on their instances.
void read_settings(RealLoop& loop, bus::Connection& bus, BusFacts& facts)
{
    std::vector<std::string> paths{"/Settings/CGwacs/OvervoltageFeedIn"}, names;
    for (const auto& [name, items] : facts.batteries) {
        const auto instance = number(items, "/DeviceInstance");
        if (!instance) continue;
        names.push_back(name);
        paths.push_back(fmt::format(
            "/Settings/SystemSetup/Batteries/Configuration/com_victronenergy_battery/{}/Enabled", *instance));
    }
    std::optional<bus::RemoteItems> settings;
    settings.emplace(bus, settings_service, paths, [&] {
        if (settings && settings->known()) loop.stop();
    });
    const Wait limit = loop.at(loop.now() + longest_answer, [&] { loop.stop(); });
    loop.run();
    facts.dc_feed_in = settings->values()[0].number();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (const auto enabled = settings->values()[i + 1].number()) facts.listed[names[i]] = *enabled != 0;
}

std::string text_of(const bus::Value& value)
{
    const auto* text = value.get<std::string>();
    return text == nullptr ? "" : *text;
}

}  // namespace

std::string monitor_name(const Items& items)
{
    return fmt::format("com.victronenergy.battery/{}", number(items, "/DeviceInstance").value_or(-1));
}

Result<BusFacts> read_bus(RealLoop& loop, const std::string& address, const std::string& sensor)
{
    std::string problem;
    auto bus = bus::Connection::open(loop, address, [&](const std::string& reason) {
        problem = reason;
        loop.stop();
    });
    if (!bus) return Failure(bus.error());
    std::optional<Inquiry> inquiry;
    inquiry.emplace(**bus, sensor, [&] {
        if (inquiry && inquiry->complete()) loop.stop();
    });
    const Wait limit = loop.at(loop.now() + longest_answer, [&] { loop.stop(); });
    loop.run();
    if (!problem.empty()) return Failure(problem);
    const auto& system = inquiry->system.values();
    BusFacts facts;
    facts.batteries = inquiry->batteries.services();
    facts.system = inquiry->system.present();
    facts.dvcc = system[0].number();
    facts.controlling = text_of(system[1]);
    facts.monitor = text_of(system[2]);
    facts.sensor = inquiry->sensor && !inquiry->sensor->owner().empty();
    if (facts.system) read_settings(loop, **bus, facts);
    return facts;
}

}  // namespace bmsd::cli
