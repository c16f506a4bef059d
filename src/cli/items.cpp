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

/// The questions to a bus, and whether all are answered.
struct Inquiry {
    Inquiry(bus::Connection& bus, const std::string& sensor_service, const std::function<void()>& changed)
        : batteries(bus, changed), system(bus, system_service, {"/Control/Dvcc", "/ActiveBmsService"}, changed)
    {
        if (!sensor_service.empty()) sensor.emplace(bus, sensor_service, [=](const std::string&) { changed(); });
    }
    bool complete() const { return batteries.complete() && system.known() && (!sensor || sensor->known()); }

    bus::Monitor batteries;
    bus::RemoteItems system;
    std::optional<bus::NameWatch> sensor;
};

}  // namespace

Result<BusFacts> read_bus(RealLoop& loop, const std::string& sensor)
{
    std::string problem;
    auto bus = bus::Connection::open(loop, bus::bus_address(), [&](const std::string& reason) {
        problem = reason;
        loop.stop();
    });
    if (!bus) return Failure(bus.error());
    std::optional<Inquiry> inquiry;
    inquiry.emplace(**bus, sensor, [&] {
        if (inquiry->complete()) loop.stop();
    });
    const Wait limit = loop.at(loop.now() + longest_answer, [&] { loop.stop(); });
    loop.run();
    if (!problem.empty()) return Failure(problem);
    const auto& system = inquiry->system.values();
    const auto* controlling = system[1].get<std::string>();
    return BusFacts{inquiry->batteries.services(), inquiry->system.present(), system[0].number(),
                    controlling != nullptr ? *controlling : "", inquiry->sensor && !inquiry->sensor->owner().empty()};
}

}  // namespace bmsd::cli
