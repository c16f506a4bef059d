#pragma once
// Texts that several protocols build in the same way, and the limits every battery must keep to be believed.
#include <string>

#include "bms/language/refusal.h"
#include "model/telemetry.h"
#include "util/bytes.h"

namespace bmsd::bms {

/// Shortest decimal that reads back, at least one decimal place: 5 -> "5.0", 170.25 -> "170.25".
std::string decimal_text(double value);

/// Letters and digits of `text` only.
std::string letters_and_digits(std::string_view text);

/// Other than printable ASCII becomes a blank, runs of blanks become one, none at the ends.
std::string collapsed(ByteView bytes);

/// `0x` and two digits, lower case.
std::string address_text(std::uint8_t address);

/// The common rule for a unique id (specification README): letters and digits of hardware_version, `_`, capacity, `Ah`.
std::string common_unique_id(const Reading& reading);

/// `YYYYMMDD`, or absent when it is no date.
Text date_text(int year, int month, int day);

/// A state of charge as a BMS tells it, in %: counters run a little over, so up to 110 is full and down to -5 empty;
/// what is beyond was no reading. Source: core/charge-control.md section 15, number 5.
Number soc_in_range(double percent);

/// What holds for every reply of every battery: refused when a value is impossible() without which there is no reading.
/// Others that cannot be cost only themselves (sift()).
Reply<void> plausible(const Telemetry& telemetry);

/// plausible(), and what cannot be is left out of `telemetry`: for those who read once and keep no count of it.
Reply<void> accept(Telemetry& telemetry);

}  // namespace bmsd::bms
