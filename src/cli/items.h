#pragma once
// What a battery service on the bus says, for the commands that read it. Paths: core/dbus-paths.json.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/monitor.h"
#include "util/loop.h"
#include "util/result.h"

namespace bmsd::cli {

using Items = bus::Monitor::Items;

/// Absent and null are the same: nothing.
const bus::Value& value(const Items& items, std::string_view path);
std::optional<double> number(const Items& items, std::string_view path);
/// Empty when the path has no text.
std::string words(const Items& items, std::string_view path);

/// Without control characters, which become "?": a text from the bus or from a BMS must not drive the terminal.
std::string printable(std::string_view text);

/// The name its owner gave it, else the last part of the bus name.
std::string battery_name(const std::string& service, const Items& items);

struct RaisedAlarm {
    std::string name;
    bool alarm;  // false: a warning
};
/// Those above level 0. Alarms whose level is not known are not among them.
std::vector<RaisedAlarm> raised_alarms(const Items& items);

/// Whether it is read over this serial port, by whoever serves it.
bool is_on_port(const Items& items, std::string_view port);

/// Counters of the link; absent when the service has none.
struct LinkCounts {
    double asked;    // answered or not
    double silent;   // not answered
    double refused;  // answered by what was no reply
};
std::optional<LinkCounts> link_counts(const Items& items);

/// What is on the bus.
struct BusFacts {
    std::map<std::string, Items> batteries;  // by bus name
    bool system = false;                     // com.victronenergy.system is there
    std::optional<double> dvcc;              // its /Control/Dvcc: 1 = limits of the battery are applied
    std::string controlling;                 // its /ActiveBmsService: who is obeyed; empty: not told
    std::string monitor;                 // its /ActiveBatteryService, "com.victronenergy.battery/1"; empty: not told
    std::optional<double> dc_feed_in;    // setting of the GX device: 1 = solar power is fed in without a limit
    std::map<std::string, bool> listed;  // by bus name: whether it is in the battery list of the GX device
    bool sensor = false;                 // the service asked for is there
};

/// The name of a battery in what com.victronenergy.system tells: "com.victronenergy.battery/INSTANCE".
std::string monitor_name(const Items& items);

/// What is on the bus at `address`, as soon as everybody has answered, at most after a few seconds. `sensor`: a service
/// to look for; empty: none.
Result<BusFacts> read_bus(RealLoop& loop, const std::string& address, const std::string& sensor = {});

}  // namespace bmsd::cli
