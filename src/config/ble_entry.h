#pragma once
// An entry of BLUETOOTH_BMS: "<type> <MAC> [adapter=hci1] [password]". Source: core/transports.md sections 2.1 and 5,
// bms/ble/README.md sections 1 and 7.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace bmsd::config {

struct BleEntry {
    std::string type;     // as written
    std::string mac;      // upper case
    std::string adapter;  // hci1; empty: any
    std::string secret;   // ASCII without blanks; empty: none
};

/// Nothing where it is none.
std::optional<BleEntry> parse_ble_entry(std::string_view text);
/// Those of BLUETOOTH_BMS; what is none is left out, the check of the configuration has told of it.
std::vector<BleEntry> ble_entries(const Config& config);

/// Entries as they may be shown: what is neither type, MAC nor adapter is a password, so `***` stands there.
std::string without_passwords(std::string_view entries);

}  // namespace bmsd::config
