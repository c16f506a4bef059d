#pragma once
// The configuration of the daemon. A member's name is its key in lower case; unit, default, range and text of each key
// stand once, in the schema (schema.cpp). A Config made by config::defaults() holds the defaults.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bmsd::config {

struct Config {
    // Logging
    std::string logging;
    // Battery current limits
    double max_battery_charge_current{};     // A
    double max_battery_discharge_current{};  // A
    // Cell voltages
    double min_cell_voltage{};    // V
    double max_cell_voltage{};    // V
    double float_cell_voltage{};  // V
    // SoC reset voltage / top balancing
    double soc_reset_cell_voltage{};                   // V
    std::optional<std::int64_t> soc_reset_after_days;  // days
    // SoC calculation
    bool soc_calculation{};
    std::vector<double> current_reported_by_bms;   // A
    std::vector<double> current_measured_by_user;  // A
    // Bluetooth
    std::vector<std::string> bluetooth_bms;
    bool bluetooth_use_polling{};
    bool bluetooth_force_reset_ble_stack{};
    bool bluetooth_use_usb{};
    // CAN
    std::vector<std::string> can_port;
    // Serial starter
    bool serial_starter_enabled{};
    // Daisy chain
    std::vector<std::string> battery_addresses;
    // BMS disconnect
    bool block_on_disconnect{};
    std::int64_t block_on_disconnect_timeout_minutes{};  // min
    double block_on_disconnect_voltage_min{};            // V
    double block_on_disconnect_voltage_max{};            // V
    bool bms_cable_alarm{};
    // External sensor
    std::optional<std::string> external_sensor_dbus_device;
    std::optional<std::string> external_sensor_dbus_path_current;
    std::optional<std::string> external_sensor_dbus_path_soc;
    // Charge mode
    std::int64_t charge_mode{};
    std::int64_t cvl_recalculation_every{};                     // s
    std::int64_t cvl_recalculation_on_max_percentage_change{};  // %
    std::int64_t cvl_recovery_hold_sec{};                       // s
    double cvl_recovery_rate_v_per_sec{};                       // V/s
    // Charge voltage limitation
    bool cvcm_enable{};
    std::int64_t switch_to_float_wait_for_sec{};      // s
    double switch_to_float_cell_voltage_diff{};       // V
    double switch_to_float_cell_voltage_deviation{};  // V
    std::int64_t switch_to_bulk_soc_threshold{};      // %
    double switch_to_bulk_cell_voltage_diff{};        // V
    // Cell voltage limitation (CVL)
    std::int64_t cvl_controller_mode{};
    double cvl_icontroller_factor{};  // V/Vs
    // Current limit by cell voltage
    bool cccm_cv_enable{};
    bool dccm_cv_enable{};
    std::vector<double> cell_voltages_while_charging;       // V
    std::vector<double> max_charge_current_cv_fraction;     // fraction
    std::vector<double> cell_voltages_while_discharging;    // V
    std::vector<double> max_discharge_current_cv_fraction;  // fraction
    // Current limit by temperature
    bool cccm_t_enable{};
    bool dccm_t_enable{};
    std::vector<double> temperatures_while_charging;       // degC
    std::vector<double> max_charge_current_t_fraction;     // fraction
    std::vector<double> temperatures_while_discharging;    // degC
    std::vector<double> max_discharge_current_t_fraction;  // fraction
    // Current limit by MOSFET temperature
    bool cccm_t_mosfet_enable{};
    bool dccm_t_mosfet_enable{};
    std::vector<double> mosfet_temperatures_while_charging;       // degC
    std::vector<double> max_charge_current_t_mosfet_fraction;     // fraction
    std::vector<double> mosfet_temperatures_while_discharging;    // degC
    std::vector<double> max_discharge_current_t_mosfet_fraction;  // fraction
    // Current limit by SoC
    bool cccm_soc_enable{};
    bool dccm_soc_enable{};
    std::vector<double> soc_while_charging;                  // %
    std::vector<double> max_charge_current_soc_fraction;     // fraction
    std::vector<double> soc_while_discharging;               // %
    std::vector<double> max_discharge_current_soc_fraction;  // fraction
    // CCL/DCL recovery
    double charge_current_recovery_threshold_percent{};     // fraction
    double discharge_current_recovery_threshold_percent{};  // fraction
    std::int64_t ccl_recovery_hold_sec{};                   // s
    double ccl_recovery_rate_a_per_sec{};                   // A/s
    std::int64_t dcl_recovery_hold_sec{};                   // s
    double dcl_recovery_rate_a_per_sec{};                   // A/s
    // Time to go / time to SoC
    bool time_to_go_enable{};
    std::vector<std::int64_t> time_to_soc_points;  // %
    std::int64_t time_to_soc_value_type{};
    std::int64_t time_to_soc_recalculate_every{};  // s
    bool time_to_soc_inc_from{};
    // History
    bool history_enable{};
    // Additional settings
    std::vector<std::string> bms_type;
    std::vector<std::string> excluded_devices;
    std::optional<double> poll_interval;  // s
    bool publish_config_values{};
    bool publish_battery_data_as_json{};
    std::int64_t battery_cell_data_format{};
    bool midpoint_enable{};
    std::vector<std::int64_t> temperature_source_battery;
    std::string temperature_1_name;
    std::string temperature_2_name;
    std::string temperature_3_name;
    std::string temperature_4_name;
    std::vector<double> temperature_1_adjust;    // degC, factor
    std::vector<double> temperature_2_adjust;    // degC, factor
    std::vector<double> temperature_3_adjust;    // degC, factor
    std::vector<double> temperature_4_adjust;    // degC, factor
    std::vector<double> temperature_mos_adjust;  // degC, factor
    bool gui_parameters_show_additional_info{};
    bool gui_install_customizations{};
    bool telemetry{};
    double voltage_drop{};  // V
    // BMS specific
    bool use_port_as_unique_id{};
    double battery_capacity{};  // Ah
    bool auto_reset_soc{};
    bool use_bms_dvcc_values{};
    double soc_low_warning{};  // %
    double soc_low_alarm{};    // %
    bool up16s_require_direct_connection{};
    std::int64_t invert_current_measurement{};
    std::int64_t greenmeter_address{};
    std::int64_t lipro_start_address{};
    std::int64_t lipro_end_address{};
    std::int64_t lipro_cell_count{};
    std::int64_t ubms_can_module_series{};
    std::int64_t ubms_can_module_parallel{};
    // MQTT battery
    std::vector<std::string> mqtt_topic;
    std::string mqtt_broker_address;
    std::int64_t mqtt_broker_port{};
    bool mqtt_tls_enabled{};
    std::optional<std::string> mqtt_tls_path_to_ca;
    bool mqtt_tls_insecure{};
    std::optional<std::string> mqtt_username;
    std::optional<std::string> mqtt_password;
    // MQTT virtual battery
    std::vector<std::string> mqtt_virtual_topics;
    std::vector<std::string> mqtt_virtual_names;
    std::vector<std::int64_t> mqtt_virtual_instances;
    std::int64_t mqtt_virtual_timeout{};       // s
    std::int64_t mqtt_virtual_remove_after{};  // s
    bool mqtt_virtual_ttg{};
    double mqtt_virtual_ttg_soc{};          // %
    std::int64_t mqtt_virtual_ttg_every{};  // s
    // MQTT output
    bool mqtt_publish{};
    std::optional<std::string> mqtt_publish_broker;
    std::string mqtt_prefix;
    double mqtt_publish_interval{};  // s
    std::string mqtt_publish_cells;
    bool mqtt_allow_control{};
    bool mqtt_home_assistant{};
    std::string mqtt_home_assistant_prefix;
    std::vector<std::string> mqtt_aliases;  // "unique id = alias"
    // Notifications
    std::optional<std::string> notify_url;
    std::string notify_format;
    std::vector<std::string> notify_headers;
    // Raw capture
    bool bms_capture_raw_data{};
    std::int64_t bms_capture_raw_data_max_size_mb{};   // MiB
    std::int64_t bms_capture_raw_data_backup_count{};  // files

