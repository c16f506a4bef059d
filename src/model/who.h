#pragma once
// Who a battery is to the outside: its number, its names, where it hangs, what it can be told. Travels
// with each Snapshot on the Board, replaced as a whole when something of it changes.
#include <cstdint>
#include <string>

#include "model/command.h"

namespace bmsd {

/// A battery, or what is served as one, within this process; never given twice. 0: none.
enum class BatteryId : std::uint32_t {};

enum class LinkKind : std::uint8_t { serial, can, ble, ble_library, mqtt };

/// Where a battery hangs, as far as its names go.
struct Place {
    LinkKind kind = LinkKind::serial;
    std::string device;         // "/dev/ttyUSB0", "can0", a MAC as given, an MQTT topic
    std::string driver;         // BMS_TYPE; the module name of a BLE library driver
    std::string configured;     // the entry of BATTERY_ADDRESSES as written; empty: none
    std::string address_bytes;  // raw bytes of the address in use, also a default one; empty: the type has none

    bool operator==(const Place&) const = default;
};

/// Bytes of a name that a user gives to a battery.
inline constexpr std::size_t longest_name = 128;

struct Who {
    BatteryId id{};
    std::string unique_id;  // unique in this process: the BMS's own, or a distinct one made from it; not sanitised
    std::string name;       // fit for an element of a bus name, a topic, an address: "ttyUSB0__0x01"
    Place place;
    std::string custom_name;    // the user's, or the default one; may be empty
    std::int64_t instance = 0;  // /DeviceInstance
    Commands commands;          // what it can be told
    bool bank = false;          // it stands for many batteries, which are told of by themselves, too
};

}  // namespace bmsd
