#pragma once
// Readings that cannot be. Source: core/alarms-and-errors.md section 7 and RA10, core/lifecycle.md section 4.2.
#include <string_view>

#include "model/telemetry.h"

namespace bmsd {

/// Which value of a reply is outside of what a battery can be, with its limits; empty = none. Such a reply is refused
/// as a whole, at detection and later.
std::string_view implausible(const Telemetry& telemetry);

}  // namespace bmsd
