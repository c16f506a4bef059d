#pragma once
// How a battery is called on the bus: bus name, unique id, texts of its identity. Pure functions.
// Source: core/dbus.md sections 1 and 3, core/dbus-settings.md section 2.
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "model/telemetry.h"
#include "model/who.h"

namespace bmsd::venus {

/// "ttyUSB0", "can0", "ble_c8478c000000", "mqtt_0"; not yet fit for a bus name.
std::string port_name(const Place& place);

/// "com.victronenergy.battery." + port name + "__" and the address where one is configured (BLE library: the MAC).
std::string bus_name(const Place& place);

/// /Mgmt/Connection
std::string connection_text(const Place& place);

/// /ProductName; `unique_id` as the BMS gives it.
std::string product_name(std::string_view unique_id, const Place& place, std::string_view type);

/// What /CustomName shows until the user gives a name; empty for most.
std::string default_custom_name(const Place& place, const Identity& identity);

/// The id with USE_PORT_AS_UNIQUE_ID or when the BMS gives none: "ttyUSB0__0x01".
std::string port_id(const Place& place);

/// The id a battery runs under, and what the log says when it is not the one its BMS gave.
struct UniqueId {
    std::string id;       // not sanitised
    std::string warning;  // empty: nothing to say
};

/// Asks whether an id (not sanitised) is in use by another battery, or was used before (has settings).
using IdQuestion = std::function<bool(std::string_view id)>;

/// Chooses the id: the one of the BMS; when another battery has it, with the serial number appended, else with the port
/// and address. An id that was given so once is given again whichever battery starts first: `known` finds it.
UniqueId choose_unique_id(const Identity& identity, const Place& place, bool use_port, const IdQuestion& taken,
                          const IdQuestion& known);

}  // namespace bmsd::venus
