#include "control/current.h"

#include <algorithm>
#include <cmath>

#include "control/curve.h"
#include "util/decimal.h"

namespace bmsd::control {
namespace {

using config::Config;
using List = std::vector<double> Config::*;

constexpr int milliamperes = 3;  // decimals
constexpr double long_gap = 10;  // s, after which a recovery begins again (RD30)

constexpr double stale_share = 0.25;  // of the maximum, with a sensor or all cells not heard of for long (RD33)
constexpr std::string_view cell_voltage = "Cell Voltage", cells_missing = "Cells missing", temp = "Temp",
                           bms_settings = "BMS Settings", bms = "BMS";

/// A limiter: its switch, its curve, how the curve is read in step mode.
struct Limiter {
    std::string_view text;
    bool Config::*enabled;
    List points, factors;
    Between step;
};

/// What differs between charging and discharging.
struct Keys {
    double Config::*maximum;
    std::string_view maximum_text;
    Limiter cells, temperature, mosfet, soc;
    Number CellState::*cell;
    Number Telemetry::*limit;
    Number Telemetry::*request;
    Flag Telemetry::*fet;
    double Config::*threshold;
    std::int64_t Config::*hold;
    double Config::*rate;
};

constexpr Keys charge_keys{
    .maximum = &Config::max_battery_charge_current,
    .maximum_text = "Max Battery Charge Current",
    .cells = {cell_voltage, &Config::cccm_cv_enable, &Config::cell_voltages_while_charging,
              &Config::max_charge_current_cv_fraction, Between::lower},
    .temperature = {temp, &Config::cccm_t_enable, &Config::temperatures_while_charging,
                    &Config::max_charge_current_t_fraction, Between::lower},
    .mosfet = {"MOSFET", &Config::cccm_t_mosfet_enable, &Config::mosfet_temperatures_while_charging,
               &Config::max_charge_current_t_mosfet_fraction, Between::lower},
    .soc = {"SoC", &Config::cccm_soc_enable, &Config::soc_while_charging, &Config::max_charge_current_soc_fraction,
            Between::upper},
    .cell = &CellState::limiting_high,
    .limit = &Telemetry::max_charge_current,
    .request = &Telemetry::requested_charge_current,
    .fet = &Telemetry::charge_fet,
    .threshold = &Config::charge_current_recovery_threshold_percent,
    .hold = &Config::ccl_recovery_hold_sec,
    .rate = &Config::ccl_recovery_rate_a_per_sec,
};

constexpr Keys discharge_keys{
    .maximum = &Config::max_battery_discharge_current,
    .maximum_text = "Max Battery Discharge Current",
    .cells = {cell_voltage, &Config::dccm_cv_enable, &Config::cell_voltages_while_discharging,
              &Config::max_discharge_current_cv_fraction, Between::upper},
    .temperature = {temp, &Config::dccm_t_enable, &Config::temperatures_while_discharging,
                    &Config::max_discharge_current_t_fraction, Between::upper},
    .mosfet = {"MOSFET", &Config::dccm_t_mosfet_enable, &Config::mosfet_temperatures_while_discharging,
               &Config::max_discharge_current_t_mosfet_fraction, Between::lower},
    .soc = {"SoC", &Config::dccm_soc_enable, &Config::soc_while_discharging,
            &Config::max_discharge_current_soc_fraction, Between::upper},
    .cell = &CellState::limiting_low,
    .limit = &Telemetry::max_discharge_current,
    .request = &Telemetry::requested_discharge_current,
    .fet = &Telemetry::discharge_fet,
    .threshold = &Config::discharge_current_recovery_threshold_percent,
    .hold = &Config::dcl_recovery_hold_sec,
    .rate = &Config::dcl_recovery_rate_a_per_sec,
};

const Keys& keys_of(Direction direction)
{
    return direction == Direction::charge ? charge_keys : discharge_keys;
}

double configured_maximum(const Config& config, const Keys& keys)
{
    return std::max(config.*keys.maximum, 0.0);
}

/// What each candidate asks for, in the order of the reason text (section 8.3).
class Candidates {
  public:
    Candidates(const Config& config, const Keys& keys) : config_(config), maximum_(configured_maximum(config, keys)) {}

    double maximum() const { return maximum_; }
    double smallest() const { return smallest_; }
    unsigned errors() const { return errors_; }

    void add(const LimitCause& cause)
    {
        if (count_ < list_.size()) list_[count_++] = cause;
        smallest_ = std::min(smallest_, *cause.limit);
    }

