#pragma once
// The defaults of the keys that control reads, and a battery that lives cycle by cycle, for the tests of this floor.
#include "config/config.h"
#include "control/controller.h"

namespace bmsd::control {

inline void default_voltages(config::Config& c)
{
    c.max_battery_charge_current = 50;
    c.max_battery_discharge_current = 60;
    c.min_cell_voltage = 2.9;
    c.max_cell_voltage = 3.45;
    c.float_cell_voltage = 3.375;
    c.soc_reset_cell_voltage = 3.65;
    c.current_reported_by_bms = {-300, 300};
    c.current_measured_by_user = {-300, 300};
    c.block_on_disconnect_timeout_minutes = 30;
    c.block_on_disconnect_voltage_min = 3.225;
    c.block_on_disconnect_voltage_max = 3.375;
    c.bms_cable_alarm = true;
    c.charge_mode = 1;
    c.cvl_recalculation_every = 60;
    c.cvl_recalculation_on_max_percentage_change = 33;
    c.cvl_recovery_hold_sec = 60;
    c.cvl_recovery_rate_v_per_sec = 0.001;
    c.cvcm_enable = true;
    c.switch_to_float_wait_for_sec = 900;
    c.switch_to_float_cell_voltage_diff = 0.01;
    c.switch_to_float_cell_voltage_deviation = 0.003;
    c.switch_to_bulk_soc_threshold = 80;
    c.switch_to_bulk_cell_voltage_diff = 0.08;
    c.cvl_controller_mode = 1;
    c.cvl_icontroller_factor = 0.2;
}

inline config::Config default_config()
{
    config::Config c;
    default_voltages(c);
    c.cccm_cv_enable = true;
    c.dccm_cv_enable = true;
    c.cell_voltages_while_charging = {3.5, 3.45, 3.425, 3.4, 3.375};
    c.max_charge_current_cv_fraction = {0, 0.005, 0.05, 0.25, 1};
    c.cell_voltages_while_discharging = {2.8, 2.9, 3, 3.1, 3.19};
    c.max_discharge_current_cv_fraction = {0, 0.005, 0.05, 0.25, 1};
    c.cccm_t_enable = true;
    c.dccm_t_enable = true;
    c.temperatures_while_charging = {0, 2, 5, 10, 40, 45, 50, 55};
    c.max_charge_current_t_fraction = {0, 0.25, 0.5, 1, 1, 0.5, 0.25, 0};
    c.temperatures_while_discharging = {-10, 0, 5, 10, 40, 45, 50, 55};
    c.max_discharge_current_t_fraction = {0, 0.25, 0.5, 1, 1, 0.5, 0.25, 0};
    c.cccm_t_mosfet_enable = true;
    c.dccm_t_mosfet_enable = true;
    c.mosfet_temperatures_while_charging = {70, 80, 90};
    c.max_charge_current_t_mosfet_fraction = {1, 0.25, 0};
    c.mosfet_temperatures_while_discharging = {70, 80, 90};
    c.max_discharge_current_t_mosfet_fraction = {1, 0.25, 0};
    c.soc_while_charging = {98, 95, 90, 85};
    c.max_charge_current_soc_fraction = {0.1, 0.2, 0.5, 1};
    c.soc_while_discharging = {5, 10, 15, 20};
    c.max_discharge_current_soc_fraction = {0.1, 0.2, 0.5, 1};
    c.charge_current_recovery_threshold_percent = 0.015;
    c.discharge_current_recovery_threshold_percent = 0.015;
    c.ccl_recovery_hold_sec = 30;
    c.ccl_recovery_rate_a_per_sec = 5;
    c.dcl_recovery_hold_sec = 30;
    c.dcl_recovery_rate_a_per_sec = 5;
    c.time_to_go_enable = true;
    c.time_to_soc_value_type = 1;
    c.time_to_soc_recalculate_every = 60;
    c.history_enable = true;
    c.temperature_source_battery = {1, 2, 3, 4};
    c.temperature_1_name = "Temp 1";
    c.temperature_2_name = "Temp 2";
    c.temperature_3_name = "Temp 3";
    c.temperature_4_name = "Temp 4";
    c.temperature_1_adjust = {0, 1};
    c.temperature_2_adjust = {0, 1};
    c.temperature_3_adjust = {0, 1};
    c.temperature_4_adjust = {0, 1};
    c.temperature_mos_adjust = {0, 1};
    c.voltage_drop = 0;
    c.auto_reset_soc = true;
    c.soc_low_warning = 20;
    c.soc_low_alarm = 10;
    return c;
}

inline Cells cells_of(std::size_t count, double voltage)
{
    Cells cells;
    cells.assign(count, voltage);
    return cells;
}

/// 16 cells of 3.3 V, 100 Ah, 60 %, resting at 25 degC.
inline Telemetry healthy()
{
    Telemetry t;
    t.cell_count = 16;
    t.voltage = 52.8;
    t.current = 0;
    t.soc = 60;
    t.capacity = 100;
    t.cell_voltages = cells_of(16, 3.3);
    t.temperatures = {25.0, 26.0, std::nullopt, std::nullopt};
    t.temperature_mosfet = 30;
    t.charge_fet = t.discharge_fet = true;
    return t;
}

/// A Controller with its battery; time starts at 1000 s steady, 1,700,000,000 s wall.
struct Bench {
    explicit Bench(config::Config c = default_config(), Stored stored = {}, Facts facts = {})
        : config(std::move(c)), control(config, facts, stored, now)
    {
    }

    Now now{1000, 1.7e9};
    config::Config config;
    Telemetry telemetry = healthy();
    Input input;
    Controller control;
    Snapshot out;

    /// One cycle at the present time; then the time goes on.
    const Snapshot& cycle(bool good = true, double seconds = 1)
    {
        input.good = good;
        input.telemetry = &telemetry;
        control.step(input, now, out);
        now.steady += seconds;
        now.wall += seconds;
        return out;
    }
    const Snapshot& cycles(int count, bool good = true, double seconds = 1)
    {
        for (int i = 0; i < count; ++i) cycle(good, seconds);
        return out;
    }
};

}  // namespace bmsd::control
