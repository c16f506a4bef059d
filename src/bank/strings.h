#pragma once
// Batteries in series: each string becomes one battery, which the bank then has side by side.
// Source: core/aggregation.md section 12.
#include <span>

#include "bank/selector.h"

namespace bmsd::bank {

/// AGGREGATE_SERIES: a list of strings, each of selectors.
using StringPlan = std::vector<std::vector<Selector>>;
StringPlan read_strings(const std::vector<std::string>& texts);

/// The batteries of each string in the order of the plan. A string that lacks one of its batteries is absent; a battery
/// that is in no string is not part of the bank.
struct BatteryString {
    std::vector<const Member*> packs;
    bool complete = false;  // every selector found its battery
};
std::vector<BatteryString> sort_into(const StringPlan& plan, std::span<const Member> members);

/// The string as one battery.
Member as_one(const BatteryString& string);

}  // namespace bmsd::bank
