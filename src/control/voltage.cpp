#include "control/voltage.h"

#include <algorithm>
#include <cmath>

#include "util/decimal.h"

namespace bmsd::control {
namespace {

constexpr int microvolts = 6;                 // decimals of C and targets (RD1)
constexpr double sag = 0.5;                   // V below Vmax that ends absorption
constexpr double slope_rate = 0.001;          // V/s, per battery
constexpr double long_gap = 10;               // s, after which a recovery begins again (RD30)
constexpr double longest_integration = 10;    // s
constexpr double clipped_sum_margin = 0.010;  // V
constexpr double trip_margin = 0.050;         // V below the reset voltage: a trip there is what the reset was for
enum Controller : std::int64_t { penalty_sum = 1, integrating = 2, clipped_sum = 3 };

bool has_controller(const config::Config& config)
{
    return config.cvl_controller_mode >= penalty_sum && config.cvl_controller_mode <= clipped_sum;
}

double exact(double voltage)
{
    return rounded(voltage, microvolts);
}

/// What a pack with `over` volts above the limit of its cells may have at most.
double high_cell_limit(std::int64_t mode, const CellState& cells, double over)
{
    if (mode != clipped_sum) return exact(*cells.sum - over);
    return exact(std::min(cells.raw_sum - over, *cells.sum) + clipped_sum_margin);
}

/// By how much the integrating controller lowers the voltage in `seconds`, V; negative: it lifts it.
double integrated(const config::Config& config, const CellState& cells, double cell_limit, double seconds)
{
    const double beyond = *cells.highest - cell_limit - config.switch_to_float_cell_voltage_diff;
    return beyond * config.cvl_icontroller_factor * std::min(seconds, longest_integration);
}

bool tripped(const Telemetry& telemetry)
{
    return telemetry.charge_fet == false || telemetry.alarms[Alarm::high_cell_voltage] == std::uint8_t{2};
}

std::string_view stem(ChargeVoltage::Phase phase)
{
    using enum ChargeVoltage::Phase;
    switch (phase) {
        case fixed:
            return "Keep always max voltage";
        case missing_data:
            return "Error, please check the logs!";
        case bulk:
            return "Bulk";
        case absorption:
            return "Absorption";
        case float_transition:
            return "Float Transition";
        case floating:
            return "Float";
        case none:
            break;
    }
    return {};
}

}  // namespace

ChargeVoltage::ChargeVoltage(const config::Config& config, const Stored& stored, const Now& now)
    : max_allowed_(stored.allow_max_voltage), reset_(stored.soc_reset_last_reached)
{
    if (!max_allowed_ || !stored.max_voltage_start_time || now.wall < plausible_wall) return;
    const double age = std::floor(now.wall) - static_cast<double>(*stored.max_voltage_start_time);
    if (age < 0 || age > static_cast<double>(config.switch_to_float_wait_for_sec)) return;
    timer_ = std::floor(now.steady) - age;
    timer_wall_ = stored.max_voltage_start_time;
}

void ChargeVoltage::save(Stored& out) const
{
    out.allow_max_voltage = max_allowed_;
    out.max_voltage_start_time = timer_ ? timer_wall_ : std::nullopt;
    out.soc_reset_last_reached = reset_.stamp();
}

void ChargeVoltage::start(const config::Config& config, const Telemetry& telemetry, Limits& out)
{
    const std::int64_t count = telemetry.cell_count.value_or(0);
    if (count < 1 || count > static_cast<std::int64_t>(max_cells)) return;
    const VoltageBounds bounds = BoundsKeeper().step(config, count, telemetry, false);
    const bool in_float = config.cvcm_enable && !max_allowed_;
    out.charge_voltage = in_float ? std::min(bounds.floating, bounds.maximum) : bounds.maximum;
    out.max_charge_cell_voltage = bounds.maximum / static_cast<double>(count);
    out.battery_low_voltage = bounds.low;
}

ChargeVoltage::Events ChargeVoltage::step(const config::Config& config, const Reading& reading, const Now& now,
                                          Limits& out)
{
    Events events;
    const CellState& cells = reading.cells;
    if (cells.count == 0) return events;
    cell_count_ = cells.count;
    if (!config.cvcm_enable) {
        keep_maximum(config, reading);
        fill(config, reading, out);
        return events;
    }
    const double second = std::floor(now.steady);
    const double seconds = last_complete_ ? second - *last_complete_ : 1;
    const double interval = last_cycle_ ? second - *last_cycle_ : 1;
    last_cycle_ = second;
    const bool obeyed_before = !pressure_.ccl_ignored();
    const bool all_there = cells.complete && reading.soc && std::isfinite(*reading.soc);
    const bool reset_before = reset_.requested();
    if (reset_.judge(config, now)) timer_.reset();  // RD11: float must not come without the raised voltage
    if (all_there && *cells.sum >= rounded(config.max_cell_voltage * static_cast<double>(cells.count), 2)) {
        events.reset_overdue = reset_.spent_at_top(seconds, now);
    }
    bounds_ = bounds_keeper_.step(config, cells.count, reading.telemetry, reset_.requested());
    const double limit = reset_.requested() ? config.soc_reset_cell_voltage : config.max_cell_voltage;
    if (all_there) {
        complete({.config = config,
                  .cells = cells,
                  .clock = now,
                  .now = second,
                  .soc = rounded(*reading.soc, 3),
                  .seconds = interval,
                  .after_gap = gap_since_ || !last_complete_,
                  .cell_limit = limit,
                  .current = reading.current,
                  .ccl = out.charge.applied,
                  .tripped = reset_before && tripped(reading.telemetry)},
                 events);
    } else {
        events.data_missing = phase_ != Phase::missing_data;
        missing_data(config, reading.last_cells,
                     {.cell_limit = limit,
                      .now = second,
                      .seconds = interval,
                      .first = !voltage_,
                      .current = reading.current,
                      .ccl = out.charge.applied});
        ++events.errors;
    }
    events.ccl_ignored = pressure_.ccl_ignored() && obeyed_before;
    fill(config, reading, out);
    return events;
}

void ChargeVoltage::miss(const config::Config& config, bool at_most_float, const Now& now, Limits& out)
{
    if (!gap_since_) gap_since_ = std::floor(now.steady);
    if (at_most_float && voltage_) lower_to(bounds_.floating);
    if (voltage_) fill_voltages(config, out);
}

void ChargeVoltage::reconfigured(const Now& now)
{
    if (voltage_) recovery_.lowered(std::floor(now.steady));
}

/// CVCM_ENABLE = False: no phases, no controllers, no SoC reset (RD19).
void ChargeVoltage::keep_maximum(const config::Config& config, const Reading& reading)
{
    reset_.cancel();
    timer_.reset();
    slope_.reset();
    recovery_.forget();
    last_complete_.reset();
    last_cycle_.reset();
    gap_since_.reset();
    lowered_by_gap_ = false;
    pressure_ = {};
    full_.forget();
    suffix_ = Suffix::none;
    phase_ = Phase::fixed;
    bounds_ = bounds_keeper_.step(config, cell_count_, reading.telemetry, false);
    voltage_ = target_ = bounds_.maximum;
}

void ChargeVoltage::missing_data(const config::Config& config, const CellState& last_cells, const Moment& moment)
{
    if (!gap_since_) gap_since_ = moment.now;
    phase_ = Phase::missing_data;
    const double most = std::min(bounds_.floating, bounds_.maximum);
    if (!voltage_) {
        voltage_ = most;
        lowered_by_gap_ = true;
    }
    lower_to(most);
    if (last_cells.sum && last_cells.highest) limit_by_high_cell(config, last_cells, moment);
}

/// Section 14, number 6: what is still there and goes high counts, and so does the last reading of what is not.
void ChargeVoltage::limit_by_high_cell(const config::Config& config, const CellState& last_cells, const Moment& moment)
{
    const std::int64_t mode = config.cvl_controller_mode;
    const bool controller = has_controller(config);
    double cell_limit = moment.cell_limit;
    if (!max_allowed_) cell_limit = slope_ ? slope_->cell : config.max_cell_voltage;
    pressure_.look({.sum = *last_cells.sum,
                    .highest = *last_cells.highest,
                    .cell_limit = cell_limit,
                    .controller = controller,
                    .current = moment.current,
                    .ccl = moment.ccl,
                    .now = moment.now,
                    .seconds = moment.seconds},
                   voltage_);
    if (!pressure_.holds()) return;
    double target = *voltage_;
    const double over = last_cells.excess(cell_limit);
    if (controller && over > 0) {
        target = high_cell_limit(mode, last_cells, over);
        if (mode == integrating && max_allowed_ && !moment.first) {
            target = *voltage_ - std::max(integrated(config, last_cells, cell_limit, moment.seconds), 0.0);
            target = std::max(target, pressure_.floor(*voltage_));
        }
    }
    target = pressure_.press(target, *voltage_);
    voltage_ = std::min(*voltage_, exact(std::max(target, bounds_.low)));
    recovery_.lowered(moment.now);
}

/// Not by a high cell: without a recovery pending it may step back.
void ChargeVoltage::lower_to(double voltage)
{
    if (*voltage_ <= voltage) return;
    voltage_ = voltage;
    lowered_by_gap_ = true;
    recovery_.interrupted();
}

bool ChargeVoltage::Cycle::cell_over() const
{
    return has_controller(config) && cells.excess(cell_limit) > 0;
}

void ChargeVoltage::complete(const Cycle& cycle, Events& events)
{
    if (gap_since_ && cycle.now - *gap_since_ > long_gap) {
        if (recovery_.pending()) recovery_.lowered(cycle.now);
        full_.forget();
    }
    const bool was_allowed = max_allowed_;
    decide(cycle, events);
    if (max_allowed_) {
        charge(cycle, !was_allowed);
    } else {
        follow_float(cycle);
        events.full = full_.step(cycle.config, cycle.cells, bounds_.normal, cycle.now);
    }
    last_complete_ = cycle.now;
    gap_since_.reset();
    lowered_by_gap_ = false;
}

/// Section 4, rows A and B.
void ChargeVoltage::decide(const Cycle& cycle, Events& events)
{
    const config::Config& config = cycle.config;
    const double sum = *cycle.cells.sum, diff = *cycle.cells.diff;
    const double balanced = config.switch_to_float_cell_voltage_diff;
    if (reset_reached(cycle)) {
        events.reset_by_trip = true;
        enter_float(cycle, events);
        reset_.tripped();
        return;
    }
    const bool apart = diff >= config.switch_to_bulk_cell_voltage_diff, by_trip = reset_.left_apart(apart);
    if (!timer_) {
        const bool low_soc = cycle.soc < static_cast<double>(config.switch_to_bulk_soc_threshold);
        if (max_allowed_ && sum >= bounds_.maximum && diff <= balanced) {
            start_timer(cycle);
        } else if (!max_allowed_ && (low_soc || (apart && !by_trip) || reset_.requested())) {
            enter_bulk(cycle);
        }
        return;
    }
    if (diff > exact(balanced + config.switch_to_float_cell_voltage_deviation)) start_timer(cycle);
    const bool sagged = sum < exact(bounds_.maximum - sag);
    if (sagged && cycle.after_gap) {
        timer_.reset();  // RD30: an old timer must not end in float at a low voltage
    } else if (cycle.now - *timer_ > static_cast<double>(config.switch_to_float_wait_for_sec)) {
        enter_float(cycle, events);
    } else if (sagged) {
        timer_.reset();
    }
}

/// Section 15, number 6: the BMS has stopped the charge where the SoC reset was to lead.
bool ChargeVoltage::reset_reached(const Cycle& cycle) const
{
    return reset_.requested() && max_allowed_ && cycle.tripped &&
           *cycle.cells.highest >= exact(cycle.config.soc_reset_cell_voltage - trip_margin);
}

/// What holds C down in this cycle; what has held it down and is gone lets it begin at the pack's voltage.
void ChargeVoltage::look_at_pressure(const Cycle& cycle, double cell_limit)
{
    pressure_.look({.sum = *cycle.cells.sum,
                    .highest = *cycle.cells.highest,
                    .cell_limit = cell_limit,
                    .controller = has_controller(cycle.config),
                    .current = cycle.current,
                    .ccl = cycle.ccl,
                    .now = cycle.now,
                    .seconds = cycle.seconds},
                   voltage_);
    const Number& start = pressure_.release();
    if (!start || !voltage_ || !recovery_.pending()) return;
    voltage_ = exact(std::max(*voltage_, std::min(*start, bounds_.maximum)));
}

/// C is where nothing holds it down.
void ChargeVoltage::recovered()
{
    recovery_.forget();
    if (!pressure_.holds()) pressure_.forget();
}

void ChargeVoltage::start_timer(const Cycle& cycle)
{
    timer_ = cycle.now;
    timer_wall_ = static_cast<std::int64_t>(std::floor(cycle.clock.wall));
}

void ChargeVoltage::enter_float(const Cycle& cycle, Events& events)
{
    const config::Config& config = cycle.config;
    events.entered_float = true;
    events.float_refused =
        !config.soc_calculation && cycle.soc <= static_cast<double>(config.switch_to_bulk_soc_threshold);
    if (events.float_refused) ++events.errors;
    slope_ = {cycle.now, voltage_.value_or(bounds_.floating), cycle.cell_limit, reset_.requested()};
    if (reset_.requested()) reset_.finish(cycle.clock);
    recovery_.forget();  // RD6
    full_.reached();
    max_allowed_ = false;
    timer_.reset();
}

void ChargeVoltage::enter_bulk(const Cycle& cycle)
{
    max_allowed_ = true;
    slope_.reset();
    recovery_.forget();
    // section 14, number 4: at once only when no cell is over
    if (cycle.cell_over()) recovery_.lowered(cycle.now);
}

/// Sections 5.1 and 5.2.
void ChargeVoltage::charge(const Cycle& cycle, bool from_float)
{
    phase_ = timer_ ? Phase::absorption : Phase::bulk;
    const double highest = bounds_.maximum;
    look_at_pressure(cycle, cycle.cell_limit);
    double low = bounds_.low;
    if (voltage_ && pressure_.holds()) low = std::min(low, *voltage_);  // section 14, number 3: a floor lifts nothing
    double target = controller_target(cycle, from_float);
    if (voltage_) target = pressure_.press(target, *voltage_);
    target = exact(std::min(std::max(target, low), highest));
    target_ = target;
    if (target >= highest && (!recovery_.pending() || voltage_ >= highest)) {
        // Vmax fell below a recovery (RD18): nothing to show, but what Vmax gives back later comes slowly all the same
        capped_ = recovery_.pending() && (capped_ || *voltage_ > highest);
        voltage_ = highest;
        suffix_ = Suffix::none;
        if (capped_) {
            recovery_.interrupted();
        } else {
            recovered();
        }
    } else if (!voltage_ || target <= *voltage_) {
        voltage_ = target;
        recovery_.lowered(cycle.now);
        suffix_ = Suffix::hold;
    } else {
        const auto step = recovery_.rise(cycle.config, *voltage_, target, cycle.now);
        voltage_ = step.voltage;
        suffix_ = step.ramping ? Suffix::ramp : Suffix::hold;
        if (voltage_ >= highest) recovery_.forget();
    }
}

double ChargeVoltage::controller_target(const Cycle& cycle, bool from_float) const
{
    const config::Config& config = cycle.config;
    const CellState& cells = cycle.cells;
    const double over = cells.excess(cycle.cell_limit);
    switch (config.cvl_controller_mode) {
        case penalty_sum:
        case clipped_sum:
            return over > 0 ? high_cell_limit(config.cvl_controller_mode, cells, over) : bounds_.maximum;
        case integrating:
            break;
        default:
            return bounds_.maximum;
    }
    if (!voltage_) return over > 0 ? std::min(bounds_.maximum, *cells.sum) : bounds_.maximum;  // RD31
    const bool stepped_down = from_float || (lowered_by_gap_ && !recovery_.pending());
    const double present = stepped_down && over <= 0 ? bounds_.maximum : *voltage_;  // RD17
    const double target = present - integrated(config, cells, cycle.cell_limit, cycle.seconds);
    return target < present ? std::max(target, pressure_.floor(present)) : target;
}

/// Section 4.2.
void ChargeVoltage::follow_float(const Cycle& cycle)
{
    const config::Config& config = cycle.config;
    suffix_ = Suffix::none;
    const double slope = slope_voltage(cycle);
    const double cell_limit = slope_ ? slope_->cell : config.max_cell_voltage;
    look_at_pressure(cycle, cell_limit);
    const std::int64_t mode = config.cvl_controller_mode;
    double target = slope;
    if (has_controller(config)) {
        const double over = cycle.cells.excess(cell_limit);
        if (over > 0) target = std::min(slope, std::max(high_cell_limit(mode, cycle.cells, over), bounds_.low));
        // section 14, number 3: no step back after a gap either
        if (mode == integrating && voltage_ && integrated(config, cycle.cells, cell_limit, 1) > 0)
            target = std::min(target, *voltage_);
    }
    if (voltage_) target = exact(std::max(pressure_.press(target, *voltage_), std::min(bounds_.low, target)));
    target_ = target;
    if (!voltage_ || target <= *voltage_) {
        voltage_ = target;
        if (target < slope) {
            recovery_.lowered(cycle.now);
        } else {
            recovered();
        }
    } else if (target >= slope && lowered_by_gap_ && !recovery_.pending()) {
        voltage_ = target;
    } else {
        voltage_ = recovery_.rise(config, *voltage_, target, cycle.now).voltage;
        if (voltage_ >= slope) recovery_.forget();
    }
}

/// From where float was entered down to float, and there the transition is over; never above what the BMS allows (RD9).
double ChargeVoltage::slope_voltage(const Cycle& cycle)
{
    double voltage = bounds_.floating;
    double highest = bounds_.normal;
    phase_ = Phase::floating;
    if (slope_) {
        if (slope_->raised) highest = bounds_.raised;
        const double seconds = cycle.now - slope_->start;
        const bool first = seconds <= 0;
        if (first) {
            voltage = slope_->from;
        } else {
            voltage = std::max(exact(slope_->from - slope_rate * seconds), bounds_.floating);
        }
        if (first || voltage > bounds_.floating) {
            phase_ = Phase::float_transition;
        } else {
            slope_.reset();
        }
    }
    return std::min(voltage, highest);
}

void ChargeVoltage::fill_voltages(const config::Config& config, Limits& out) const
{
    out.control_voltage = voltage_;
    out.charge_voltage = *voltage_ + config.voltage_drop;
}

/// Section 6.
void ChargeVoltage::fill(const config::Config& config, const Reading& reading, Limits& out) const
{
    fill_voltages(config, out);
    out.max_charge_cell_voltage = bounds_.maximum / static_cast<double>(cell_count_);
    out.battery_low_voltage = bounds_.low;
    auto& text = out.charge_mode;
    text = stem(phase_);
    const bool charges = phase_ == Phase::bulk || phase_ == Phase::absorption;
    const bool by_cell = pressure_.cell_over() || !pressure_.ccl_ignored();
    if (charges && by_cell) {
        if (suffix_ == Suffix::hold) text += " (Cell OVP)";
        if (suffix_ == Suffix::ramp) text += " (Cell OVP*)";
    }
    if (pressure_.ccl_ignored()) text += " (CCL ignored)";
    if (charges) {
        if (reset_.requested()) text += " & SoC Reset";
        if (reading.balancing) text += " + Balancing";
        if (reading.telemetry.heating == true) text += " + Heating";
    }
    if (phase_ == Phase::fixed || phase_ == Phase::missing_data) return;
    text += config.charge_mode == 2 ? " │ Step Mode" : " │ Linear Mode";
}

}  // namespace bmsd::control
