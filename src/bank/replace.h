#pragma once
// Values from services that are no members: instead of the merged ones, or where there are none.
// Source: core/aggregation.md section 4.3.
#include "bank/merge.h"
#include "bank/selector.h"

namespace bmsd::bank {

struct Replacements {
    std::vector<SourceLine> overrides, fallbacks;  // by priority
    std::vector<std::string> unusable;             // lines that name no path
};
Replacements read_replacements(const config::Config& config);

/// Everything but the limits.
void replace(const Replacements& rules, std::span<const Service> services, Values& values, Replaced& replaced);
/// A limit, once it is decided: an override only lowers it.
Number replaced_limit(const Replacements& rules, std::span<const Service> services, Item limit, Number value);
/// Whether the service is a source of values and therefore no member.
bool uses(const Replacements& rules, const Service& service);

}  // namespace bmsd::bank
