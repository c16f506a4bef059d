#include "control/history.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "model/fields.h"

namespace bmsd::control {
namespace {

constexpr double shown_every = 60;             // s
constexpr double discharged_again_above = 15;  // %
constexpr int only_with_all = 0;               // group of what only mode 1 clears

struct Row {
    std::variant<Number History::*, Count History::*> member;
    int group;  // mode of History/Clear
};

constexpr std::array<Row, history_count> rows{{
    {&History::deepest_discharge, 2},
    {&History::last_discharge, 2},
    {&History::average_discharge, only_with_all},
    {&History::total_ah_drawn, 2},
    {&History::charge_cycles, 2},
    {&History::full_discharges, 2},
    {&History::minimum_voltage, 3},
    {&History::maximum_voltage, 3},
    {&History::minimum_cell_voltage, 3},
    {&History::maximum_cell_voltage, 3},
    {&History::timestamp_last_full_charge, 4},
    {&History::automatic_syncs, 4},
    {&History::low_voltage_alarms, 5},
    {&History::high_voltage_alarms, 5},
    {&History::minimum_temperature, 6},
    {&History::maximum_temperature, 6},
    {&History::discharged_energy, 7},
    {&History::charged_energy, 7},
}};
constexpr std::int64_t clear_all = 1, clear_discharges = 2, clear_syncs = 4, clear_energies = 7;

template <class Member>
constexpr std::size_t index_of(Member member)
{
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (const auto* mine = std::get_if<Member>(&rows[i].member); mine != nullptr && *mine == member) return i;
    }
    return rows.size();
}

void keep_lowest(Number& value, const Number& seen)
{
    if (seen && (!value || *seen < *value)) value = seen;
}

void keep_highest(Number& value, const Number& seen)
{
    if (seen && (!value || *seen > *value)) value = seen;
}

Number magnitude(const Number& value)
{
    return value ? Number(std::abs(*value)) : value;
}

}  // namespace

Flow FlowCounter::step(const Number& current, const Number& power, const Now& now)
{
    Flow flow;
    const double hours = (now.steady - time_) / 3600;
    if (current_) flow.discharged_ah = std::max(-*current_, 0.0) * hours;
    if (power_) {
        flow.discharged_wh = std::max(-*power_, 0.0) * hours;
        flow.charged_wh = std::max(*power_, 0.0) * hours;
    }
    time_ = now.steady;
    current_ = current;
    power_ = power;
    return flow;
}

void FlowCounter::forget()
{
    current_.reset();
    power_.reset();
}

HistoryKeeper::HistoryKeeper(const History& stored)
    : values_(stored), published_(stored), last_discharge_ah_(stored.last_discharge.value_or(0))
{
}

template <class Member>
bool HistoryKeeper::calculated(Member member) const
{
    return !delivered_[index_of(member)];
}

void HistoryKeeper::read(const Telemetry& telemetry)
{
    History h = telemetry.history;
    if (!h.charge_cycles && telemetry.cycles) h.charge_cycles = static_cast<double>(*telemetry.cycles);
    if (!h.total_ah_drawn) h.total_ah_drawn = telemetry.total_ah_drawn;
    if (!h.discharged_energy) h.discharged_energy = telemetry.discharged_energy;
    if (!h.charged_energy) h.charged_energy = telemetry.charged_energy;
    for (const auto member : {&History::deepest_discharge, &History::last_discharge, &History::average_discharge,
                              &History::total_ah_drawn}) {
        h.*member = magnitude(h.*member);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto take = [&](auto member) {
            if (!(h.*member)) return;
            delivered_.set(i);
            values_.*member = h.*member;
            published_.*member = h.*member;
        };
        std::visit(take, rows[i].member);
    }
}

void HistoryKeeper::leave_to_bms(std::string_view name)
{
    for (const HistoryField& field : history_fields()) {
        if (field.name == name) std::visit([&](auto member) { delivered_.set(index_of(member)); }, field.member);
    }
}

void HistoryKeeper::add(const Flow& flow)
{
    last_discharge_ah_ += flow.discharged_ah;
    pending_.discharged_ah += flow.discharged_ah;
    pending_.discharged_wh += flow.discharged_wh;
    pending_.charged_wh += flow.charged_wh;
}

void HistoryKeeper::float_entered(const Now& now)
{
    if (calculated(&History::automatic_syncs)) {
        values_.automatic_syncs = values_.automatic_syncs.value_or(0) + 1;
        published_.automatic_syncs = values_.automatic_syncs;
    }
    if (calculated(&History::timestamp_last_full_charge)) full_at_ = now.steady;
    stamp(now);
}

/// The moment of the full charge becomes a stamp as soon as the wall clock can be trusted.
void HistoryKeeper::stamp(const Now& now)
{
    if (!full_at_ || now.wall < plausible_wall) return;
    values_.timestamp_last_full_charge = std::llround(std::floor(now.wall - (now.steady - *full_at_)));
    published_.timestamp_last_full_charge = values_.timestamp_last_full_charge;
    full_at_.reset();
}

void HistoryKeeper::step(const Reading& reading, bool enabled, const Now& now)
{
    last_ = reading;
    enabled_ = enabled;
    stamp(now);
    if (enabled) {
        evaluate(reading);
    } else {
        pending_ = {};
    }
    if (reading.average) previous_average_ = reading.average;
    previous_alarms_ = reading.alarms;
    if (!shown_at_ || now.steady - *shown_at_ >= shown_every) {
        shown_at_ = now.steady;
        published_ = values_;
    }
}

