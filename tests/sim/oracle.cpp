#include "oracle.h"

#include <algorithm>
#include <cmath>

#include "model/plausible.h"
#include "util/decimal.h"

namespace bmsd::sim {
namespace {

constexpr double count_hold = 60, gap_length = 10, sensor_trust = 600;  // s
constexpr double damaged = 1.0;                                         // V (RD34)

bool usable(const Number& cell, const config::Config& config)
{
    return cell && std::isfinite(*cell) && *cell >= 0 && *cell <= 2 * config.max_cell_voltage;
}

bool finite(const Number& value)
{
    return value && std::isfinite(*value);
}

/// Section 8.1; falling lists are read from their end.
double curve(const std::vector<double>& points, const std::vector<double>& shares, double x, bool linear, bool upper)
{
    const std::size_t count = points.size();
    if (count == 0 || count != shares.size()) return 1;
    const bool falling = points.front() > points.back();
    const auto at = [&](std::size_t i) { return falling ? count - 1 - i : i; };
    if (x <= points[at(0)]) return shares[at(0)];
    if (x >= points[at(count - 1)]) return shares[at(count - 1)];
    std::size_t above = 0;
    while (points[at(above)] <= x) ++above;
    const double low = points[at(above - 1)], from = shares[at(above - 1)], to = shares[at(above)];
    if (!linear) return upper ? to : from;
    return from + (x - low) / (points[at(above)] - low) * (to - from);
}

Phase phase_of(std::string_view text)
{
    if (text.starts_with("Bulk")) return Phase::bulk;
    if (text.starts_with("Absorption")) return Phase::absorption;
    if (text.starts_with("Float Transition")) return Phase::transition;
    if (text.starts_with("Float")) return Phase::floating;
    if (text.starts_with("Error")) return Phase::error;
    return text.empty() ? Phase::none : Phase::always;
}

}  // namespace

Facts Oracle::look(const Observed& o)
{
    if (o.first) *this = {};
    if (o.first && o.started_with != nullptr) {
        hear_sensors(*o.started_with, o.config, o.started_at);
        same_count(*o.started_with, o.started_at);
        repeats(*o.started_with, o.started_at);
    }
    Facts f;
    f.good = o.input.good && o.input.telemetry != nullptr && impossible(*o.input.telemetry).empty() &&
             same_count(*o.input.telemetry, o.now.steady) && !repeats(*o.input.telemetry, o.now.steady);
    if (f.good) {
        remember(o);
        cells(o, f);
    }
    f.n = n_;
    voltages(o, f);
    phases(o, f);
    if (f.good) bounds(o, f);
    times(o, f);
    return f;
}

/// Section 15, number 14: a reply with another number of cells is refused for a minute.
bool Oracle::same_count(const Telemetry& t, double now)
{
    const auto told = static_cast<double>(t.cell_count.value_or(0)),
               listed = static_cast<double>(t.cell_voltages.size());
    double other = 0;
    if (told > 0 && told != n_) {
        other = told;
    } else if (whole_list_ && listed > 0 && listed != n_) {
        other = listed;
    }
    if (n_ > 0 && other > 0) {
        if (!other_since_ || other != other_n_) other_since_ = now;
        other_n_ = other;
        if (now - *other_since_ < count_hold) return false;
        whole_list_ = false;
        if (told != n_) last_.cells.clear();
    }
    other_since_.reset();
    if (told > 0) n_ = told;
    whole_list_ = whole_list_ || listed == n_;
    return true;
}

/// Number 12: for 10 min much current, and nothing moves.
bool Oracle::repeats(const Telemetry& t, double now)
{
    std::vector<Number> picture(t.cell_voltages.begin(), t.cell_voltages.end());
    const bool cells = !picture.empty() || t.min_cell_voltage || t.max_cell_voltage;
    picture.insert(picture.end(), {t.min_cell_voltage, t.max_cell_voltage, t.voltage, t.soc, t.capacity_remaining});
    const bool much = t.current && t.capacity && std::abs(*t.current) > 0.02 * *t.capacity;
    if (much && cells && picture == picture_) return now - picture_since_ >= 600;
    picture_ = std::move(picture);
    picture_since_ = now;
    return false;
}

/// Number 13: from a minute without any cell to a minute with one.
bool Oracle::cells_are_gone(const Observed& o)
{
    const Telemetry& t = *o.input.telemetry;
    bool any = usable(t.min_cell_voltage, o.config) || usable(t.max_cell_voltage, o.config);
    for (const Number& cell : t.cell_voltages) any = any || usable(cell, o.config);
    const double now = std::floor(o.now.steady);
    const bool known = singles_ || last_.lowest_told || last_.highest_told;
    if (!any) {
        if (known && !gone_since_) gone_since_ = now;
        any_since_.reset();
        return gone_since_ && now - *gone_since_ >= count_hold;
    }
    if (!any_since_) any_since_ = now;
    if (gone_since_ && *any_since_ - *gone_since_ >= count_hold && now - *any_since_ < count_hold) return true;
    gone_since_.reset();
    return false;
}

void Oracle::Sensor::hear(const Number& told, const std::vector<double>& adjust, double now)
{
    const bool can_be = told && *told >= -50 && *told <= 150;
    if (!can_be) {
        steady_from.reset();
        broken = broken || (raw && (told || now - seen >= 10));
        return;
    }
    if (raw && (broken || now - seen <= 5) && std::abs(*told - *raw) > 20) doubted = true;
    if (doubted) {
        if (!steady_from || std::abs(*told - *steady_from) > 3) {
            steady_from = told;
            steady_since = now;
        }
        if (now - steady_since < count_hold) return;
    }
    *this = {};
    raw = told;
    adjusted = rounded(*told, 1) * adjust.at(1) + adjust.at(0);
    seen = now;
}

void Oracle::hear_sensors(const Telemetry& t, const config::Config& c, double now)
{
    const std::array adjusts{&c.temperature_1_adjust, &c.temperature_2_adjust, &c.temperature_3_adjust,
                             &c.temperature_4_adjust};
    for (std::size_t i = 0; i < sensor_count; ++i) last_.sensors[i].hear(t.temperatures[i], *adjusts[i], now);
    last_.sensors[sensor_count].hear(t.temperature_mosfet, c.temperature_mos_adjust, now);
}

void Oracle::remember(const Observed& o)
{
    const Telemetry& t = *o.input.telemetry;
    const config::Config& c = o.config;
    last_.cells.resize(std::max(last_.cells.size(), t.cell_voltages.size()));
    for (std::size_t i = 0; i < t.cell_voltages.size(); ++i) {
        if (usable(t.cell_voltages[i], c)) last_.cells[i] = t.cell_voltages[i];
    }
    if (usable(t.min_cell_voltage, c)) last_.lowest_told = t.min_cell_voltage;
    if (usable(t.max_cell_voltage, c)) last_.highest_told = t.max_cell_voltage;
    hear_sensors(t, c, o.now.steady);
    if (finite(o.after.derived.soc)) last_.soc = o.after.derived.soc;
    if (finite(t.max_charge_current)) last_.charge_limit = t.max_charge_current;
    if (finite(t.max_discharge_current)) last_.discharge_limit = t.max_discharge_current;
    if (t.charge_fet) last_.charge_fet = t.charge_fet;
    if (t.discharge_fet) last_.discharge_fet = t.discharge_fet;
}

void Oracle::cells(const Observed& o, Facts& f)
{
    const Telemetry& t = *o.input.telemetry;
    double sum = 0, highest = 0, lowest = 1e9, count = 0;
    const auto take = [&](double volts) {
        highest = std::max(highest, volts);
        lowest = std::min(lowest, volts);
    };
    for (const Number& cell : t.cell_voltages) {
        if (!usable(cell, o.config)) continue;
        sum += *cell;
        take(*cell);
        ++count;
    }
    singles_ = singles_ || count > 0;
    const bool lowest_told = usable(t.min_cell_voltage, o.config), highest_told = usable(t.max_cell_voltage, o.config);
    if (lowest_told) take(*t.min_cell_voltage);
    if (highest_told) highest = std::max(highest, *t.max_cell_voltage);
    if (singles_ && last_.highest_told) highest = std::max(highest, *last_.highest_told);  // number 6
    if (!singles_ && finite(t.voltage)) sum = *t.voltage;
    f.sum = rounded(sum, 3);
    f.highest = highest;
    f.lowest = lowest;
    f.diff = rounded(highest - lowest, 3);
    const bool all = singles_ ? count == n_ && static_cast<double>(t.cell_voltages.size()) == n_
                              : t.voltage && lowest_told && highest_told;
    f.complete = !cells_are_gone(o) && all && n_ > 0 && o.after.derived.soc.has_value();
}

void Oracle::voltages(const Observed& o, Facts& f)
{
    const config::Config& c = o.config;
    f.vfloat = rounded(c.float_cell_voltage * n_, 2);
    f.vlow = o.after.limits.battery_low_voltage.value_or(rounded(c.min_cell_voltage * n_, 2));
    f.reset = o.after.limits.charge_mode.view().find("SoC Reset") != std::string_view::npos;
    f.vmax = rounded((f.reset ? c.soc_reset_cell_voltage : c.max_cell_voltage) * n_, 2);
    f.ceiling = rounded(c.max_cell_voltage * n_, 2);
    if (!c.use_bms_dvcc_values) return;
    const auto keep = [&](Number Telemetry::*told, Number& last) {
        const Number value = f.good ? o.input.telemetry->*told : std::nullopt;
        if (finite(value) && *value > f.vlow) last = value;
    };
    keep(&Telemetry::max_battery_voltage, bms_maximum_);
    keep(&Telemetry::requested_charge_voltage, bms_request_);
    if (bms_maximum_) {
        const double most = rounded(std::max(c.max_cell_voltage, c.soc_reset_cell_voltage) * n_, 2);
        const double maximum = std::min(*bms_maximum_, most);
        f.ceiling = maximum;
        f.vmax = f.reset ? std::min(f.vmax, maximum) : maximum;
    }
    f.ceiling = std::min(f.ceiling, bms_request_.value_or(f.ceiling));
    f.vmax = std::min(f.vmax, bms_request_.value_or(f.vmax));
}

void Oracle::phases(const Observed& o, Facts& f)
{
    f.phase_before = phase_;
    const Phase present = phase_of(o.after.limits.charge_mode);
    if (present != Phase::error) phase_ = present;
    f.phase = present;
    if (f.reset) raised_ = true;
    const bool charging = present == Phase::bulk || present == Phase::absorption;
    if (present == Phase::floating || (charging && !f.reset)) raised_ = false;
    if (raised_) f.ceiling = std::max(f.ceiling, rounded(o.config.soc_reset_cell_voltage * n_, 2));
    if (raised_ && o.config.use_bms_dvcc_values) {
        for (const Number& limit : {bms_maximum_, bms_request_})
            f.ceiling = std::min(f.ceiling, limit.value_or(f.ceiling));
    }

    const double normal = o.config.max_cell_voltage, reset = o.config.soc_reset_cell_voltage;
    if (present != Phase::transition) transition_limit_.reset();
    if (present == Phase::transition && !transition_limit_) transition_limit_ = raised_ ? reset : normal;
    f.cell_limit = f.reset ? reset : transition_limit_.value_or(normal);
    if (!f.complete) return;
    const Telemetry& t = *o.input.telemetry;
    const bool ended = t.charge_fet == false || t.alarms[Alarm::high_cell_voltage] == std::uint8_t{2};
    f.tripped = ended && f.highest >= reset - 0.050 - 1e-9;
    if (!singles_) f.over = std::max(0.0, f.highest - f.cell_limit);
    double highest_single = f.cell_limit;
    for (const Number& cell : t.cell_voltages) {
        if (!singles_ || !cell) continue;
        f.over += std::max(0.0, *cell - f.cell_limit);
        highest_single = std::max(highest_single, *cell);
    }
    if (singles_) f.over += std::max(0.0, f.highest - highest_single);  // only the BMS has seen it (RD27)
}

void Oracle::bounds(const Observed& o, Facts& f) const
{
    f.charge_bound = bound(o, true);
    f.discharge_bound = bound(o, false);
}

/// The share that the sensors leave.
double Oracle::by_temperature(const Observed& o, bool charge) const
{
    const config::Config& c = o.config;
    const bool linear = c.charge_mode != 2;
    const auto stale = [&](const Sensor& sensor) { return o.now.steady - sensor.seen >= sensor_trust; };
    const auto& points = charge ? c.temperatures_while_charging : c.temperatures_while_discharging;
    const auto& shares = charge ? c.max_charge_current_t_fraction : c.max_discharge_current_t_fraction;
    std::vector<double> all, heard;
    for (const std::int64_t number : c.temperature_source_battery) {
        const auto i = static_cast<std::size_t>(number - 1);
        if (i >= sensor_count || !last_.sensors[i].adjusted) continue;
        all.push_back(*last_.sensors[i].adjusted);
        if (!stale(last_.sensors[i])) heard.push_back(*last_.sensors[i].adjusted);
    }
    double share = 1;
    if (!all.empty() && (charge ? c.cccm_t_enable : c.dccm_t_enable)) {
        if (heard.size() < all.size()) share = 0.25;
        if (!charge && !heard.empty()) {
            share = 1;
            all = heard;
        }
        for (const double sensor : {std::ranges::min(all), std::ranges::max(all)})
            share = std::min(share, curve(points, shares, sensor, linear, !charge));
    }
    const Sensor& mosfet = last_.sensors[sensor_count];
    if (mosfet.adjusted && (charge ? c.cccm_t_mosfet_enable : c.dccm_t_mosfet_enable)) {
        share =
            std::min(share, charge ? curve(c.mosfet_temperatures_while_charging, c.max_charge_current_t_mosfet_fraction,
                                           *mosfet.adjusted, linear, false)
                                   : curve(c.mosfet_temperatures_while_discharging,
                                           c.max_discharge_current_t_mosfet_fraction, *mosfet.adjusted, linear, false));
        if (stale(mosfet)) share = std::min(share, 0.25);
    }
    return share;
}

double Oracle::bound(const Observed& o, bool charge) const
{
    const config::Config& c = o.config;
    const double most = charge ? c.max_battery_charge_current : c.max_battery_discharge_current;
    const bool linear = c.charge_mode != 2;
    double share = 1;
    Number cell = charge ? last_.highest_told : last_.lowest_told;
    std::vector<Number> all = last_.cells;
    all.push_back(last_.lowest_told);  // also when it is above the highest: nonsense counts against the battery
    for (const Number& value : all) {
        if (value && *value < damaged) share = 0;
        if (value && (!cell || (charge ? *value > *cell : *value < *cell))) cell = value;
    }
    if (cell && charge && c.cccm_cv_enable)
        share = std::min(share,
                         curve(c.cell_voltages_while_charging, c.max_charge_current_cv_fraction, *cell, linear, false));
    if (cell && !charge && c.dccm_cv_enable)
        share = std::min(
            share, curve(c.cell_voltages_while_discharging, c.max_discharge_current_cv_fraction, *cell, linear, true));
    share = std::min(share, by_temperature(o, charge));
    if (last_.soc && (charge ? c.cccm_soc_enable : c.dccm_soc_enable)) {
        const auto& points = charge ? c.soc_while_charging : c.soc_while_discharging;
        const auto& shares = charge ? c.max_charge_current_soc_fraction : c.max_discharge_current_soc_fraction;
        share = std::min(share, curve(points, shares, *last_.soc, linear, true));
    }
    if (gone_since_ && o.now.steady - *gone_since_ >= sensor_trust) share = std::min(share, 0.25);
    double result = most * share;
    const Number& told = charge ? last_.charge_limit : last_.discharge_limit;
    if (told) result = std::min(result, std::max(0.0, *told));
    if ((charge ? last_.charge_fet : last_.discharge_fet) == false) result = 0;
    return result;
}

void Oracle::times(const Observed& o, Facts& f)
{
    const double now = o.now.steady, second = std::floor(now);  // control counts whole seconds
    f.first_decision = f.good && !last_good_;
    if (last_good_) f.since_good = second - *last_good_;
    if (last_complete_) f.since_complete = second - *last_complete_;
    if (!f.good && !failed_since_) failed_since_ = now;
    // the age of the newest good reading counts, beyond the second a poll takes (section 15, number 15)
    if (failed_since_) f.outage = now - (good_at_ ? std::min(*failed_since_, *good_at_ + 1) : *failed_since_);
    if (f.good) {
        f.back = failed_since_ && second - std::floor(*failed_since_) > gap_length;
        failed_since_.reset();
        f.outage = 0;
        last_good_ = second;
        good_at_ = now;
    }
    if (!f.complete && !incomplete_since_) incomplete_since_ = now;
    if (f.complete) {
        f.gap = incomplete_since_ && second - std::floor(*incomplete_since_) > gap_length;
        incomplete_since_.reset();
        last_complete_ = second;
    }
}

}  // namespace bmsd::sim
