#include "bank/values.h"

#include <algorithm>

namespace bmsd::bank {
namespace {

struct Range {
    double least, most;
};

constexpr Range any{-1e12, 1e12}, percent{0, 100}, pack{0, 1000}, amperes{-10000, 10000}, cell{0, 10},
    temperature{-60, 200}, level{0, 2}, amp_hours{0, 1e6}, flag{0, 1};

Range range_of(Item item)
{
    if (item >= Item::alarm_low_voltage && item <= Item::alarm_bms_cable) return level;
    switch (item) {
        case Item::voltage:
        case Item::cell_sum:
        case Item::charge_voltage:
        case Item::low_voltage:
            return pack;
        case Item::current:
        case Item::current_avg:
            return amperes;
        case Item::charge_current:
        case Item::discharge_current:
            return {0, amperes.most};
        case Item::soc:
        case Item::soh:
            return percent;
        case Item::installed:
        case Item::capacity:
            return amp_hours;
        case Item::min_cell:
        case Item::max_cell:
        case Item::max_cell_charge_voltage:
            return cell;
        case Item::temperature:
        case Item::min_temperature:
        case Item::max_temperature:
        case Item::mosfet_temperature:
            return temperature;
        case Item::allow_charge:
        case Item::allow_discharge:
        case Item::connected:
            return flag;
        default:
            return any;
    }
}

bool within(const Range& range, double value)
{
    return value >= range.least && value <= range.most;  // false for what is no number
}

}  // namespace

bool put(Values& values, const Slot& slot, const Number& value)
{
    const bool fits = !value || within(slot.item ? range_of(*slot.item) : cell, *value);
    const Number kept = fits ? value : std::nullopt;
    if (slot.item) values[*slot.item] = kept;
    if (slot.cell > 0) {
        if (values.cells.size() < slot.cell && !kept) return fits;
        while (values.cells.size() < slot.cell) values.cells.push_back(std::nullopt);
        values.cells[slot.cell - 1U] = kept;
    }
    return fits;
}

Number number_at(const Values& values, const Slot& slot)
{
    if (slot.item) return values[*slot.item];
    return slot.cell > 0 && slot.cell <= values.cells.size() ? values.cells[slot.cell - 1U] : std::nullopt;
}

ChargeMode read_mode(std::string_view text)
{
    std::string mode(text.substr(0, text.find("│")));
    std::ranges::transform(mode, mode.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const auto has = [&](std::string_view part) { return mode.find(part) != std::string::npos; };
    using enum ChargeMode::Class;
    ChargeMode out;
    out.absorption = has("absorption");
    out.protects = has("(cell ovp") || has("(ccl ignored");
    out.soc_reset = has("soc reset");
    if (has("float transition")) {
        out.is = transition;
    } else if (has("float")) {
        out.is = floating;
    } else if (has("bulk") || out.absorption || has("keep always max")) {
        out.is = charging;
    }
    return out;
}

}  // namespace bmsd::bank
