#pragma once
// Readings that cannot be. Source: core/alarms-and-errors.md section 7 and RA10, core/lifecycle.md section 4.2,
// core/charge-control.md section 15 number 5.
#include <string_view>

#include "model/telemetry.h"

namespace bmsd {

/// Which value of a reply is outside of what a battery can be, with its limits; empty = none. While a type is being
/// recognised such a reply is none of it.
std::string_view implausible(const Telemetry& telemetry);

/// A reply is refused as a whole for this alone: why its pack voltage cannot be; empty = it can, or there is none.
std::string_view implausible_required(const Telemetry& telemetry);

/// What has been taken out of a reply.
struct Voided {
    unsigned fields = 0;
    std::string_view first;  // why the first of them; static text, empty = none
};

/// One field that cannot be voids the field, not the reply: what is outside of its range becomes absent. A SoC a little
/// beyond 0..100 % (to -5 and 110) is that bound, and not counted.
Voided void_implausible(Telemetry& telemetry);

}  // namespace bmsd
