#pragma once
// Own charge control: the target voltage by month, raised every some days until the cells are balanced.
// Source: core/aggregation.md section 11.1.
#include "bank/calendar.h"
#include "config/config.h"
#include "model/telemetry.h"

namespace bmsd::bank {

/// What outlives the process.
struct BalancingMemory {
    int state = 0;             // 0 none, 1 raised until balanced, 2 balanced, kept until discharged
    std::optional<Date> last;  // absent: never

    bool operator==(const BalancingMemory&) const = default;
};

struct BalancingInput {
    double cells;    // a battery
    Number voltage;  // V, of the bank
    Number diff;     // V, highest less lowest cell
    std::optional<Date> today;
};

/// The target voltage, V; `memory` moves on.
double balancing_target(const BalancingInput& input, const config::Config& config, BalancingMemory& memory);

}  // namespace bmsd::bank