    /// Takes no part without a value, when switched off, or when it asks for what the BMS asks for.
    void add(const Limiter& limiter, const Number& x, const Number& bms_limit)
    {
        if (const auto cause = evaluate(limiter, x); cause && cause->limit != bms_limit) add(*cause);
    }

    std::optional<LimitCause> evaluate(const Limiter& limiter, const Number& x)
    {
        if (!(config_.*limiter.enabled) || !x) return std::nullopt;
        LimitCause cause{.limiter = limiter.text, .measured = x, .limit = 0.0};
        const Between between = config_.charge_mode == 2 ? limiter.step : Between::linear;
        const auto found = read_curve(config_.*limiter.points, config_.*limiter.factors, maximum_, between, *x);
        if (found) {
            cause.point_low = found->point_low;
            cause.point_high = found->point_high;
            cause.limit_low = found->output_low;
            cause.limit_high = found->output_high;
            cause.limit = found->value;
        } else {
            ++errors_;  // no curve: nothing may flow
        }
        return cause;
    }

    /// The cause that decides, and the texts of all that ask for as little.
    LimitCause decide(std::string_view fet_text, InlineText<96>& reason) const
    {
        LimitCause first;
        const bool alone = *list_[0].limit == smallest_;  // the configured maximum
        for (std::size_t i = 0; i < count_; ++i) {
            if (*list_[i].limit != smallest_ || (alone && i > 0 && list_[i].limiter != fet_text)) continue;
            if (reason.empty()) {
                first = list_[i];
            } else {
                reason += ", ";
            }
            reason += list_[i].limiter;
        }
        return first;
    }

