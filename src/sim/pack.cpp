#include "sim/pack.h"

#include <algorithm>
#include <cmath>

#include "util/decimal.h"

namespace bmsd::sim {
namespace {

constexpr double hour = 3600;  // s
constexpr double least_soc = -0.1, most_soc = 1.2;
constexpr double mosfet_time = 60;              // s, until a MOSFET has its temperature
constexpr double coldest = -40, hottest = 120;  // degC, what a sensor can say
constexpr std::uint8_t warning = 1, alarm = 2;

double stepped(double value, double step)
{
    return step > 0 ? std::round(value / step) * step : value;
}

}  // namespace

GuardSpec usual_guards(Chemistry chemistry, std::size_t cells, double charge_current, double discharge_current)
{
    const CellVoltages& v = voltages(chemistry);
    const double top = v.overcharged, bottom = v.cut_off, n = static_cast<double>(cells);
    return {
        .high_cell = {top - 0.03, top, top - 0.15, 2, 5},
        .low_cell = {bottom + 0.25, bottom, bottom + 0.4, 2, 5},
        .high_voltage = {n * (top - 0.06), n * (top - 0.03), n * (top - 0.15), 2, 5},
        .low_voltage = {n * (bottom + 0.3), n * (bottom + 0.1), n * (bottom + 0.4), 2, 5},
        .high_charge_current = {charge_current * 1.05, charge_current * 1.2, charge_current, 10, 30},
        .high_discharge_current = {discharge_current * 1.05, discharge_current * 1.2, discharge_current, 10, 30},
        .high_charge_temperature = {50, 58, 52, 5, 5},
        .low_charge_temperature = {2, -1, 2, 5, 5},
        .high_temperature = {55, 63, 57, 5, 5},
        .low_temperature = {-10, -20, -15, 5, 5},
        .high_mosfet_temperature = {85, 100, 80, 5, 5},
    };
}

struct Pack::Rule {
    Alarm alarm;
    Guard GuardSpec::*guard;
    double (*measure)(const Pack& pack);
    bool above;  // trips above, else below
    bool stops_charge, stops_discharge;
};

constexpr std::array<Pack::Rule, Pack::guard_count> Pack::rules{{
    {Alarm::high_cell_voltage, &GuardSpec::high_cell, [](const Pack& p) { return p.highest_cell(); }, true, true,
     false},
    {Alarm::low_cell_voltage, &GuardSpec::low_cell, [](const Pack& p) { return p.lowest_cell(); }, false, false, true},
    {Alarm::high_voltage, &GuardSpec::high_voltage, [](const Pack& p) { return p.voltage(); }, true, true, false},
    {Alarm::low_voltage, &GuardSpec::low_voltage, [](const Pack& p) { return p.voltage(); }, false, false, true},
    {Alarm::high_charge_current, &GuardSpec::high_charge_current, [](const Pack& p) { return p.current_; }, true, true,
     false},
    {Alarm::high_discharge_current, &GuardSpec::high_discharge_current, [](const Pack& p) { return -p.current_; }, true,
     false, true},
    {Alarm::high_charge_temperature, &GuardSpec::high_charge_temperature, [](const Pack& p) { return p.temperature_; },
     true, true, false},
    {Alarm::low_charge_temperature, &GuardSpec::low_charge_temperature, [](const Pack& p) { return p.temperature_; },
     false, true, false},
    {Alarm::high_temperature, &GuardSpec::high_temperature, [](const Pack& p) { return p.temperature_; }, true, false,
     true},
    {Alarm::low_temperature, &GuardSpec::low_temperature, [](const Pack& p) { return p.temperature_; }, false, false,
     true},
    {Alarm::high_internal_temperature, &GuardSpec::high_mosfet_temperature,
     [](const Pack& p) { return p.mosfet_temperature(); }, true, true, true},
}};

Pack::Pack(PackSpec spec) : spec_(std::move(spec)), random_(spec_.seed), temperature_(spec_.heat.start)
{
    if (spec_.cells.size() > max_cells) spec_.cells.resize(max_cells);
    if (spec_.heat.sensors.size() > sensor_count) spec_.heat.sensors.resize(sensor_count);
    for (const CellSpec& cell : spec_.cells) {
        cells_.push_back({.soc = cell.soc});
        capacity_ = cells_.size() == 1 ? cell.capacity : std::min(capacity_, cell.capacity);
    }
    remaining_ = std::clamp(soc() + spec_.meter.soc_error / 100, 0.0, 1.0) * capacity_;
    step(0, 0);
}

double Pack::step(double dt, double requested)
{
    current_ = requested;
    if (current_ > 0 && !charge_fet_) current_ = 0;
    if (current_ < 0 && !discharge_fet_) current_ = 0;
    balance();
    move_charge(dt);
    warm(dt);
    count(dt);
    protect(dt);
    return current_;
}

void Pack::balance()
{
    const BalancerSpec& b = spec_.balancer;
    const double lowest = cells_.empty() ? 0 : lowest_cell();
    for (Cell& cell : cells_) {
        cell.balancing =
            b.enabled && !balance_forced_off_ && cell.voltage > b.start && cell.voltage - lowest > b.difference;
    }
}

void Pack::move_charge(double dt)
{
    const double kept = std::exp(-dt / spec_.polarisation_time);
    const double factor = resistance_factor(temperature_);
    const double heater = heating_ ? spec_.heat.heater_power / std::max(voltage(), 1.0) : 0;
    const double inside = current_ * (current_ > 0 ? spec_.efficiency : 1) - spec_.own_current - heater;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        const CellSpec& spec = spec_.cells[i];
        Cell& cell = cells_[i];
        const double amperes = inside - spec.leak - (cell.balancing ? spec_.balancer.current : 0);
        cell.soc = std::clamp(cell.soc + amperes * dt / hour / spec.capacity, least_soc, most_soc);
        const double settled = current_ * spec.polarisation * factor;
        cell.polarisation = settled + (cell.polarisation - settled) * kept;
        cell.voltage =
            open_circuit_voltage(spec_.chemistry, cell.soc) + cell.polarisation + current_ * spec.resistance * factor;
        cell.voltage = std::max(cell.voltage, 0.0);
    }
}

