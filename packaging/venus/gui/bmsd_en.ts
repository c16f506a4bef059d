<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name></name>
    <message id="bmsd_alarm_bms_cable">
        <source>BMS cable</source>
        <translation>BMS cable</translation>
    </message>
    <message id="bmsd_alarm_cell_imbalance">
        <source>Cell imbalance</source>
        <translation>Cell imbalance</translation>
    </message>
    <message id="bmsd_alarm_contactor">
        <source>Contactor</source>
        <translation>Contactor</translation>
    </message>
    <message id="bmsd_alarm_fuse_blown">
        <source>Fuse blown</source>
        <translation>Fuse blown</translation>
    </message>
    <message id="bmsd_alarm_high_cell_voltage">
        <source>High cell voltage</source>
        <translation>High cell voltage</translation>
    </message>
    <message id="bmsd_alarm_high_charge_current">
        <source>High charge current</source>
        <translation>High charge current</translation>
    </message>
    <message id="bmsd_alarm_high_charge_temperature">
        <source>High charge temperature</source>
        <translation>High charge temperature</translation>
    </message>
    <message id="bmsd_alarm_high_current">
        <source>High current</source>
        <translation>High current</translation>
    </message>
    <message id="bmsd_alarm_high_discharge_current">
        <source>High discharge current</source>
        <translation>High discharge current</translation>
    </message>
    <message id="bmsd_alarm_high_internal_temperature">
        <source>High internal temperature</source>
        <translation>High internal temperature</translation>
    </message>
    <message id="bmsd_alarm_high_starter_voltage">
        <source>High starter voltage</source>
        <translation>High starter voltage</translation>
    </message>
    <message id="bmsd_alarm_high_temperature">
        <source>High temperature</source>
        <translation>High temperature</translation>
    </message>
    <message id="bmsd_alarm_high_voltage">
        <source>High voltage</source>
        <translation>High voltage</translation>
    </message>
    <message id="bmsd_alarm_internal_failure">
        <source>Internal failure</source>
        <translation>Internal failure</translation>
    </message>
    <message id="bmsd_alarm_low_cell_voltage">
        <source>Low cell voltage</source>
        <translation>Low cell voltage</translation>
    </message>
    <message id="bmsd_alarm_low_charge_temperature">
        <source>Low charge temperature</source>
        <translation>Low charge temperature</translation>
    </message>
    <message id="bmsd_alarm_low_soc">
        <source>Low SoC</source>
        <translation>Low SoC</translation>
    </message>
    <message id="bmsd_alarm_low_starter_voltage">
        <source>Low starter voltage</source>
        <translation>Low starter voltage</translation>
    </message>
    <message id="bmsd_alarm_low_temperature">
        <source>Low temperature</source>
        <translation>Low temperature</translation>
    </message>
    <message id="bmsd_alarm_low_voltage">
        <source>Low voltage</source>
        <translation>Low voltage</translation>
    </message>
    <message id="bmsd_alarm_mid_voltage">
        <source>Mid-point voltage</source>
        <translation>Mid-point voltage</translation>
    </message>
    <message id="bmsd_alarm_state_of_health">
        <source>State of health</source>
        <translation>State of health</translation>
    </message>
    <message id="bmsd_alarm_temperature_sensor">
        <source>Battery temperature sensor</source>
        <translation>Battery temperature sensor</translation>
    </message>
    <message id="bmsd_alarms">
        <source>Alarms</source>
        <translation>Alarms</translation>
    </message>
    <message id="bmsd_allow_to">
        <source>Allow to</source>
        <translation>Allow to</translation>
    </message>
    <message id="bmsd_allow_to_balance">
        <source>Allow to balance</source>
        <translation>Allow to balance</translation>
    </message>
    <message id="bmsd_allow_to_charge">
        <source>Allow to charge</source>
        <translation>Allow to charge</translation>
    </message>
    <message id="bmsd_allow_to_discharge">
        <source>Allow to discharge</source>
        <translation>Allow to discharge</translation>
    </message>
    <message id="bmsd_allow_to_heat">
        <source>Allow to heat</source>
        <translation>Allow to heat</translation>
    </message>
    <message id="bmsd_attention">
        <source>Attention</source>
        <translation>Attention</translation>
    </message>
    <message id="bmsd_balance">
        <source>Balance</source>
        <translation>Balance</translation>
    </message>
    <message id="bmsd_battery">
        <source>Battery</source>
        <translation>Battery</translation>
    </message>
    <message id="bmsd_between">
        <source>between %1 = %2 and %3 = %4</source>
        <translation>between %1 = %2 and %3 = %4</translation>
    </message>
    <message id="bmsd_ccl">
        <source>Charge Current Limit (CCL)</source>
        <translation>Charge Current Limit (CCL)</translation>
    </message>
    <message id="bmsd_cell_balances">
        <source>%1 · B</source>
        <translation>%1 · B</translation>
    </message>
    <message id="bmsd_cell_max">
        <source>Cell max</source>
        <translation>Cell max</translation>
    </message>
    <message id="bmsd_cell_min">
        <source>Cell min</source>
        <translation>Cell min</translation>
    </message>
    <message id="bmsd_cell_voltages">
        <source>Cell voltages</source>
        <translation>Cell voltages</translation>
    </message>
    <message id="bmsd_cells_legend">
        <source>Number, voltage, difference to the mean. B: the cell balances; blue: it is the lowest, red: the highest, orange: one between. A difference is red above +5 %, blue below -5 % of the mean.</source>
        <translation>Number, voltage, difference to the mean. B: the cell balances; blue: it is the lowest, red: the highest, orange: one between. A difference is red above +5 %, blue below -5 % of the mean.</translation>
    </message>
    <message id="bmsd_cells_n">
        <source>Cells %1-%2</source>
        <translation>Cells %1-%2</translation>
    </message>
    <message id="bmsd_cells_title">
        <source>bmsd - Cells</source>
        <translation>bmsd - Cells</translation>
    </message>
    <message id="bmsd_charge">
        <source>Charge</source>
        <translation>Charge</translation>
    </message>
    <message id="bmsd_charge_mode">
        <source>Charge Mode</source>
        <translation>Charge Mode</translation>
    </message>
    <message id="bmsd_connected">
        <source>Connected</source>
        <translation>Connected</translation>
    </message>
    <message id="bmsd_connected_errors">
        <source>Connected; %1 errors in the last %2</source>
        <translation>Connected; %1 errors in the last %2</translation>
    </message>
    <message id="bmsd_connection">
        <source>Connection</source>
        <translation>Connection</translation>
    </message>
    <message id="bmsd_current">
        <source>Current</source>
        <translation>Current</translation>
    </message>
    <message id="bmsd_current_avg">
        <source>Current avg</source>
        <translation>Current avg</translation>
    </message>
    <message id="bmsd_cvl">
        <source>Charge Voltage Limit (CVL)</source>
        <translation>Charge Voltage Limit (CVL)</translation>
    </message>
    <message id="bmsd_dcl">
        <source>Discharge Current Limit (DCL)</source>
        <translation>Discharge Current Limit (DCL)</translation>
    </message>
    <message id="bmsd_debug">
        <source>Debug data</source>
        <translation>Debug data</translation>
    </message>
    <message id="bmsd_debug_bulk">
        <source>Requirements to switch to bulk</source>
        <translation>Requirements to switch to bulk</translation>
    </message>
    <message id="bmsd_debug_float">
        <source>Requirements to switch to float</source>
        <translation>Requirements to switch to float</translation>
    </message>
    <message id="bmsd_debug_general">
        <source>General values</source>
        <translation>General values</translation>
    </message>
    <message id="bmsd_diff">
        <source>Diff</source>
        <translation>Diff</translation>
    </message>
    <message id="bmsd_discharge">
        <source>Discharge</source>
        <translation>Discharge</translation>
    </message>
    <message id="bmsd_error_internal">
        <source>Many internal errors (#8). The log of bmsd names them.</source>
        <translation>Many internal errors (#8). The log of bmsd names them.</translation>
    </message>
    <message id="bmsd_error_n">
        <source>Error #%1</source>
        <translation>Error #%1</translation>
    </message>
    <message id="bmsd_error_settings">
        <source>The settings in config.ini have errors (#119). `bmsd config check` names them.</source>
        <translation>The settings in config.ini have errors (#119). `bmsd config check` names them.</translation>
    </message>
    <message id="bmsd_force_charging_off">
        <source>Force charging off</source>
        <translation>Force charging off</translation>
    </message>
    <message id="bmsd_force_discharging_off">
        <source>Force discharging off</source>
        <translation>Force discharging off</translation>
    </message>
    <message id="bmsd_heat">
        <source>Heat</source>
        <translation>Heat</translation>
    </message>
    <message id="bmsd_heater">
        <source>Heater</source>
        <translation>Heater</translation>
    </message>
    <message id="bmsd_heater_running">
        <source>Running</source>
        <translation>Running</translation>
    </message>
    <message id="bmsd_heater_start">
        <source>Temp start</source>
        <translation>Temp start</translation>
    </message>
    <message id="bmsd_heater_state">
        <source>State</source>
        <translation>State</translation>
    </message>
    <message id="bmsd_heater_stop">
        <source>Temp stop</source>
        <translation>Temp stop</translation>
    </message>
    <message id="bmsd_heater_stopped">
        <source>Stopped</source>
        <translation>Stopped</translation>
    </message>
    <message id="bmsd_initialising">
        <source>Nothing read of this battery yet</source>
        <translation>Nothing read of this battery yet</translation>
    </message>
    <message id="bmsd_io">
        <source>IO</source>
        <translation>IO</translation>
    </message>
    <message id="bmsd_legend">
        <source>How to read it</source>
        <translation>How to read it</translation>
    </message>
    <message id="bmsd_limit_in_force">
        <source>In force</source>
        <translation>In force</translation>
    </message>
    <message id="bmsd_limit_limited_by">
        <source>Limited by</source>
        <translation>Limited by</translation>
    </message>
    <message id="bmsd_limit_measured">
        <source>Measured</source>
        <translation>Measured</translation>
    </message>
    <message id="bmsd_limit_per_cell">
        <source>Per cell</source>
        <translation>Per cell</translation>
    </message>
    <message id="bmsd_limits_title">
        <source>bmsd - Limits</source>
        <translation>bmsd - Limits</translation>
    </message>
    <message id="bmsd_link_cycle_time">
        <source>Time of a cycle</source>
        <translation>Time of a cycle</translation>
    </message>
    <message id="bmsd_link_reconnects">
        <source>Reconnects</source>
        <translation>Reconnects</translation>
    </message>
    <message id="bmsd_link_refused">
        <source>Refused replies</source>
        <translation>Refused replies</translation>
    </message>
    <message id="bmsd_link_replies">
        <source>Replies</source>
        <translation>Replies</translation>
    </message>
    <message id="bmsd_link_timeouts">
        <source>Timeouts</source>
        <translation>Timeouts</translation>
    </message>
    <message id="bmsd_link_title">
        <source>bmsd - Link</source>
        <translation>bmsd - Link</translation>
    </message>
    <message id="bmsd_lost">
        <source>Lost for %1: the BMS does not answer, or not as it should. Given up in %2 (%3 in all).</source>
        <translation>Lost for %1: the BMS does not answer, or not as it should. Given up in %2 (%3 in all).</translation>
    </message>
    <message id="bmsd_max">
        <source>Max</source>
        <translation>Max</translation>
    </message>
    <message id="bmsd_mean">
        <source>Mean</source>
        <translation>Mean</translation>
    </message>
    <message id="bmsd_min">
        <source>Min</source>
        <translation>Min</translation>
    </message>
    <message id="bmsd_mosfet">
        <source>MOSFET</source>
        <translation>MOSFET</translation>
    </message>
    <message id="bmsd_no">
        <source>No</source>
        <translation>No</translation>
    </message>
    <message id="bmsd_no_battery">
        <source>No battery: bmsd does not publish it, or no longer. `bmsd doctor` on the device says why.</source>
        <translation>No battery: bmsd does not publish it, or no longer. `bmsd doctor` on the device says why.</translation>
    </message>
    <message id="bmsd_now">
        <source>now %1</source>
        <translation>now %1</translation>
    </message>
    <message id="bmsd_overview">
        <source>Overview</source>
        <translation>Overview</translation>
    </message>
    <message id="bmsd_overview_title">
        <source>bmsd - Overview</source>
        <translation>bmsd - Overview</translation>
    </message>
    <message id="bmsd_power">
        <source>Power</source>
        <translation>Power</translation>
    </message>
    <message id="bmsd_reset_soc_to">
        <source>Reset SoC to</source>
        <translation>Reset SoC to</translation>
    </message>
    <message id="bmsd_settings">
        <source>Settings</source>
        <translation>Settings</translation>
    </message>
    <message id="bmsd_settings_title">
        <source>bmsd - Settings</source>
        <translation>bmsd - Settings</translation>
    </message>
    <message id="bmsd_soc">
        <source>SoC</source>
        <translation>SoC</translation>
    </message>
    <message id="bmsd_star">
        <source>* held back: more would be right by now, and it rises again once that has lasted</source>
        <translation>* held back: more would be right by now, and it rises again once that has lasted</translation>
    </message>
    <message id="bmsd_sum">
        <source>Sum</source>
        <translation>Sum</translation>
    </message>
    <message id="bmsd_temp_n">
        <source>Temp %1</source>
        <translation>Temp %1</translation>
    </message>
    <message id="bmsd_temperatures">
        <source>Temperatures</source>
        <translation>Temperatures</translation>
    </message>
    <message id="bmsd_time_to_soc_n">
        <source>Time-to-SoC %1%</source>
        <translation>Time-to-SoC %1%</translation>
    </message>
    <message id="bmsd_time_to_soc_none">
        <source>No point is enabled in the configuration file (TIME_TO_SOC_POINTS).</source>
        <translation>No point is enabled in the configuration file (TIME_TO_SOC_POINTS).</translation>
    </message>
    <message id="bmsd_time_to_soc_title">
        <source>bmsd - Time to SoC</source>
        <translation>bmsd - Time to SoC</translation>
    </message>
    <message id="bmsd_turn_balancing_off">
        <source>Turn balancing off</source>
        <translation>Turn balancing off</translation>
    </message>
    <message id="bmsd_turn_heating_off">
        <source>Turn heating off</source>
        <translation>Turn heating off</translation>
    </message>
    <message id="bmsd_v_per_cell">
        <source>V/cell</source>
        <translation>V/cell</translation>
    </message>
    <message id="bmsd_voltage">
        <source>Voltage</source>
        <translation>Voltage</translation>
    </message>
    <message id="bmsd_word_balancing">
        <source>Balancing</source>
        <translation>Balancing</translation>
    </message>
    <message id="bmsd_word_bms_settings">
        <source>BMS Settings</source>
        <translation>BMS Settings</translation>
    </message>
    <message id="bmsd_word_cell_ovp">
        <source>Cell OVP</source>
        <translation>Cell OVP</translation>
    </message>
    <message id="bmsd_word_cell_voltage">
        <source>Cell Voltage</source>
        <translation>Cell Voltage</translation>
    </message>
    <message id="bmsd_word_float_transition">
        <source>Float Transition</source>
        <translation>Float Transition</translation>
    </message>
    <message id="bmsd_word_heating">
        <source>Heating</source>
        <translation>Heating</translation>
    </message>
    <message id="bmsd_word_keep_max_voltage">
        <source>Keep always max voltage</source>
        <translation>Keep always max voltage</translation>
    </message>
    <message id="bmsd_word_linear_mode">
        <source>Linear Mode</source>
        <translation>Linear Mode</translation>
    </message>
    <message id="bmsd_word_max_charge_current">
        <source>Max Battery Charge Current</source>
        <translation>Max Battery Charge Current</translation>
    </message>
    <message id="bmsd_word_max_discharge_current">
        <source>Max Battery Discharge Current</source>
        <translation>Max Battery Discharge Current</translation>
    </message>
    <message id="bmsd_word_see_log">
        <source>Error, please check the logs!</source>
        <translation>Error, please check the logs!</translation>
    </message>
    <message id="bmsd_word_soc_reset">
        <source>SoC Reset</source>
        <translation>SoC Reset</translation>
    </message>
    <message id="bmsd_word_step_mode">
        <source>Step Mode</source>
        <translation>Step Mode</translation>
    </message>
    <message id="bmsd_word_temp">
        <source>Temp</source>
        <translation>Temp</translation>
    </message>
    <message id="bmsd_yes">
        <source>Yes</source>
        <translation>Yes</translation>
    </message>
</context>
</TS>
