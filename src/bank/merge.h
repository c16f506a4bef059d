#pragma once
// Many batteries as one: every path by its rule. Source: core/aggregation.md section 6. Limits, the current of Victron
// devices and the bank's own state of charge come after it.
#include "bank/crew.h"
#include "config/config.h"

namespace bmsd::bank {

/// The merged values at full precision; n = 0 values give none.
Values merge(const Crew& crew, const config::Config& config);

/// One path of all units by `rule`. Absent for Rule::own and Rule::none.
Number combine(std::span<const Unit> units, Item item, Rule rule);

/// What follows from others once overrides have been applied; `replaced` says which paths they have set.
using Replaced = std::array<bool, item_count>;
void derive(Values& values, const config::Config& config, const Replaced& replaced);

}  // namespace bmsd::bank
