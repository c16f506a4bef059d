#include "venus/own_name.h"

#include <systemd/sd-bus.h>

#include <utility>

namespace bmsd::venus {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s, retry_at_first = 1s, retry_later = 15s;
constexpr std::uint32_t do_not_queue = 4;
constexpr std::uint32_t primary_owner = 1, already_owner = 4;  // answers to RequestName
constexpr const char* bus_daemon = "org.freedesktop.DBus";

}  // namespace

OwnName::OwnName(bus::Connection& bus, std::string name, Events events)
    : bus_(bus), name_(std::move(name)), events_(std::move(events)), patient_until_(bus.loop().now() + patience)
{
    request();
}

void OwnName::request()
{
    bus::Message call = bus_.new_call(bus_daemon, "/org/freedesktop/DBus", bus_daemon, "RequestName");
    if (call && sd_bus_message_append(call.get(), "su", name_.c_str(), do_not_queue) >= 0)
        call_ = bus_.call(std::move(call), [this](sd_bus_message* reply) { answered(reply); });
}

void OwnName::answered(sd_bus_message* reply)
{
    std::string reason = bus::error_text(reply);
    std::uint32_t answer = 0;
    if (reason.empty() && sd_bus_message_read(reply, "u", &answer) < 0) reason = "unexpected answer";
    if (answer == primary_owner || answer == already_owner) {
        ours_ = true;
        if (events_.ours) events_.ours();
        return;
    }
    const bool patient = bus_.loop().now() < patient_until_;
    if (!patient && !std::exchange(told_, true) && events_.not_ours)
        events_.not_ours(reason.empty() ? "another program has it" : reason);
    retry_ = bus_.loop().at(bus_.loop().now() + (patient ? retry_at_first : retry_later), [this] { request(); });
}

}  // namespace bmsd::venus
