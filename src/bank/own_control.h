#pragma once
// Charge control by the bank itself, from its cells. Source: core/aggregation.md section 11.
#include "bank/balancing.h"
#include "bank/crew.h"

namespace bmsd::bank {

struct OwnMemory {
    BalancingMemory balancing;
    bool empty = false;  // the lowest cell was at its limit and has not come up yet

    bool operator==(const OwnMemory&) const = default;
};

struct OwnLimits {
    double voltage = 0;    // V
    Both<double> current;  // A, before hardware limits, guard and caps
    bool dynamic = false;  // a cell lowers the voltage
    std::string mode;      // /Info/ChargeMode
};

/// `merged`: the bank's values so far. nullopt: the batteries differ in their number of cells, or no cells are known.
std::optional<OwnLimits> own_limits(const Crew& crew, const Values& merged, const std::optional<Date>& today,
                                    const config::Config& config, OwnMemory& memory);

/// The largest current of the bank, A: the configured one, else 200.
double own_maximum(const config::Config& config, Direction direction);

}  // namespace bmsd::bank
