#pragma once
// Readings that cannot be. Source: core/alarms-and-errors.md section 7 and RA10, core/lifecycle.md section 4.2,
// core/charge-control.md section 15 numbers 4 and 5.
#include <cstdint>
#include <string_view>

#include "model/telemetry.h"

namespace bmsd {

/// Which value is outside of what a battery can be, with its limits; empty = none.
std::string_view implausible(const Telemetry& telemetry);

/// The same for the values without which there is no reading: such a reply is refused as a whole.
std::string_view impossible(const Telemetry& telemetry);

/// Makes absent what cannot be, field by field, so that the rest of the reply counts; a SoC a little beyond its ends is
/// at its end. A voltage that cannot be stays for impossible(). One bit for each rule that made a value absent.
std::uint32_t sift(Telemetry& telemetry);

/// What a bit of sift() says.
std::string_view sifted_text(unsigned bit);

}  // namespace bmsd
