#include "bank/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace bmsd::bank {
namespace {

/// f of each unit that has a value, one after the other.
template <class Get, class Fold>
Number fold(const auto& list, Get get, Fold fold)
{
    Number out;
    for (const auto& one : list) {
        const Number value = get(one);
        if (value) out = out ? fold(*out, *value) : *value;
    }
    return out;
}

const auto least = [](double a, double b) { return std::min(a, b); };
const auto most = [](double a, double b) { return std::max(a, b); };

auto of(Item item)
{
    return [item](const Unit& unit) { return unit.member->values[item]; };
}

Number mean(const auto& list, auto get)
{
    const Number sum = fold(list, get, std::plus<>());
    const auto count = std::ranges::count_if(list, [&](const auto& one) { return get(one).has_value(); });
    return sum ? Number(*sum / static_cast<double>(count)) : std::nullopt;
}

Number weighted(std::span<const Unit> units, Item item)
{
    double sum = 0, weight = 0;
    for (const Unit& unit : units) {
        const Number &value = unit.member->values[item], &installed = unit.member->values[Item::installed];
        if (!value || !installed || *installed <= 0) continue;
        sum += *value * *installed;
        weight += *installed;
    }
    return weight > 0 ? Number(sum / weight) : mean(units, of(item));
}

Number common(std::span<const Unit> units, Item item)
{
    const Number low = combine(units, item, Rule::lowest), high = combine(units, item, Rule::highest);
    return low == high ? low : std::nullopt;
}

Number voltage(const Crew& crew)
{
    const Number of_connected = mean(crew.units, [](const Unit& unit) {
        return unit.connected() ? unit.member->values[Item::voltage] : std::nullopt;
    });
    return of_connected ? of_connected : combine(crew.units, Item::voltage, Rule::mean);
}

Number product(const Number& a, const Number& b, double scale = 1)
{
    return a && b ? Number(*a * *b * scale) : std::nullopt;
}

Number power_of(const Unit& unit)
{
    const Values& v = unit.member->values;
    return v[Item::power] ? v[Item::power] : product(v[Item::voltage], v[Item::current]);
}

Number remaining_of(const Values& v)
{
    return v[Item::capacity] ? v[Item::capacity] : product(v[Item::installed], v[Item::soc], 0.01);
}

Number consumed_of(const Unit& unit)
{
    const Values& v = unit.member->values;
    if (v[Item::consumed]) return -std::abs(*v[Item::consumed]);
    const Number remaining = remaining_of(v);
    return remaining && v[Item::installed] ? Number(*remaining - *v[Item::installed]) : std::nullopt;
}

Number cell_sum_of(const Unit& unit)
{
    const Values& v = unit.member->values;
    if (v[Item::cell_sum]) return v[Item::cell_sum];
    const Number &low = v[Item::min_cell], &high = v[Item::max_cell], &cells = v[Item::cells];
    return low && high && cells ? Number((*low + *high) / 2 * *cells) : std::nullopt;
}

/// The battery with the extreme of `item`: the value, and whose it is.
void extreme(const Crew& crew, Item item, Word id, bool highest, Values& out)
{
    const Member* best = nullptr;
    for (const Member* pack : crew.packs) {
        const Number& value = pack->values[item];
        if (!value) continue;
        const bool further = best == nullptr || (highest ? *value > *best->values[item] : *value < *best->values[item]);
        if (further) best = pack;
    }
    out[id].clear();
    out[item] = best == nullptr ? std::nullopt : best->values[item];
    if (best == nullptr) return;
    const std::string& part = best->values[id];
    out[id] = part.empty() ? best->name : fmt::format("{}: {}", best->name, part);
}

double module_count(const Member& member)
{
    return member.values[Item::online].value_or(1);
}

double blocking(const Member& member, Item count, Direction d)
{
    return member.values[count].value_or(refuses(member, d) ? 1 : 0);
}

void count_modules(const Crew& crew, Values& out)
{
    double online = 0, offline = 0, charge = 0, discharge = 0;
    for (const Member* pack : crew.packs) {
        online += module_count(*pack);
        offline += pack->values[Item::offline].value_or(0);
        charge += blocking(*pack, Item::blocking_charge, Direction::charge);
        discharge += blocking(*pack, Item::blocking_discharge, Direction::discharge);
    }
    for (const Member* member : crew.missing) offline += std::max(1.0, module_count(*member));
    out[Item::online] = online;
    out[Item::offline] = offline;
    out[Item::blocking_charge] = charge;
    out[Item::blocking_discharge] = discharge;
    out[Item::batteries] = static_cast<double>(crew.learned);
    out[Item::parallel] = static_cast<double>(crew.strings);
    out[Item::series] = static_cast<double>(crew.per_string);
}

/// The first of these that any battery is in.
double state_of(const Crew& crew)
{
    for (const double state : {9.0, 10.0, 14.0}) {
        const auto in = [&](const Unit& unit) { return unit.member->values[Item::state] == state; };
        if (std::ranges::any_of(crew.units, in)) return state;
    }
    return 0;
}

std::string service_names(const Crew& crew)
{
    std::string out = "[";
    for (const Member* pack : crew.packs) out += fmt::format("{}\"{}\"", out.size() > 1 ? ", " : "", pack->service);
    return out + "]";
}

Rule rule_of(std::string_view word)
{
    if (word == "max") return Rule::highest;
    if (word == "min") return Rule::lowest;
    return word == "mean" ? Rule::mean : Rule::weighted;
}

}  // namespace

