#pragma once
// The configuration as values under /Info/Config. Source: core/dbus.md section 4.15, core/config.md section 11.
#include <string>
#include <utility>
#include <vector>

#include "bus/value.h"
#include "config/config.h"

namespace bmsd::venus {

/// Path -> value of every published key that has one, and the tables of current limits in ampere.
std::vector<std::pair<std::string, bus::Value>> config_values(const config::Config& config);

}  // namespace bmsd::venus
