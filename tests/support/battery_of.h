#pragma once
// A random battery that a type can be.
#include "bms/catalogue.h"
#include "support/random_reading.h"

namespace bmsd::test {

/// Of as many cells as the type tells when it is asked through an `OnWire` (a RigOn); those that tell no cells take
/// any.
template <class OnWire>
Reading battery_of(const bms::Entry& entry, std::mt19937_64& random)
{
    for (const std::size_t cells : {16U, 8U, 4U, 15U}) {
        Reading candidate = random_reading(random, cells);
        OnWire rig(entry, candidate);
        if (!rig.identify()) continue;
        const Count& told = rig.reading.telemetry.cell_count;
        if (!told || *told == static_cast<std::int64_t>(cells)) return candidate;
    }
    return random_reading(random, 16);
}

}  // namespace bmsd::test
