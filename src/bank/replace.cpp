#include "bank/replace.h"

#include <algorithm>

namespace bmsd::bank {
namespace {

constexpr Item limits[]{Item::charge_voltage, Item::charge_current, Item::discharge_current,
                        Item::max_cell_charge_voltage};

bool is_limit(Item item)
{
    return std::ranges::find(limits, item) != std::end(limits);
}

/// The first value of the lines for `slot`.
Number first(const std::vector<SourceLine>& lines, std::span<const Service> services, const Slot& slot)
{
    for (const SourceLine& line : lines) {
        if (!covers(line, slot)) continue;
        for (const Service& service : services) {
            if (!matches(line.selector, service)) continue;
            if (const Number value = number_at(service.values, slot)) return value;
        }
    }
    return std::nullopt;
}

void read(const std::vector<std::string>& texts, std::vector<SourceLine>& out, std::vector<std::string>& unusable)
{
    for (const std::string& text : texts) {
        if (auto line = read_source(text)) {
            out.push_back(std::move(*line));
        } else {
            unusable.push_back(text);
        }
    }
}

}  // namespace

Replacements read_replacements(const config::Config& config)
{
    Replacements out;
    read(config.aggregate_overrides, out.overrides, out.unusable);
    read(config.aggregate_fallbacks, out.fallbacks, out.unusable);
    return out;
}

void replace(const Replacements& rules, std::span<const Service> services, Values& values, Replaced& replaced)
{
    if (rules.overrides.empty() && rules.fallbacks.empty()) return;
    for (const ItemRow& row : item_rows()) {
        if (row.parallel == Rule::none || is_limit(row.item)) continue;
        const Slot slot{row.item, {}, 0};
        Number value = first(rules.overrides, services, slot);
        if (!value && !values[row.item]) value = first(rules.fallbacks, services, slot);
        if (!value) continue;
        values[row.item] = value;
        replaced[static_cast<std::size_t>(row.item)] = true;
    }
}

Number replaced_limit(const Replacements& rules, std::span<const Service> services, Item limit, Number value)
{
    const Slot slot{limit, {}, 0};
    if (const Number override = first(rules.overrides, services, slot)) {
        value = value ? std::min(*value, *override) : *override;
    }
    return value ? value : first(rules.fallbacks, services, slot);
}

bool uses(const Replacements& rules, const Service& service)
{
    const auto names = [&](const SourceLine& line) { return matches(line.selector, service); };
    return std::ranges::any_of(rules.overrides, names) || std::ranges::any_of(rules.fallbacks, names);
}

}  // namespace bmsd::bank