void Pack::warm(double dt)
{
    const HeatSpec& h = spec_.heat;
    if (temperature_ <= h.heater_start) heating_ = true;
    if (temperature_ >= h.heater_stop || h.heater_power <= 0 || heater_forced_off_) heating_ = false;
    const double watts = current_ * current_ * resistance() + (heating_ ? h.heater_power : 0) -
                         h.conductance * (temperature_ - h.ambient);
    temperature_ += watts * dt / h.capacity;
    const double settled = h.mosfet_rise * current_ * current_;
    mosfet_rise_ = settled + (mosfet_rise_ - settled) * std::exp(-dt / mosfet_time);
}

void Pack::count(double dt)
{
    const double ah = current_ * dt / hour, kwh = ah * voltage() / 1000;
    (current_ > 0 ? charged_ : drawn_) += std::abs(ah);
    (current_ > 0 ? charged_energy_ : drawn_energy_) += std::abs(kwh);
    remaining_ = std::clamp(remaining_ + ah * spec_.meter.current_gain, 0.0, capacity_);
    const double full = spec_.meter.full_cell_voltage;
    if (full > 0 && highest_cell() >= full) remaining_ = capacity_;
}

void Pack::protect(double dt)
{
    charge_fet_ = !charge_forced_off_;
    discharge_fet_ = !discharge_forced_off_;
    for (std::size_t i = 0; i < rules.size(); ++i) watch(rules[i], watches_[i], dt);
    const bool spread = highest_cell() - lowest_cell() > spec_.guards.imbalance;
    alarms_[Alarm::cell_imbalance] = spread ? warning : std::uint8_t{0};
    alarms_[Alarm::low_soc] = remaining_ < capacity_ * spec_.guards.low_soc / 100 ? warning : std::uint8_t{0};
    alarms_[Alarm::internal_failure] = std::uint8_t{0};
    alarms_[Alarm::fuse_blown] = std::uint8_t{0};
}

