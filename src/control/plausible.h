#pragma once
// Readings that cannot be. Source: core/alarms-and-errors.md section 7, RA10.
#include <string_view>

#include "model/telemetry.h"

namespace bmsd::control {

/// Which value of a reply is outside of what a battery can be, with its limits; empty = none. Such a reply is refused
/// as a whole, at detection and later.
std::string_view implausible(const Telemetry& telemetry);

}  // namespace bmsd::control
