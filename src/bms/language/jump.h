#pragma once
// For answers whose damage is not always noticed, by a weak check or none: what jumps counts only when it is told
// twice.
#include "model/telemetry.h"

namespace bmsd::bms {

/// Whether more changed from one answer to the next than does in a moment.
bool jumps(const Telemetry& before, const Telemetry& after);

}  // namespace bmsd::bms
