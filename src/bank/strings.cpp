#include "bank/strings.h"

#include <algorithm>

#include "bank/merge.h"
#include "config/text.h"

namespace bmsd::bank {
namespace {

bool is(const Selector& selector, const Member& member)
{
    if (selector.kind == Selector::Kind::name) return member.name == selector.text;
    Service service{member.service, {}, member.own, member.values};
    return matches(selector, service) || (selector.kind == Selector::Kind::serial && member.identity == selector.text);
}

Standing worst(const std::vector<const Member*>& packs)
{
    const auto any = [&](Standing standing) {
        return std::ranges::any_of(packs, [&](const Member* m) { return m->standing == standing; });
    };
    for (const Standing standing : {Standing::lost, Standing::absent, Standing::grace}) {
        if (any(standing)) return standing;
    }
    return Standing::online;
}

/// Off when one is off, on when all are on.
Flag both_on(const std::vector<const Member*>& packs, Flag Member::*flag)
{
    bool all_on = true;
    for (const Member* pack : packs) {
        if ((pack->*flag) == false) return false;
        all_on = all_on && (pack->*flag) == true;
    }
    return all_on ? Flag(true) : std::nullopt;
}

ChargeMode mode_of(const std::vector<const Member*>& packs)
{
    using Class = ChargeMode::Class;
    ChargeMode out;
    out.absorption = true;
    const auto rank = [](Class c) {
        return c == Class::charging ? 3 : c == Class::transition ? 2 : c == Class::floating;
    };
    for (const Member* pack : packs) {
        const ChargeMode& mode = pack->mode;
        if (rank(mode.is) > rank(out.is)) out.is = mode.is;
        if (mode.is == Class::charging) out.absorption = out.absorption && mode.absorption;
        out.protects = out.protects || mode.protects;
        out.soc_reset = out.soc_reset || mode.soc_reset;
    }
    return out;
}

Number least(const std::vector<const Member*>& packs, Number Member::*limit)
{
    Number out;
    for (const Member* pack : packs) {
        if (const Number& value = pack->*limit) out = out ? std::min(*out, *value) : *value;
    }
    return out;
}

void add_values(const std::vector<const Member*>& packs, Values& out)
{
    std::vector<Unit> units;
    for (const Member* pack : packs) units.push_back({pack, {true, true}});
    for (const ItemRow& row : item_rows()) out[row.item] = combine(units, row.item, row.series);
    out[Item::min_cell] = combine(units, Item::min_cell, Rule::lowest);
    out[Item::max_cell] = combine(units, Item::max_cell, Rule::highest);
    const Number &remaining = out[Item::capacity], &installed = out[Item::installed];
    if (remaining && installed && *installed > 0) out[Item::soc] = 100 * *remaining / *installed;
    for (const Member* pack : packs) {
        for (const Number& cell : pack->values.cells) out.cells.push_back(cell);
    }
}

/// The limitation texts are those of the battery with the lower limit.
void add_texts(const std::vector<const Member*>& packs, Values& out)
{
    struct Row {
        Item limit;
        Word word;
    };
    for (const Row& row : {Row{Item::charge_current, Word::charge_limitation},
                           Row{Item::discharge_current, Word::discharge_limitation}}) {
        for (const Member* pack : packs) {
            if (pack->values[row.limit] == out[row.limit]) out[row.word] = pack->values[row.word];
        }
    }
}

}  // namespace

StringPlan read_strings(const std::vector<std::string>& texts)
{
    StringPlan plan;
    for (const std::string& text : texts) {
        auto& string = plan.emplace_back();
        for (const auto part : config::split(text, '+')) string.push_back(read_selector(part));
    }
    return plan;
}

std::vector<BatteryString> sort_into(const StringPlan& plan, std::span<const Member> members)
{
    std::vector<BatteryString> out;
    for (const auto& selectors : plan) {
        BatteryString& string = out.emplace_back();
        string.complete = true;
        for (const Selector& selector : selectors) {
            const auto found = std::ranges::find_if(members, [&](const Member& m) { return is(selector, m); });
            string.complete = string.complete && found != members.end();
            if (found != members.end()) string.packs.push_back(&*found);
        }
    }
    return out;
}

Member as_one(const BatteryString& string)
{
    Member out;
    for (const Member* pack : string.packs) {
        const bool first = pack == string.packs.front();
        out.identity += (first ? "" : "+") + pack->identity;
        out.name += (first ? "" : " + ") + pack->name;
        out.service = pack->service;
        out.own = (first || out.own) && pack->own;
        out.lost_full = out.lost_full || pack->lost_full;
        out.lost_empty = out.lost_empty || pack->lost_empty;
    }
    out.standing = string.complete ? worst(string.packs) : Standing::absent;
    out.charge_fet = both_on(string.packs, &Member::charge_fet);
    out.discharge_fet = both_on(string.packs, &Member::discharge_fet);
    out.hardware_charge = least(string.packs, &Member::hardware_charge);
    out.hardware_discharge = least(string.packs, &Member::hardware_discharge);
    out.mode = mode_of(string.packs);
    add_values(string.packs, out.values);
    add_texts(string.packs, out.values);
    return out;
}

}  // namespace bmsd::bank