Number combine(std::span<const Unit> units, Item item, Rule rule)
{
    switch (rule) {
        case Rule::sum:
            return fold(units, of(item), std::plus<>());
        case Rule::whole: {
            const auto missing = [&](const Unit& unit) { return !unit.member->values[item]; };
            return std::ranges::any_of(units, missing) ? std::nullopt : fold(units, of(item), std::plus<>());
        }
        case Rule::mean:
            return mean(units, of(item));
        case Rule::weighted:
            return weighted(units, item);
        case Rule::lowest:
            return fold(units, of(item), least);
        case Rule::highest:
            return fold(units, of(item), most);
        case Rule::common:
            return common(units, item);
        case Rule::own:
        case Rule::none:
            break;
    }
    return std::nullopt;
}

Values merge(const Crew& crew, const config::Config& config)
{
    Values out;
    for (const ItemRow& row : item_rows()) out[row.item] = combine(crew.units, row.item, row.parallel);
    out[Item::voltage] = voltage(crew);
    out[Item::power] = fold(crew.units, power_of, std::plus<>());
    out[Item::temperature] = combine(crew.units, Item::temperature, rule_of(config.aggregate_temperature));
    out[Item::soc] = combine(crew.units, Item::soc, rule_of(config.aggregate_soc_mode));
    const double fixed = config.aggregate_capacity;
    out[Item::installed] = fixed > 0 ? Number(fixed) : combine(crew.units, Item::installed, Rule::sum);
    out[Item::capacity] = fold(
        crew.units, [](const Unit& unit) { return remaining_of(unit.member->values); }, std::plus<>());
    out[Item::consumed] = fold(crew.units, consumed_of, std::plus<>());
    out[Item::cell_sum] = mean(crew.units, cell_sum_of);
    extreme(crew, Item::min_cell, Word::min_cell_id, false, out);
    extreme(crew, Item::max_cell, Word::max_cell_id, true, out);
    extreme(crew, Item::min_temperature, Word::min_temperature_id, false, out);
    extreme(crew, Item::max_temperature, Word::max_temperature_id, true, out);
    count_modules(crew, out);
    const Rule allowed = config.aggregate_blocked_member == "zero" ? Rule::lowest : Rule::highest;
    out[Item::allow_charge] = combine(crew.units, Item::allow_charge, allowed);
    out[Item::allow_discharge] = combine(crew.units, Item::allow_discharge, allowed);
    out[Item::state] = state_of(crew);
    out[Item::can_be_cleared] = 0;
    out[Word::batteries] = service_names(crew);
    return out;
}

void derive(Values& values, const config::Config& config, const Replaced& replaced)
{
    const auto was = [&](Item item) { return replaced[static_cast<std::size_t>(item)]; };
    if (was(Item::current) && !was(Item::power))
        values[Item::power] = product(values[Item::voltage], values[Item::current]);
    const bool from_soc = was(Item::soc) || config.aggregate_capacity > 0;
    if (from_soc && !was(Item::capacity)) {
        values[Item::capacity] = product(values[Item::installed], values[Item::soc], 0.01);
        const Number &capacity = values[Item::capacity], &installed = values[Item::installed];
        if (!was(Item::consumed)) {
            values[Item::consumed] = capacity && installed ? Number(*capacity - *installed) : std::nullopt;
        }
    }
    const Number &low = values[Item::min_cell], &high = values[Item::max_cell];
    if (!was(Item::cell_diff)) values[Item::cell_diff] = low && high ? Number(*high - *low) : std::nullopt;
}

}  // namespace bmsd::bank