void HistoryKeeper::evaluate(const Reading& reading)
{
    discharges(reading);
    totals(reading);
    extremes(reading);
    alarm_counts(reading);
    energies(reading);
}

void HistoryKeeper::discharges(const Reading& reading)
{
    if (calculated(&History::deepest_discharge))
        keep_highest(values_.deepest_discharge, magnitude(reading.consumed_ah));
    if (reading.average && *reading.average < 0 && previous_average_ >= 0.0) last_discharge_ah_ = 0;
    if (calculated(&History::last_discharge)) {
        if (!values_.last_discharge) {
            values_.last_discharge = 0;
        } else if (reading.average && *reading.average <= 0) {
            values_.last_discharge = last_discharge_ah_;
        }
    }
    if (!calculated(&History::full_discharges)) return;
    const bool first = !values_.full_discharges;
    if (first) values_.full_discharges = 0;
    if (!reading.soc) return;
    if (*reading.soc > discharged_again_above) fully_discharged_ = false;
    if (*reading.soc <= 0 && !fully_discharged_ && !first) {
        ++*values_.full_discharges;
        fully_discharged_ = true;
    }
}

void HistoryKeeper::totals(const Reading& reading)
{
    const Number& cycles = values_.charge_cycles;
    Number& total = values_.total_ah_drawn;
    if (!calculated(&History::total_ah_drawn)) {
        pending_.discharged_ah = 0;
    } else if (total) {
        *total += pending_.discharged_ah;
        pending_.discharged_ah = 0;
    } else {
        total = cycles > 0 && reading.capacity ? *cycles * *reading.capacity : 0;
    }
    if (calculated(&History::charge_cycles) && total > 0 && reading.capacity > 0) {
        values_.charge_cycles = *total / *reading.capacity;
    }
    if (calculated(&History::average_discharge) && cycles > 0 && total) values_.average_discharge = *total / *cycles;
}

void HistoryKeeper::extremes(const Reading& reading)
{
    const auto lowest = [&](Number History::*member, const Number& seen) {
        if (calculated(member)) keep_lowest(values_.*member, seen);
    };
    const auto highest = [&](Number History::*member, const Number& seen) {
        if (calculated(member)) keep_highest(values_.*member, seen);
    };
    lowest(&History::minimum_voltage, reading.voltage);
    highest(&History::maximum_voltage, reading.voltage);
    lowest(&History::minimum_cell_voltage, reading.lowest_cell);
    highest(&History::maximum_cell_voltage, reading.highest_cell);
    lowest(&History::minimum_temperature, reading.min_temperature);
    highest(&History::maximum_temperature, reading.max_temperature);
}

/// A level that rises from 0 counts, compared with the cycle before (RS15); from unknown it does not.
void HistoryKeeper::alarm_counts(const Reading& reading)
{
    const auto rose = [&](Alarm alarm) {
        return previous_alarms_[alarm] == 0 && reading.alarms[alarm].value_or(0) > 0;
    };
    const auto count = [&](Count History::*member, Alarm pack, Alarm cell) {
        if (!calculated(member)) return;
        Count& value = values_.*member;
        if (!value) {
            value = 0;
        } else if (rose(pack) || rose(cell)) {
            ++*value;
        }
    };
    count(&History::low_voltage_alarms, Alarm::low_voltage, Alarm::low_cell_voltage);
    count(&History::high_voltage_alarms, Alarm::high_voltage, Alarm::high_cell_voltage);
}

void HistoryKeeper::energies(const Reading& reading)
{
    const auto count = [&](Number History::*member, double& watt_hours) {
        Number& value = values_.*member;
        if (!calculated(member)) {
            watt_hours = 0;
        } else if (value) {
            *value += watt_hours / 1000;
            watt_hours = 0;
        } else {
            const bool estimate = estimate_energy_ && values_.charge_cycles && reading.nominal_energy;
            value = estimate ? *values_.charge_cycles * *reading.nominal_energy : 0;
        }
    };
    count(&History::discharged_energy, pending_.discharged_wh);
    count(&History::charged_energy, pending_.charged_wh);
}

bool HistoryKeeper::clear(std::int64_t mode)
{
    if (mode < clear_all || mode > clear_energies) return false;
    const auto chosen = [&](std::size_t i) { return !delivered_[i] && (mode == clear_all || rows[i].group == mode); };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (chosen(i)) std::visit([&](auto member) { (values_.*member).reset(); }, rows[i].member);
    }
    if (mode == clear_all || mode == clear_syncs) full_at_.reset();
    if (mode == clear_all || mode == clear_discharges) last_discharge_ah_ = pending_.discharged_ah = 0;
    if (mode == clear_all || mode == clear_energies) {
        pending_.discharged_wh = pending_.charged_wh = 0;
        estimate_energy_ = false;
    }
    if (enabled_) evaluate(last_);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (chosen(i)) std::visit([&](auto member) { published_.*member = values_.*member; }, rows[i].member);
    }
    return true;
}

History HistoryKeeper::stored() const
{
    History out = values_;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (delivered_[i]) std::visit([&](auto member) { (out.*member).reset(); }, rows[i].member);
    }
    return out;
}

Count HistoryKeeper::since_full_charge(const Now& now) const
{
    const Count& stamp = values_.timestamp_last_full_charge;
    if (!stamp || now.wall < plausible_wall) return std::nullopt;
    const auto seconds = static_cast<std::int64_t>(std::floor(now.wall)) - *stamp;
    return seconds >= 0 ? Count(seconds) : std::nullopt;
}

}  // namespace bmsd::control
