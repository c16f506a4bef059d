// Configurations that pass the rules of core/config.md section 5.
#include <algorithm>
#include <cmath>

#include "config/schema.h"
#include "sim/world.h"
#include "util/decimal.h"

namespace bmsd::sim {
namespace {

using config::Config;

constexpr double lfp_top = 3.45, lfp_bottom = 2.9;  // V, what the default curves are made for

/// Points that rise or fall, some of them equal, and shares of which one is 1.
void random_curve(Random& random, double least, double most, std::vector<double>& points, std::vector<double>& shares)
{
    const auto count = static_cast<std::size_t>(random.whole(1, 8));
    points.clear();
    shares.clear();
    for (std::size_t i = 0; i < count; ++i) {
        const bool step = i > 0 && random.chance(0.1);
        points.push_back(step ? points.back() : rounded(random.between(least, most), 3));
        shares.push_back(random.chance(0.2) ? 0 : rounded(random.between(0, 1), 3));
    }
    std::ranges::sort(points);
    if (random.chance(0.5)) std::ranges::reverse(points);
    shares[random.index(count)] = 1;
}

void random_voltages(Random& random, Config& c, Chemistry chemistry)
{
    const CellVoltages& v = voltages(chemistry);
    c.min_cell_voltage = rounded(random.between(v.cut_off, v.low + 0.1), 3);
    c.max_cell_voltage = rounded(random.between(v.floating, v.overcharged - 0.03), 3);
    c.float_cell_voltage = rounded(random.between(v.floating - 0.1, c.max_cell_voltage), 3);
    c.soc_reset_cell_voltage = rounded(random.between(c.max_cell_voltage, v.overcharged), 3);
    if (random.chance(0.2)) c.soc_reset_after_days = random.whole(1, 60);
    if (random.chance(0.2)) c.voltage_drop = random.between(-0.5, 0.5);
    const double least = rounded(random.between(c.min_cell_voltage, c.max_cell_voltage - 0.01), 3);
    c.block_on_disconnect_voltage_min = least;
    c.block_on_disconnect_voltage_max = rounded(random.between(least + 0.002, c.max_cell_voltage), 3);
}

void random_phases(Random& random, Config& c)
{
    c.cvcm_enable = random.chance(0.9);
    c.cvl_controller_mode = random.whole(0, 3);
    c.cvl_icontroller_factor = random.between(0, 1);
    c.cvl_recovery_hold_sec = random.whole(0, 180);
    c.cvl_recovery_rate_v_per_sec = random.chance(0.1) ? 0 : random.between(0.0002, 0.01);
    c.switch_to_float_wait_for_sec = random.chance(0.1) ? 0 : random.whole(1, 1800);
    c.switch_to_float_cell_voltage_diff = random.chance(0.1) ? 10 : rounded(random.between(0.002, 0.06), 3);
    c.switch_to_float_cell_voltage_deviation = rounded(random.between(0, 0.01), 3);
    c.switch_to_bulk_soc_threshold = random.chance(0.1) ? 0 : random.whole(1, 100);
    const double least = c.switch_to_float_cell_voltage_diff + c.switch_to_float_cell_voltage_deviation + 0.01;
    c.switch_to_bulk_cell_voltage_diff = random.chance(0.2) || least > 9 ? 10 : rounded(random.between(least, 0.3), 3);
    c.soc_calculation = random.chance(0.3);
    c.use_bms_dvcc_values = random.chance(0.2);
    c.block_on_disconnect = random.chance(0.3);
    c.block_on_disconnect_timeout_minutes = random.whole(1, 60);
    c.bms_cable_alarm = random.chance(0.8);
}

void random_limits(Random& random, Config& c, Chemistry chemistry)
{
    const CellVoltages& v = voltages(chemistry);
    c.max_battery_charge_current = random.chance(0.03) ? 0 : rounded(random.between(1, 300), 1);
    c.max_battery_discharge_current = random.chance(0.03) ? 0 : rounded(random.between(1, 300), 1);
    c.charge_mode = random.whole(1, 2);
    c.cvl_recalculation_every = random.whole(0, 120);
    c.cvl_recalculation_on_max_percentage_change = random.whole(0, 100);
    c.cccm_cv_enable = random.chance(0.8);
    c.dccm_cv_enable = random.chance(0.8);
    c.cccm_t_enable = random.chance(0.8);
    c.dccm_t_enable = random.chance(0.8);
    c.cccm_t_mosfet_enable = random.chance(0.8);
    c.dccm_t_mosfet_enable = random.chance(0.8);
    c.cccm_soc_enable = random.chance(0.5);
    c.dccm_soc_enable = random.chance(0.5);
    if (random.chance(0.5)) {
        random_curve(random, v.floating - 0.1, v.overcharged, c.cell_voltages_while_charging,
                     c.max_charge_current_cv_fraction);
        random_curve(random, v.cut_off, v.low + 0.3, c.cell_voltages_while_discharging,
                     c.max_discharge_current_cv_fraction);
    }
    if (random.chance(0.5)) {
        random_curve(random, -20, 60, c.temperatures_while_charging, c.max_charge_current_t_fraction);
        random_curve(random, -20, 60, c.temperatures_while_discharging, c.max_discharge_current_t_fraction);
        random_curve(random, 20, 100, c.mosfet_temperatures_while_charging, c.max_charge_current_t_mosfet_fraction);
        random_curve(random, 20, 100, c.mosfet_temperatures_while_discharging,
                     c.max_discharge_current_t_mosfet_fraction);
        random_curve(random, 0, 100, c.soc_while_charging, c.max_charge_current_soc_fraction);
        random_curve(random, 0, 100, c.soc_while_discharging, c.max_discharge_current_soc_fraction);
    }
}

void random_recovery(Random& random, Config& c)
{
    c.charge_current_recovery_threshold_percent = random.between(0, 0.1);
    c.discharge_current_recovery_threshold_percent = random.between(0, 0.1);
    c.ccl_recovery_hold_sec = random.whole(0, 90);
    c.dcl_recovery_hold_sec = random.whole(0, 90);
    c.ccl_recovery_rate_a_per_sec = random.chance(0.1) ? 0 : random.between(0.1, 20);
    c.dcl_recovery_rate_a_per_sec = random.chance(0.1) ? 0 : random.between(0.1, 20);
    c.temperature_source_battery.clear();
    for (std::int64_t sensor = 1; sensor <= 4; ++sensor) {
        if (random.chance(0.7)) c.temperature_source_battery.push_back(sensor);
    }
    if (c.temperature_source_battery.empty()) c.temperature_source_battery.push_back(1);
    if (random.chance(0.2)) c.temperature_1_adjust = {random.between(-5, 5), random.between(0.9, 1.1)};
    if (random.chance(0.2)) c.temperature_mos_adjust = {random.between(-5, 5), random.between(0.9, 1.1)};
    if (random.chance(0.2)) c.current_measured_by_user = {-290, 305};
    c.midpoint_enable = random.chance(0.3);
    if (random.chance(0.3)) c.time_to_soc_points = {100, 80, 20, 0};
    c.history_enable = random.chance(0.9);
}

/// As the rules would do it with curves a user has left alone (R21 to R23).
void fit_first_points(Config& c)
{
    const double highest =
        c.soc_reset_after_days ? std::max(c.max_cell_voltage, c.soc_reset_cell_voltage) : c.max_cell_voltage;
    auto &charge = c.cell_voltages_while_charging, &discharge = c.cell_voltages_while_discharging;
    const bool falls = charge.front() > charge.back(), rises = discharge.front() < discharge.back();
    if (falls && c.max_charge_current_cv_fraction.front() == 0) charge.front() = std::max(charge.front(), highest);
    if (rises && c.max_discharge_current_cv_fraction.front() == 0)
        discharge.front() = std::min(discharge.front(), c.min_cell_voltage);
}

}  // namespace

Config fitting_config(Chemistry chemistry, double charge_current, double discharge_current)
{
    Config c = config::defaults();
    c.max_battery_charge_current = charge_current;
    c.max_battery_discharge_current = discharge_current;
    if (chemistry == Chemistry::lfp) return c;
    const CellVoltages& v = voltages(chemistry);
    const double up = v.charge - lfp_top, down = v.low - lfp_bottom;
    c.min_cell_voltage = v.low;
    c.max_cell_voltage = v.charge;
    c.float_cell_voltage = v.floating;
    c.soc_reset_cell_voltage = v.full;
    c.block_on_disconnect_voltage_min = 3.5;
    c.block_on_disconnect_voltage_max = v.floating;
    for (double& point : c.cell_voltages_while_charging) point = rounded(point + up, 3);
    for (double& point : c.cell_voltages_while_discharging) point = rounded(point + down, 3);
    return c;
}

Config random_config(Random& random, Chemistry chemistry)
{
    Config c = fitting_config(chemistry, 100, 100);
    random_voltages(random, c, chemistry);
    random_phases(random, c);
    random_limits(random, c, chemistry);
    random_recovery(random, c);
    fit_first_points(c);
    return c;
}

}  // namespace bmsd::sim