    // Battery bank: members
    std::string aggregate_enable;
    std::int64_t aggregate_instance{};
    std::string aggregate_select;
    std::vector<std::string> aggregate_include;
    std::vector<std::string> aggregate_exclude;
    std::int64_t aggregate_expected_batteries{};
    std::int64_t aggregate_startup_wait{};  // s
    std::int64_t aggregate_member_grace{};  // s
    std::int64_t aggregate_min_online{};
    std::string aggregate_on_member_lost;
    std::int64_t aggregate_forget_days{};
    std::int64_t aggregate_update_interval{};  // s
    std::int64_t aggregate_log_period{};       // s
    double aggregate_capacity{};               // Ah
    std::string aggregate_temperature;
    std::string aggregate_soc_mode;
    bool aggregate_send_cell_voltages{};
    bool aggregate_member_page{};
    std::vector<std::string> aggregate_series;
    std::vector<std::string> aggregate_overrides;
    std::vector<std::string> aggregate_fallbacks;
    std::vector<std::string> aggregate_virtual;  // "NAME line", in the order of the file
    // Battery bank: limits
    std::string aggregate_charge_control;
    std::string aggregate_cvl_mode;
    double aggregate_cvl_ramp_down{};  // V/s
    double aggregate_rebulk_share{};
    std::int64_t aggregate_rebulk_delay{};  // s
    bool aggregate_sync_soc_reset{};
    std::string aggregate_share_method;
    double aggregate_ir_max_error{};
    double aggregate_ir_min_voltage_change{};  // V
    std::string aggregate_blocked_member;
    double aggregate_max_charge_current{};     // A
    double aggregate_max_discharge_current{};  // A
    bool aggregate_apply_dvcc_limits{};
    bool aggregate_overcurrent_guard{};
    // Battery bank: source of the current
    std::string aggregate_current_source;
    std::vector<std::string> aggregate_victron_classes;
    std::vector<std::string> aggregate_shunts;
    bool aggregate_invert_shunts{};
    // Battery bank: own SoC and charge control
    bool aggregate_zero_soc{};
    double aggregate_max_cell_voltage_soc_full{};   // V
    double aggregate_min_cell_voltage_soc_empty{};  // V
    double aggregate_charge_save_precision{};
    double aggregate_battery_efficiency{};
    double aggregate_balancing_voltage{};                           // V a cell
    std::int64_t aggregate_balancing_repetition{};                  // days
    std::vector<double> aggregate_charge_voltage_list;              // V a cell, January first
    double aggregate_max_cell_voltage{};                            // V
    double aggregate_min_cell_voltage{};                            // V
    double aggregate_min_cell_hysteresis{};                         // V
    double aggregate_cell_diff_max{};                               // V
    std::vector<double> aggregate_cell_charge_limiting_voltage;     // V
    std::vector<double> aggregate_cell_charge_limited_current;      // fraction
    std::vector<double> aggregate_cell_discharge_limiting_voltage;  // V
    std::vector<double> aggregate_cell_discharge_limited_current;   // fraction
    bool aggregate_control_feed_in{};
    // HTTP server
    std::string web_listen;  // "auto", an address and port, or nothing
    std::vector<std::string> web_allowed_hosts;
    std::vector<std::string> web_trusted_proxies;
    std::vector<std::string> web_frame_ancestors;
    bool web_read_login{};
    // InfluxDB
    std::optional<std::string> influx_url;
    std::int64_t influx_version{};
    std::string influx_bucket;
    std::optional<std::string> influx_org;
    std::optional<std::string> influx_token;
    std::optional<std::string> influx_username;
    std::optional<std::string> influx_password;
    std::optional<std::string> influx_tls_path_to_ca;
    bool influx_tls_insecure{};
    std::int64_t influx_interval{};  // s
    std::string influx_layout;
    std::int64_t influx_buffer{};          // KiB
    std::vector<std::string> influx_tags;  // "name=value"

    bool operator==(const Config&) const = default;
    // CAN output
    std::optional<std::string> can_output_interface;
    std::optional<std::string> can_output_profile;
    std::optional<std::string> can_output_battery;
    double can_output_force_charge_soc{};  // %; 0: never
};

}  // namespace bmsd::config
