#pragma once
// What the program at hand can do. A setting for more than that would be waited for in vain: it is an error.
#include <string_view>
#include <vector>

#include "config/rules.h"

namespace bmsd::config {

struct Abilities {
    std::vector<std::string_view> transports;  // "serial", "can", "ble", "mqtt"
    std::vector<std::string_view> types;       // names of BMS types
};

/// An error for each key that is set and needs what is not there: a transport, or a type (R36).
std::vector<Issue> beyond(const Abilities& abilities, const Config& config, const WrittenKeys& written);

}  // namespace bmsd::config
