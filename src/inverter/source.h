#pragma once
// Of which battery the inverter is told, and what. Source: core/can-out.md section 6 numbers 1, 2 and 5.
#include <string>

#include "inverter/values.h"
#include "site/board.h"

namespace bmsd::inverter {

/// The battery that is named (by its name, the user's or the other one, or its unique id); without a name the bank,
/// else the only battery there is. Absent: it is not there, or there are several and no bank.
std::optional<BatteryId> source_of(const site::Board& board, const std::string& named);

/// What its last cycle says. Requests are not in there: they need a memory.
Values values_of(const Who& who, const Snapshot& snapshot);

/// Of a bank an alarm is only a warning while a battery is known not to have it: the limits say the rest. One that
/// does not tell it vouches for nobody.
void soften_alarms(const site::Board& board, Alarms& alarms);

}  // namespace bmsd::inverter