void Pack::watch(const Rule& rule, Watch& state, double dt)
{
    const Guard& guard = spec_.guards.*rule.guard;
    const double sign = rule.above ? 1 : -1;
    const double value = sign * rule.measure(*this);
    state.beyond = value > sign * guard.trip ? state.beyond + dt : 0;
    state.back = value < sign * guard.release ? state.back + dt : 0;
    if (state.beyond >= guard.delay && state.beyond > 0) state.tripped = true;
    if (state.back >= guard.recovery && state.back > 0) state.tripped = false;
    if (state.tripped && rule.stops_charge) charge_fet_ = false;
    if (state.tripped && rule.stops_discharge) discharge_fet_ = false;
    alarms_[rule.alarm] = state.tripped ? alarm : value > sign * guard.warn ? warning : std::uint8_t{0};
}

double Pack::voltage() const
{
    double sum = 0;
    for (const Cell& cell : cells_) sum += cell.voltage;
    return sum;
}

double Pack::resistance() const
{
    double sum = 0;
    for (const CellSpec& cell : spec_.cells) sum += cell.resistance + cell.polarisation;
    return sum * resistance_factor(temperature_);
}

double Pack::highest_cell() const
{
    double highest = 0;
    for (const Cell& cell : cells_) highest = std::max(highest, cell.voltage);
    return highest;
}

double Pack::lowest_cell() const
{
    double lowest = cells_.empty() ? 0 : cells_[0].voltage;
    for (const Cell& cell : cells_) lowest = std::min(lowest, cell.voltage);
    return lowest;
}

double Pack::soc() const
{
    if (cells_.empty()) return 0;
    double left = 1e9, missing = 1e9;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        left = std::min(left, cells_[i].soc * spec_.cells[i].capacity);
        missing = std::min(missing, (1 - cells_[i].soc) * spec_.cells[i].capacity);
    }
    return left + missing > 0 ? std::clamp(left / (left + missing), 0.0, 1.0) : 0;
}

double Pack::noise(double deviation)
{
    if (deviation <= 0) return 0;
    constexpr std::uint64_t mask = (1U << 21) - 1;
    const std::uint64_t bits = random_();  // three of them are as good as a normal distribution, and cheap
    const auto sum = static_cast<double>((bits & mask) + (bits >> 21 & mask) + (bits >> 42 & mask));
    return (sum / static_cast<double>(mask) - 1.5) * 2 * deviation;
}

void Pack::obey(const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    if (t.charge_fet && t.charge_fet != told_.charge_fet) charge_forced_off_ = !*t.charge_fet;
    if (t.discharge_fet && t.discharge_fet != told_.discharge_fet) discharge_forced_off_ = !*t.discharge_fet;
    if (t.balance_fet && t.balance_fet != told_.balance_fet) balance_forced_off_ = !*t.balance_fet;
    if (t.heater_fet && t.heater_fet != told_.heater_fet) heater_forced_off_ = !*t.heater_fet;
    if (t.soc && t.soc != told_.soc) {
        remaining_ = std::clamp(*t.soc / 100, 0.0, 1.0) * capacity_;
    } else if (t.capacity_remaining && t.capacity_remaining != told_.remaining) {
        remaining_ = std::clamp(*t.capacity_remaining, 0.0, capacity_);
    }
    protect(0);
}

void Pack::fill(Reading& reading)
{
    Telemetry& t = reading.telemetry;
    fill_identity(reading.identity);
    fill_cells(t);
    fill_charge(t);
    fill_heat(t);
    fill_limits(t);
    t.charge_fet = charge_fet_;
    t.discharge_fet = discharge_fet_;
    t.balance_fet = spec_.balancer.enabled && !balance_forced_off_;
    t.alarms = alarms_;
    t.problem_code = 0;
    told_ = {t.charge_fet, t.discharge_fet, t.balance_fet, t.heater_fet, t.soc, t.capacity_remaining};
}

void Pack::fill_identity(Identity& identity) const
{
    if (identity.model_name) return;  // it does not change
    const std::string cells = std::to_string(cells_.size()) + "S";
    identity.model_name = std::string(name(spec_.chemistry)) + " " + cells;
    identity.manufacturer = "Simulator";
    identity.hardware_version = "SIM" + cells;
    identity.firmware_version = "1.0";
    identity.serial_number = "SIM" + std::to_string(100000 + spec_.seed % 900000);
    identity.production_date = "20240229";
}

