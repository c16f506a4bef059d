#include "control/controller.h"

#include <cmath>

#include "control/debug_text.h"
#include "control/derived.h"
#include "model/plausible.h"
#include "util/decimal.h"

namespace bmsd::control {
namespace {

Number soc_in_use(const config::Config& config, const Input& input, SocCounter& counter,
                  const SocCounter::Reading& reading, const Now& now)
{
    const Number counted = config.soc_calculation ? counter.step(reading, now) : reading.bms_soc;
    const Number& external = input.external_soc;
    return external && *external >= 0 && *external <= 100 ? Number(rounded(*external, 3)) : counted;
}

/// What of the configuration holds for a battery.
config::Config for_battery(config::Config config, bool charges_itself)
{
    if (charges_itself) config.cvcm_enable = false;
    return config;
}

}  // namespace

Controller::Controller(const config::Config& config, const Traits& facts, const Stored& stored, const Now& now)
    : charges_itself_(facts.charges_itself),
      can_repeat_(facts.can_repeat),
      config_(for_battery(config, charges_itself_)),
      stored_(stored),
      charge_(config_, stored, now),
      clock_(now),
      soc_counter_(stored.soc_calc),
      history_(stored.history),
      started_(now.steady)
{
    times_.configure(config_);
    errors_.set_settings_invalid(facts.settings_invalid);
    errors_.count(facts.stored_errors, now);
    state_.set_settings_invalid(facts.settings_invalid);
}

void Controller::start(const Input& input, const Now& now, Snapshot& out)
{
    out.telemetry = {};
    out.derived = {};
    out.limits = {};
    if (input.telemetry != nullptr) {
        const Telemetry& t = *input.telemetry;
        charge_.start(config_, t, out.limits);
        out.telemetry.cell_count = t.cell_count;
        out.telemetry.capacity = t.capacity;
        out.telemetry.max_charge_current = t.max_charge_current;  // the current limits until the first decision
        out.telemetry.max_discharge_current = t.max_discharge_current;
        out.derived.capacity = t.capacity_remaining;
        if (believable(input, now)) {
            Telemetry first = t;
            filter_sensors(first, now);
            sift(first);
            Input filtered = input;
            filtered.telemetry = &first;
            read(filtered, now);
            if (config_.soc_calculation) out.derived.capacity = derived_.capacity;
        }
    }
    times_.fill(out.derived);
    out.alarms = {};
    out.history = {};
    out.time_since_last_full_charge.reset();
    out.state = {};
    out.state.error_code = errors_.code();
    state_.fill(out.state);
    store();
}

void Controller::step(const Input& given, const Now& told, Snapshot& out)
{
    const Now now = clock_.judge(told);
    Input input = given;
    events_ = {};
    const bool good = believable(input, now);
    connection_.step(config_, good, {derived_.min_cell_voltage, derived_.max_cell_voltage}, now,
                     input.poll_interval.value_or(1));
    if (connection_.just_lost()) {
        flow_.forget();
        derived_.voltage.reset();
        derived_.current.reset();
        derived_.power.reset();
    }
    if (good) {
        out.telemetry = *given.telemetry;
        filter_sensors(out.telemetry, now);
        sift(out.telemetry);
        for (Number& cell : out.telemetry.cell_voltages) cell = usable(cell, config_.max_cell_voltage);
        input.telemetry = &out.telemetry;
        read(input, now);
        limit(out.telemetry, now, out.limits);
    } else {
        charge_.miss(config_, {.lost = connection_.lost(), .blocked = connection_.blocked(config_)},
                     derived_.max_cell_voltage, now, out.limits);
    }
    finish(input, good, now, out);
}

/// Section 15, numbers 5, 12 and 14.
bool Controller::believable(const Input& input, const Now& now)
{
    if (!input.good || input.telemetry == nullptr) return false;
    const Telemetry& telemetry = *input.telemetry;
    if (!impossible(telemetry).empty() || !count_.accepts(telemetry, now.steady)) return false;
    events_.count_changed = count_.changed();
    const bool still = can_repeat_ && stillness_.repeats(telemetry, now.steady);
    events_.still = still && !still_;
    still_ = still;
    return !still;
}

/// Section 15, number 4.
void Controller::filter_sensors(Telemetry& telemetry, const Now& now)
{
    bool lost = false;
    const auto filter = [&](SensorFilter& sensor, Number& reading) {
        reading = sensor.step(reading, now.steady);
        lost = lost || sensor.lost();
    };
    for (std::size_t i = 0; i < sensor_count; ++i) filter(sensors_[i], telemetry.temperatures[i]);
    filter(mosfet_, telemetry.temperature_mosfet);
    events_.sensor_lost = lost && !sensor_lost_;
    sensor_lost_ = lost;
}

void Controller::read(const Input& input, const Now& now)
{
    const Telemetry& t = *input.telemetry;
    derived_.voltage = t.voltage;
    derived_.current = effective_current(config_, input);
    derived_.power.reset();
    if (derived_.voltage && derived_.current) derived_.power = *derived_.voltage * *derived_.current;
    history_.read(t);
    history_.add(flow_.step(derived_.current, derived_.power, now));
    derive_temperatures(config_, t, derived_);
    derive_cells(config_, t, derived_);
    const auto n = static_cast<std::size_t>(t.cell_count.value_or(0));
    derive_midpoint(config_, t, n, derived_);
    derived_.soc = soc_in_use(config_, input, soc_counter_,
                              {.current = derived_.current,
                               .bms_soc = t.soc,
                               .capacity = t.capacity,
                               .lowest_cell = lowest_of_all(config_, t),
                               .empty_cell_voltage = config_.min_cell_voltage,
                               .resumed = connection_.resumed()},
                              now);
    derive_capacity(config_, t, derived_.soc, derived_);
    alarms_.read(t.alarms);
    capacity_ = t.capacity;
    nominal_energy_.reset();
    if (n > 0 && capacity_) nominal_energy_ = config_.float_cell_voltage * static_cast<double>(n) * *capacity_ / 1000;
}

/// Charge control, and what follows from a battery that has become full (core/charge-control.md section 4.1).
void Controller::limit(const Telemetry& telemetry, const Now& now, Limits& out)
{
    charge_.step(config_, telemetry, derived_, now, out, events_);
    events_.soc_step = config_.soc_calculation && soc_counter_.stepped();
    errors_.count(events_.errors, now);
    write_debug_texts(
        config_, {.telemetry = telemetry, .derived = derived_, .voltage = voltage(), .now = now, .started = started_},
        out);
    if (events_.voltage.full && config_.soc_calculation) soc_counter_.fill();
    if (!events_.voltage.entered_float) return;
    if (config_.soc_calculation) soc_counter_.fill();
    history_.float_entered(now);
}

void Controller::finish(const Input& input, bool good, const Now& now, Snapshot& out)
{
    const ServiceState::Flows flows{out.limits.charge.allowed, out.limits.discharge.allowed};
    state_.step(good, flows);
    if (good) errors_.review(now);

    derived_.current_avg = average_.add(derived_.current);
    times_.step(config_, {connection_.lost(), derived_.current_avg, derived_.soc, capacity_}, input.ess, now);
    times_.fill(derived_);
    out.derived = derived_;
    out.alarms = published_alarms(alarms_.present(),
                                  {.soc_reset_requested = voltage().soc_reset_requested(),
                                   .soc_reset_reached = static_cast<double>(voltage().soc_reset_stamp())},
                                  config_.soc_calculation, now);
    if (sensor_lost_) out.alarms.raise(Alarm::internal_failure, 1);
    out.history = history_.published();
    out.time_since_last_full_charge = history_.since_full_charge(now);
    history_.step(history_reading(derived_.current_avg), config_.history_enable, now);

    state_.fill(out.state);
    connection_.fill(out.state);
    out.state.device_state = device_state(alarms_.present(), flows);
    out.state.error_code = errors_.code();
    store();
}

HistoryKeeper::Reading Controller::history_reading(const Number& average) const
{
    return {.consumed_ah = derived_.consumed_ah,
            .voltage = derived_.voltage,
            .lowest_cell = derived_.min_cell_voltage,
            .highest_cell = derived_.max_cell_voltage,
            .min_temperature = derived_.min_temperature,
            .max_temperature = derived_.max_temperature,
            .soc = derived_.soc,
            .average = average,
            .capacity = capacity_,
            .nominal_energy = nominal_energy_,
            .alarms = alarms_.present()};
}

void Controller::store()
{
    voltage().save(stored_);
    stored_.soc_calc = config_.soc_calculation ? soc_counter_.value() : derived_.soc;
    stored_.history = history_.stored();
}

void Controller::reconfigure(const config::Config& config, bool settings_invalid, const Now& now)
{
    charge_.reconfigured(now);
    if (config.soc_calculation && !config_.soc_calculation) soc_counter_ = SocCounter(derived_.soc);
    config_ = for_battery(config, charges_itself_);
    times_.configure(config_);
    errors_.set_settings_invalid(settings_invalid);
    state_.set_settings_invalid(settings_invalid);
}

bool Controller::set_soc(double percent)
{
    if (!config_.soc_calculation || !(percent >= 0 && percent <= 100)) return false;
    soc_counter_.set(percent);
    return true;
}

bool Controller::clear_history(std::int64_t mode)
{
    if (!history_.clear(mode)) return false;
    stored_.history = history_.stored();
    return true;
}

}  // namespace bmsd::control
