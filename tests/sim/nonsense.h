#pragma once
// Inputs that no battery sends: NaN, infinities, huge, negative, vanishing, lists of any length, clocks that jump.
#include "control/input.h"
#include "sim/random.h"

namespace bmsd::sim {

/// Any number a broken wire or program can come up with.
double odd_number(Random& random);

/// Changes some members of `telemetry` for worse.
void spoil(Random& random, Telemetry& telemetry);

/// The next time: the steady clock never goes back, the wall clock may.
void pass_time(Random& random, control::Now& now);

}  // namespace bmsd::sim
