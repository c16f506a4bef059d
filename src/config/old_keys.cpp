// Tables of what older releases of the reference driver called and did differently (core/config.md sections 6 to 9).
#include "config/old_keys.h"

#include <algorithm>

#include "config/text.h"

namespace bmsd::config {
namespace {

// Of several old names for one key the later one counts, so the order of the releases matters here.
constexpr OldKey renamed[]{
    {"TEMPERATURE_LIMITS_WHILE_CHARGING", "TEMPERATURES_WHILE_CHARGING", Conversion::as_is, "1.2.20240219"},
    {"TEMPERATURE_LIMITS_WHILE_DISCHARGING", "TEMPERATURES_WHILE_DISCHARGING", Conversion::as_is, "1.2.20240219"},
    {"CC_SOC_LIMIT1", "SOC_WHILE_CHARGING", Conversion::curve, "1.2.20240219"},
    {"CC_SOC_LIMIT2", "SOC_WHILE_CHARGING", Conversion::curve, "1.2.20240219"},
    {"CC_SOC_LIMIT3", "SOC_WHILE_CHARGING", Conversion::curve, "1.2.20240219"},
    {"CC_CURRENT_LIMIT1_FRACTION", "MAX_CHARGE_CURRENT_SOC_FRACTION", Conversion::curve, "1.2.20240219"},
    {"CC_CURRENT_LIMIT2_FRACTION", "MAX_CHARGE_CURRENT_SOC_FRACTION", Conversion::curve, "1.2.20240219"},
    {"CC_CURRENT_LIMIT3_FRACTION", "MAX_CHARGE_CURRENT_SOC_FRACTION", Conversion::curve, "1.2.20240219"},
    {"DC_SOC_LIMIT1", "SOC_WHILE_DISCHARGING", Conversion::curve, "1.2.20240219"},
    {"DC_SOC_LIMIT2", "SOC_WHILE_DISCHARGING", Conversion::curve, "1.2.20240219"},
    {"DC_SOC_LIMIT3", "SOC_WHILE_DISCHARGING", Conversion::curve, "1.2.20240219"},
    {"DC_CURRENT_LIMIT1_FRACTION", "MAX_DISCHARGE_CURRENT_SOC_FRACTION", Conversion::curve, "1.2.20240219"},
    {"DC_CURRENT_LIMIT2_FRACTION", "MAX_DISCHARGE_CURRENT_SOC_FRACTION", Conversion::curve, "1.2.20240219"},
    {"DC_CURRENT_LIMIT3_FRACTION", "MAX_DISCHARGE_CURRENT_SOC_FRACTION", Conversion::curve, "1.2.20240219"},
    {"TIME_TO_SOC_LOOP_CYCLES", "TIME_TO_SOC_RECALCULATE_EVERY", Conversion::at_least_5, "1.0.20230531"},
    {"BULK_CELL_VOLTAGE", "SOC_RESET_CELL_VOLTAGE", Conversion::as_is, "1.0.20230927"},
    {"BULK_AFTER_DAYS", "SOC_RESET_AFTER_DAYS", Conversion::as_is, "1.0.20230927"},
    {"SOC_RESET_VOLTAGE", "SOC_RESET_CELL_VOLTAGE", Conversion::as_is, "2.0.20250502"},
    {"HELTEC_MODBUS_ADDR", "BATTERY_ADDRESSES", Conversion::decimal_addresses, "1.4.20240714"},
    {"MODBUS_ADDRESSES", "BATTERY_ADDRESSES", Conversion::as_is, "2.0.20241202"},
    {"SEPLOS_USE_BMS_VALUES", "USE_BMS_DVCC_VALUES", Conversion::as_is, "2.0.20241202"},
    {"FELICITY_USE_BMS_VALUES", "USE_BMS_DVCC_VALUES", Conversion::as_is, "2.0.20241203"},
    {"SOC_CALC_CURRENT_REPORTED_BY_BMS", "CURRENT_REPORTED_BY_BMS", Conversion::as_is, "2.0.20241211"},
    {"SOC_CALC_CURRENT_MEASURED_BY_USER", "CURRENT_MEASURED_BY_USER", Conversion::as_is, "2.0.20241211"},
    {"EXTERNAL_CURRENT_SENSOR_DBUS_DEVICE", "EXTERNAL_SENSOR_DBUS_DEVICE", Conversion::as_is, "2.0.20241217"},
    {"EXTERNAL_CURRENT_SENSOR_DBUS_PATH", "EXTERNAL_SENSOR_DBUS_PATH_CURRENT", Conversion::as_is, "2.0.20241217"},
    {"TEMP_BATTERY", "TEMPERATURE_SOURCE_BATTERY", Conversion::sensors, "2.0.20241218"},
    {"TEMP_1_NAME", "TEMPERATURE_1_NAME", Conversion::as_is, "2.0.20241218"},
    {"TEMP_2_NAME", "TEMPERATURE_2_NAME", Conversion::as_is, "2.0.20241218"},
    {"TEMP_3_NAME", "TEMPERATURE_3_NAME", Conversion::as_is, "2.0.20241218"},
    {"TEMP_4_NAME", "TEMPERATURE_4_NAME", Conversion::as_is, "2.0.20241218"},
    {"SOC_LEVEL_TO_RESET_VOLTAGE_LIMIT", "SWITCH_TO_BULK_SOC_THRESHOLD", Conversion::as_is, "2.0.20250103"},
    {"LINEAR_LIMITATION_ENABLE", "CHARGE_MODE", Conversion::charge_mode, "2.0.20250107"},
    {"LINEAR_RECALCULATION_EVERY", "CVL_RECALCULATION_EVERY", Conversion::as_is, "2.0.20250107"},
    {"LINEAR_RECALCULATION_ON_PERC_CHANGE", "CVL_RECALCULATION_ON_MAX_PERCENTAGE_CHANGE", Conversion::as_is,
     "2.0.20250107"},
    {"MAX_VOLTAGE_TIME_SEC", "SWITCH_TO_FLOAT_WAIT_FOR_SEC", Conversion::as_is, "2.0.20250107"},
    {"CELL_VOLTAGE_DIFF_KEEP_MAX_VOLTAGE_UNTIL", "SWITCH_TO_FLOAT_CELL_VOLTAGE_DIFF", Conversion::as_is,
     "2.0.20250107"},
    {"CELL_VOLTAGE_DIFF_KEEP_MAX_VOLTAGE_TIME_RESTART", "SWITCH_TO_FLOAT_CELL_VOLTAGE_DEVIATION", Conversion::surplus,
     "2.0.20250107"},
    {"CELL_VOLTAGE_DIFF_TO_RESET_VOLTAGE_LIMIT", "SWITCH_TO_BULK_CELL_VOLTAGE_DIFF", Conversion::as_is, "2.0.20250107"},
    {"CVL_ICONTROLLER_MODE", "CVL_CONTROLLER_MODE", Conversion::controller_mode, "2.0.20250107"},
};

constexpr RemovedKey gone[]{
    {"PENALTY_AT_CELL_VOLTAGE", "1.0.20230531", "replaced by automatic CVL control"},
    {"PENALTY_BATTERY_VOLTAGE", "1.0.20230531", "replaced by automatic CVL control"},
    {"PENALTY_RECALCULATE_EVERY", "1.0.20230531", "replaced by automatic CVL control"},
    {"CUSTOM_BATTERY_NAMES", "1.0.20231128", "set the name in the GUI; it is stored by the settings service"},
    {"CAN_SPEED", "1.5.20241125", "set the bit rate in the CAN profile of the GX device"},
    {"JKBMS_CAN_CELL_COUNT", "2.0.20241203", "the cell count is detected"},
    {"SOC_RESET_CURRENT", "2.0.20241211", "SoC is set to 100 % when the battery switches to float"},
    {"SOC_RESET_TIME", "2.0.20241211", "SoC is set to 100 % when the battery switches to float"},
};

constexpr OldValue values[]{
    {"BMS_TYPE", "Ant", "ANT", "1.1.20240121"},
    {"BMS_TYPE", "Lifepower", "EG4_Lifepower", "1.3.20240625"},
    {"PUBLISH_CONFIG_VALUES", "1", "True", "1.1.20231223"},
    {"PUBLISH_CONFIG_VALUES", "0", "False", "1.1.20231223"},
};

constexpr OldDefault old_defaults[]{
    {"FLOAT_CELL_VOLTAGE", "1.0.0beta20230426", "3.35"},
    {"FLOAT_CELL_VOLTAGE", "1.0.0beta20230503", "3.375"},
    {"BLOCK_ON_DISCONNECT_TIMEOUT_MINUTES", "1.4.20240928", "20"},
    {"BLOCK_ON_DISCONNECT_TIMEOUT_MINUTES", "2.1 dev", "30"},
    {"BLOCK_ON_DISCONNECT_VOLTAGE_MIN", "1.4.20240928", "3.25"},
    {"BLOCK_ON_DISCONNECT_VOLTAGE_MIN", "2.1 dev", "3.225"},
    {"BLOCK_ON_DISCONNECT_VOLTAGE_MAX", "1.4.20240928", "3.35"},
    {"BLOCK_ON_DISCONNECT_VOLTAGE_MAX", "2.1 dev", "3.375"},
    {"CVCM_ENABLE", "1.0.0beta20230426", "False"},
    {"CVCM_ENABLE", "1.0.0beta20230501", "True"},
    {"CVL_CONTROLLER_MODE", "2.0.20250207beta", "0"},
    {"CVL_CONTROLLER_MODE", "2.0.20250718rc", "1"},
    {"CELL_VOLTAGES_WHILE_CHARGING", "1.0.0beta20230426", "3.55, 3.50, 3.45, 3.30"},
    {"CELL_VOLTAGES_WHILE_CHARGING", "2.0.20250207beta", "3.500, 3.450, 3.425, 3.400, 3.375"},
    {"MAX_CHARGE_CURRENT_CV_FRACTION", "1.0.0beta20230426", "0, 0.05, 0.5, 1"},
    {"MAX_CHARGE_CURRENT_CV_FRACTION", "2.0.20250207beta", "0.000, 0.005, 0.050, 0.250, 1.000"},
    {"CELL_VOLTAGES_WHILE_DISCHARGING", "1.0.0beta20230426", "2.70, 2.80, 2.90, 3.10"},
    {"CELL_VOLTAGES_WHILE_DISCHARGING", "2.0.20250207beta", "2.800, 2.900, 3.000, 3.100, 3.190"},
    {"MAX_DISCHARGE_CURRENT_CV_FRACTION", "1.0.0beta20230426", "0, 0.1, 0.5, 1"},
    {"MAX_DISCHARGE_CURRENT_CV_FRACTION", "2.0.20250207beta", "0.000, 0.005, 0.050, 0.250, 1.000"},
    {"TEMPERATURES_WHILE_CHARGING", "1.2.20240219beta", "0, 2, 5, 10, 15, 20, 35, 40, 55"},
    {"TEMPERATURES_WHILE_CHARGING", "2.0.20250207beta", "0, 2, 5, 10, 40, 45, 50, 55"},
    {"MAX_CHARGE_CURRENT_T_FRACTION", "1.0.0beta20230426", "0, 0.1, 0.2, 0.4, 0.8, 1, 1, 0.4, 0"},
    {"MAX_CHARGE_CURRENT_T_FRACTION", "1.2.20240219beta", "0.00, 0.10, 0.20, 0.40, 0.80, 1.00, 1.00, 0.40, 0.00"},
    {"MAX_CHARGE_CURRENT_T_FRACTION", "2.0.20250207beta", "0.00, 0.25, 0.50, 1.00, 1.00, 0.50, 0.25, 0.00"},
    {"TEMPERATURES_WHILE_DISCHARGING", "1.2.20240219beta", "-20, 0, 5, 10, 15, 45, 55"},
    {"TEMPERATURES_WHILE_DISCHARGING", "2.0.20250207beta", "-10, 0, 5, 10, 40, 45, 50, 55"},
    {"MAX_DISCHARGE_CURRENT_T_FRACTION", "1.0.0beta20230426", "0, 0.2, 0.3, 0.4, 1, 1, 0"},
    {"MAX_DISCHARGE_CURRENT_T_FRACTION", "1.2.20240219beta", "0.00, 0.20, 0.30, 0.40, 1.00, 1.00, 0.00"},
    {"MAX_DISCHARGE_CURRENT_T_FRACTION", "2.0.20250207beta", "0.00, 0.25, 0.50, 1.00, 1.00, 0.50, 0.25, 0.00"},
    {"CCCM_SOC_ENABLE", "1.0.0beta20230426", "True"},
    {"CCCM_SOC_ENABLE", "1.2.20240408", "False"},
    {"DCCM_SOC_ENABLE", "1.0.0beta20230426", "True"},
    {"DCCM_SOC_ENABLE", "1.2.20240408", "False"},
    {"SOC_WHILE_CHARGING", "1.2.20240219beta", "100, 95, 90, 85"},
    {"SOC_WHILE_CHARGING", "1.2.20240408", "98, 95, 90, 85"},
    {"MAX_CHARGE_CURRENT_SOC_FRACTION", "1.2.20240219beta", "0.00, 0.15, 0.50, 1.00"},
    {"MAX_CHARGE_CURRENT_SOC_FRACTION", "1.2.20240408", "0.10, 0.20, 0.50, 1.00"},
    {"SOC_WHILE_DISCHARGING", "1.2.20240219beta", "0, 5, 10, 15, 20"},
    {"SOC_WHILE_DISCHARGING", "1.2.20240408", "5, 10, 15, 20"},
    {"MAX_DISCHARGE_CURRENT_SOC_FRACTION", "1.2.20240219beta", "0.00, 0.10, 0.20, 0.50, 1.00"},
    {"MAX_DISCHARGE_CURRENT_SOC_FRACTION", "1.2.20240408", "0.10, 0.20, 0.50, 1.00"},
    {"PUBLISH_CONFIG_VALUES", "1.0.0beta20230426", "1"},
    {"PUBLISH_CONFIG_VALUES", "1.1.20231224beta", "True"},
    {"PUBLISH_CONFIG_VALUES", "1.3.20240615beta", "False"},
    {"BATTERY_CAPACITY", "1.0.0beta20230426", "50"},
    {"BATTERY_CAPACITY", "2.1 dev", "99"},
};

}  // namespace

std::span<const OldKey> old_keys()
{
    return renamed;
}

const OldKey* find_old(std::string_view name)
{
    const auto found = std::ranges::find_if(renamed, [&](const OldKey& old) { return same_letters(old.name, name); });
    return found == std::end(renamed) ? nullptr : found;
}

std::span<const RemovedKey> removed_keys()
{
    return gone;
}

const RemovedKey* find_removed(std::string_view name)
{
    const auto found = std::ranges::find_if(gone, [&](const RemovedKey& old) { return same_letters(old.name, name); });
    return found == std::end(gone) ? nullptr : found;
}

std::span<const OldValue> old_values()
{
    return values;
}

std::string_view new_value(std::string_view key, std::string_view old)
{
    for (const OldValue& value : values) {
        if (value.key == key && value.old == old) return value.renamed;
    }
    return old;
}

std::vector<const OldDefault*> defaults_of(std::string_view key)
{
    std::vector<const OldDefault*> history;
    for (const OldDefault& row : old_defaults) {
        if (row.key == key) history.push_back(&row);
    }
    return history;
}

}  // namespace bmsd::config