  private:
    const Config& config_;
    double maximum_;
    double smallest_ = INFINITY;
    unsigned errors_ = 0;
    std::array<LimitCause, 8> list_;
    std::size_t count_ = 0;
};

void add_cells(Candidates& candidates, const Keys& keys, const CellState& cells, const Number& bms_limit)
{
    if (cells.limiting_low && *cells.limiting_low < dead_cell_voltage) {
        candidates.add({.limiter = cell_voltage,
                        .measured = cells.limiting_low,
                        .point_high = dead_cell_voltage,
                        .limit_high = 0.0,
                        .limit = 0.0});
    } else {
        candidates.add(keys.cells, cells.*keys.cell, bms_limit);
    }
    if (cells.all_gone) candidates.add({.limiter = cells_missing, .limit = stale_share * candidates.maximum()});
}

/// `stale`: nobody has heard of the sensor for long; what it said then allows at most a quarter (RD33).
void add_temperature(Candidates& candidates, const Limiter& limiter, const SensorRange& range, bool stale,
                     const Number& bms_limit)
{
    auto cause = candidates.evaluate(limiter, range.coldest);
    if (!cause) return;
    const auto hot = candidates.evaluate(limiter, range.hottest);
    if (hot && hot->limit < cause->limit) cause = hot;
    const double least_known = stale_share * candidates.maximum();
    if (stale && cause->limit > least_known) cause = LimitCause{.limiter = limiter.text, .limit = least_known};
    if (cause->limit != bms_limit) candidates.add(*cause);
}

/// With others of the same battery there, a lost sensor limits only the charge (section 15, number 4).
void add_temperatures(Candidates& candidates, Direction direction, const Keys& keys, const SensorState& sensors,
                      const Number& bms_limit)
{
    const bool by_others = direction == Direction::discharge && sensors.heard.coldest;
    add_temperature(candidates, keys.temperature, by_others ? sensors.heard : sensors.all, sensors.stale && !by_others,
                    bms_limit);
    add_temperature(candidates, keys.mosfet, {sensors.mosfet, sensors.mosfet}, sensors.mosfet_stale, bms_limit);
}

}  // namespace

void CurrentLimiter::start(const Config& config, const Telemetry& telemetry, CurrentLimit& out) const
{
    const Keys& keys = keys_of(direction_);
    const double maximum = configured_maximum(config, keys);
    const Number& limit = telemetry.*keys.limit;
    out.applied = limit && std::isfinite(*limit) ? std::clamp(*limit, 0.0, maximum) : maximum;
}

unsigned CurrentLimiter::step(const Config& config, const Reading& reading, const Now& now, CurrentLimit& out)
{
    const double second = std::floor(now.steady);
    if (gap_since_ && second - *gap_since_ > long_gap) cancel_recovery();
    gap_since_.reset();
    remember(config, reading.telemetry);
    const Target target = find_target(config, reading);
    const double maximum = configured_maximum(config, keys_of(direction_));
    if (!applied_ || target.amperes <= *applied_) {
        fall(config, target, maximum, second);
    } else {
        recover(config, target, maximum, second);
    }
    out.applied = applied_;
    out.target = target.amperes;
    out.reason = reason_;
    out.cause = cause_;
    out.allowed = fet_known_ && fet_.value_or(true) && *applied_ > 0;
    return target.errors;
}

void CurrentLimiter::miss(bool blocked, const Now& now, CurrentLimit& out)
{
    if (!gap_since_) gap_since_ = std::floor(now.steady);
    if (!blocked) return;
    applied_ = 0;
    cancel_recovery();
    out.applied = applied_;
    out.allowed = false;
}

void CurrentLimiter::remember(const Config& config, const Telemetry& telemetry)
{
    const Keys& keys = keys_of(direction_);
    const auto keep = [](Number& last, const Number& value) {
        if (value && std::isfinite(*value)) last = value;
    };
    keep(bms_limit_, telemetry.*keys.limit);
    if (config.use_bms_dvcc_values) keep(bms_request_, telemetry.*keys.request);
    const Flag& fet = telemetry.*keys.fet;
    fet_known_ = fet.has_value() || !fet_.has_value();
    if (fet) fet_ = fet;
}

CurrentLimiter::Target CurrentLimiter::find_target(const Config& config, const Reading& reading) const
{
    const Keys& keys = keys_of(direction_);
    Candidates candidates(config, keys);
    candidates.add({.limiter = keys.maximum_text, .limit = candidates.maximum()});
    Number limit = bms_limit_;
    if (config.use_bms_dvcc_values && bms_request_) limit = std::min(limit.value_or(*bms_request_), *bms_request_);
    if (limit && *limit < candidates.maximum()) candidates.add({.limiter = bms_settings, .limit = limit});
    add_cells(candidates, keys, reading.cells, limit);
    add_temperatures(candidates, direction_, keys, reading.sensors, limit);
    candidates.add(keys.soc, reading.sensors.soc, limit);
    if (fet_ == false) candidates.add({.limiter = bms, .limit = 0.0});

    Target target;
    target.cause = candidates.decide(bms, target.reason);
    target.amperes = std::min(rounded(std::max(candidates.smallest(), 0.0), milliamperes), candidates.maximum());
    target.errors = candidates.errors();
    return target;
}

/// Falling or equal: a small reduction may wait, a large one and a stop may not.
void CurrentLimiter::fall(const Config& config, const Target& target, double maximum, double now)
{
    cancel_recovery();
    if (applied_) {
        const double drop = rounded(*applied_ - target.amperes, 6);
        const double large =
            rounded(*applied_ * static_cast<double>(config.cvl_recalculation_on_max_percentage_change) / 100, 6);
        const bool due = now - changed_at_ >= static_cast<double>(config.cvl_recalculation_every);
        const bool stop = target.amperes == 0 && *applied_ != 0;
        if (!due && drop < large && !stop && *applied_ <= maximum) return;
    }
    applied_ = target.amperes;
    changed_at_ = now;
    show(target, false);
}

void CurrentLimiter::recover(const Config& config, const Target& target, double maximum, double now)
{
    const Keys& keys = keys_of(direction_);
    changed_at_ = now;
    if (*applied_ == 0 && target.amperes < rounded(maximum * config.*keys.threshold, 6)) {
        cancel_recovery();
        return show(target, true);
    }
    if (!hold_since_) hold_since_ = now;
    if (now - *hold_since_ < static_cast<double>(config.*keys.hold)) return show(target, true);
    const double rate = config.*keys.rate;
    if (!(rate > 0)) {
        applied_ = target.amperes;
    } else {
        if (!ramp_since_) {
            ramp_since_ = now;
            ramp_base_ = *applied_;
        }
        applied_ = std::min(target.amperes, rounded(ramp_base_ + rate * (now - *ramp_since_), milliamperes));
    }
    if (*applied_ >= target.amperes) cancel_recovery();
    show(target, false);
}

void CurrentLimiter::show(const Target& target, bool waiting)
{
    reason_ = target.reason;
    if (waiting) reason_ += " *";
    cause_ = target.cause;
}

void CurrentLimiter::cancel_recovery()
{
    hold_since_.reset();
    ramp_since_.reset();
}

}  // namespace bmsd::control