void Pack::fill_cells(Telemetry& t)
{
    t.cell_count = static_cast<std::int64_t>(cells_.size());
    t.cell_voltages.resize(cells_.size());
    t.cell_balancing.resize(cells_.size());
    double sum = 0, highest = 0, lowest = 0;
    bool balancing = false;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        const double read = cells_[i].voltage + noise(spec_.meter.cell_noise);
        const double shown = std::max(0.0, rounded(stepped(read, spec_.meter.cell_step), 6));
        t.cell_voltages[i] = shown;
        t.cell_balancing[i] = cells_[i].balancing;
        balancing = balancing || cells_[i].balancing;
        sum += shown;
        const auto number = static_cast<std::int64_t>(i + 1);
        if (i == 0 || shown > highest) t.max_cell_number = number;
        if (i == 0 || shown < lowest) t.min_cell_number = number;
        highest = i == 0 ? shown : std::max(highest, shown);
        lowest = i == 0 ? shown : std::min(lowest, shown);
    }
    t.voltage = rounded(sum, 2);
    t.max_cell_voltage = highest;
    t.min_cell_voltage = lowest;
    t.balancing = balancing;
    t.balance_current = balancing ? spec_.balancer.current : 0;
    t.pack_count = 1;
}

void Pack::fill_charge(Telemetry& t)
{
    const MeterSpec& m = spec_.meter;
    t.current = rounded(stepped(current_ * m.current_gain + noise(m.current_noise), m.current_step), 6);
    t.capacity = rounded(capacity_, 2);
    t.design_capacity = std::round(capacity_);
    t.capacity_remaining = rounded(remaining_, 2);
    t.soc = capacity_ > 0 ? std::round(100 * remaining_ / capacity_) : 0;
    t.soh = 100;
    t.cycles = capacity_ > 0 ? static_cast<std::int64_t>(drawn_ / capacity_) : 0;
    t.total_ah_drawn = rounded(drawn_, 3);
    t.total_ah_charged = rounded(charged_, 3);
    t.discharged_energy = rounded(drawn_energy_, 3);
    t.charged_energy = rounded(charged_energy_, 3);
}

void Pack::fill_heat(Telemetry& t)
{
    const HeatSpec& h = spec_.heat;
    t.cell_temperatures.clear();
    for (std::size_t i = 0; i < h.sensors.size(); ++i) {
        t.temperatures[i] = rounded(std::clamp(temperature_ + h.sensors[i], coldest, hottest), 1);
        t.cell_temperatures.push_back(t.temperatures[i]);
    }
    if (h.mosfet_sensor) t.temperature_mosfet = rounded(std::clamp(mosfet_temperature(), coldest, hottest), 1);
    t.temperature_ambient = rounded(h.ambient, 1);
    t.temperature_balancer = rounded(h.ambient, 1);
    if (h.heater_power <= 0) return;
    t.heater_fet = !heater_forced_off_;
    t.heating = heating_;
    t.heater_power = heating_ ? h.heater_power : 0;
    t.heater_current = heating_ ? rounded(h.heater_power / std::max(voltage(), 1.0), 2) : 0;
    t.heater_temperature_start = h.heater_start;
    t.heater_temperature_stop = h.heater_stop;
}

void Pack::fill_limits(Telemetry& t) const
{
    const CellVoltages& v = voltages(spec_.chemistry);
    const auto n = static_cast<double>(cells_.size());
    t.max_charge_current = spec_.max_charge_current;
    t.max_discharge_current = spec_.max_discharge_current;
    t.max_battery_voltage = rounded(n * v.charge, 2);
    t.min_battery_voltage = rounded(n * v.low, 2);
    t.requested_charge_voltage = t.max_battery_voltage;
    t.requested_charge_current = charge_fet_ ? spec_.max_charge_current : 0;
    t.requested_discharge_current = discharge_fet_ ? spec_.max_discharge_current : 0;
}

}  // namespace bmsd::sim
