#include <algorithm>
#include <cmath>

#include "bms/language/field.h"
#include "bms/types/eg4_ll_judge.h"

namespace bmsd::bms::eg4 {
namespace {

struct Row {
    std::size_t offset;
    Number Thresholds::*member;
    Wire wire = u16be;
    double scale = 1;
    std::int64_t zero = 0;     // the raw value of 0
    bool may_be_zero = false;  // else a raw 0 means not set
};

constexpr Row cell(std::size_t offset, Number Thresholds::*member)
{
    return {offset, member, u16be, 0.001};
}
constexpr Row hundredth(std::size_t offset, Number Thresholds::*member)
{
    return {offset, member, u16be, 0.01};
}
constexpr Row temperature(std::size_t offset, Number Thresholds::*member)
{
    return {offset, member, i16be, 1, 50};
}
constexpr Row delay(std::size_t offset, Number Thresholds::*member)
{
    return {offset, member, u16be, 1, 0, true};
}

constexpr std::array rows{
    cell(22, &Thresholds::balance_start),
    cell(24, &Thresholds::balance_difference),
    Row{26, &Thresholds::low_capacity},
    cell(32, &Thresholds::low_cell_warn),
    cell(34, &Thresholds::low_cell_protect),
    hundredth(38, &Thresholds::low_pack_warn),
    hundredth(40, &Thresholds::low_pack_protect),
    cell(44, &Thresholds::high_cell_warn),
    cell(46, &Thresholds::high_cell_protect),
    hundredth(50, &Thresholds::high_pack_warn),
    hundredth(52, &Thresholds::high_pack_protect),
    hundredth(70, &Thresholds::charge_current_1),
    hundredth(72, &Thresholds::discharge_current_1),
    hundredth(74, &Thresholds::short_circuit),
    hundredth(76, &Thresholds::charge_current_2),
    hundredth(78, &Thresholds::discharge_current_2),
    delay(80, &Thresholds::charge_delay_1),
    delay(82, &Thresholds::charge_delay_2),
    delay(84, &Thresholds::discharge_delay_1),
    delay(86, &Thresholds::discharge_delay_2),
    temperature(90, &Thresholds::cold_charge_warn),
    temperature(92, &Thresholds::cold_charge_protect),
    temperature(96, &Thresholds::hot_charge_warn),
    temperature(98, &Thresholds::hot_charge_protect),
    temperature(102, &Thresholds::cold_discharge_warn),
    temperature(104, &Thresholds::cold_discharge_protect),
    temperature(108, &Thresholds::hot_discharge_warn),
    temperature(110, &Thresholds::hot_discharge_protect),
    temperature(114, &Thresholds::hot_board_warn),
    temperature(116, &Thresholds::hot_board_protect),
};

/// What the rules look at.
enum class Measure : std::uint8_t { highest_cell, lowest_cell, pack, hottest, coldest, board };
using Measures = std::array<Number, 6>;

struct Rule {
    Alarm alarm;
    Measure measure;
    Number Thresholds::*warn;
    Number Thresholds::*protect;
    bool low;  // too low is what it warns of
};

constexpr std::array rules{
    Rule{Alarm::high_cell_voltage, Measure::highest_cell, &Thresholds::high_cell_warn, &Thresholds::high_cell_protect,
         false},
    Rule{Alarm::low_cell_voltage, Measure::lowest_cell, &Thresholds::low_cell_warn, &Thresholds::low_cell_protect,
         true},
    Rule{Alarm::high_voltage, Measure::pack, &Thresholds::high_pack_warn, &Thresholds::high_pack_protect, false},
    Rule{Alarm::low_voltage, Measure::pack, &Thresholds::low_pack_warn, &Thresholds::low_pack_protect, true},
    Rule{Alarm::high_charge_temperature, Measure::hottest, &Thresholds::hot_charge_warn,
         &Thresholds::hot_charge_protect, false},
    Rule{Alarm::low_charge_temperature, Measure::coldest, &Thresholds::cold_charge_warn,
         &Thresholds::cold_charge_protect, true},
    Rule{Alarm::high_temperature, Measure::hottest, &Thresholds::hot_discharge_warn, &Thresholds::hot_discharge_protect,
         false},
    Rule{Alarm::low_temperature, Measure::coldest, &Thresholds::cold_discharge_warn,
         &Thresholds::cold_discharge_protect, true},
    Rule{Alarm::high_internal_temperature, Measure::board, &Thresholds::hot_board_warn, &Thresholds::hot_board_protect,
         false},
};

Measures measures_of(const Telemetry& t)
{
    Measures m;
    const auto widen = [](Number& lowest, Number& highest, const Number& value) {
        if (!value) return;
        lowest = std::min(lowest.value_or(*value), *value);
        highest = std::max(highest.value_or(*value), *value);
    };
    const auto at = [&](Measure measure) -> Number& { return m[static_cast<std::size_t>(measure)]; };
    for (const Number& value : t.cell_voltages) widen(at(Measure::lowest_cell), at(Measure::highest_cell), value);
    for (const Number& value : t.temperatures) widen(at(Measure::coldest), at(Measure::hottest), value);
    at(Measure::pack) = t.voltage;
    at(Measure::board) = t.temperature_mosfet;
    return m;
}

bool beyond(const Number& value, const Number& threshold, bool low)
{
    return value && threshold && (low ? *value <= *threshold : *value >= *threshold);
}

std::uint8_t level(const Rule& rule, const Measures& measures, const Thresholds& thresholds)
{
    const Number& value = measures[static_cast<std::size_t>(rule.measure)];
    if (beyond(value, thresholds.*rule.protect, rule.low)) return 2;
    return beyond(value, thresholds.*rule.warn, rule.low) ? 1 : 0;
}

/// Rounded to 1 mV, as the cells are.
bool balances(const Measures& m, const Thresholds& thresholds)
{
    const Number& lowest = m[static_cast<std::size_t>(Measure::lowest_cell)];
    const Number& highest = m[static_cast<std::size_t>(Measure::highest_cell)];
    return lowest && *lowest >= *thresholds.balance_start &&
           std::round((*highest - *lowest) * 1000) > std::round(*thresholds.balance_difference * 1000);
}

}  // namespace

Thresholds read_thresholds(ByteView data)
{
    Thresholds thresholds;
    for (const Row& row : rows) {
        const std::int64_t raw = row.wire.get(&data[row.offset]);
        if (raw != 0 || row.may_be_zero) thresholds.*row.member = scaled(raw, row.scale, row.zero);
    }
    return thresholds;
}

void write_thresholds(const Thresholds& thresholds, MutableBytes data)
{
    for (const Row& row : rows) {
        const Number& value = thresholds.*row.member;
        if (value) row.wire.put(&data[row.offset], unscaled(*value, row.scale, row.wire, row.zero));
    }
}

bool Judge::Overcurrent::lasts(double current, const Thresholds& thresholds, Instant now)
{
    if (!beyond(current, thresholds.*limit, false)) {
        since.reset();
        return false;
    }
    if (!since) since = now;
    return now - *since >= seconds((thresholds.*delay).value_or(0));
}

void Judge::judge(Telemetry& t, Instant now)
{
    const Measures measures = measures_of(t);
    Alarms& alarms = t.alarms;
    for (const Rule& rule : rules) alarms[rule.alarm] = level(rule, measures, thresholds_);
    alarms[Alarm::low_soc] = static_cast<std::uint8_t>(beyond(t.soc, thresholds_.low_capacity, true) ? 2 : 0);

    const double current = t.current.value_or(0);
    bool charging_over = false, discharging_over = false;
    for (auto& guard : charge_) charging_over |= guard.lasts(std::max(current, 0.0), thresholds_, now);
    for (auto& guard : discharge_) discharging_over |= guard.lasts(std::max(-current, 0.0), thresholds_, now);
    const bool short_circuit = beyond(std::abs(current), thresholds_.short_circuit, false);
    discharging_over |= short_circuit;
    alarms[Alarm::high_charge_current] = static_cast<std::uint8_t>(charging_over ? 2 : 0);
    alarms[Alarm::high_discharge_current] = static_cast<std::uint8_t>(discharging_over ? 2 : 0);

    const auto reached = [&](std::uint8_t least, std::initializer_list<Alarm> which) {
        return std::any_of(which.begin(), which.end(), [&](Alarm alarm) { return *alarms[alarm] >= least; });
    };
    t.charge_fet =
        !(short_circuit || reached(1, {Alarm::high_cell_voltage, Alarm::high_voltage}) ||
          reached(2, {Alarm::high_charge_current, Alarm::high_charge_temperature, Alarm::low_charge_temperature}));
    t.discharge_fet = !(short_circuit || reached(1, {Alarm::low_cell_voltage, Alarm::low_voltage}) ||
                        reached(2, {Alarm::high_discharge_current, Alarm::high_temperature, Alarm::low_temperature}));
    t.balancing = t.balance_fet = balances(measures, thresholds_);
}

}  // namespace bmsd::bms::eg4
