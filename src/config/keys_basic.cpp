// Keys of the configuration: limits of a battery, ports, what happens when the BMS is lost, charge voltage.
#include "config/keys.h"

namespace bmsd::config {
namespace {

constexpr Key logging[]{
    {.name = "LOGGING",
     .member = &Config::logging,
     .initial = "INFO",
     .range = "ERROR|WARNING|INFO|DEBUG",
     .since = "1.0.20231010beta",
     .meaning = "Lowest level written to the log. Upper or lower case."},
};

constexpr Key battery_current_limits[]{
    {.name = "MAX_BATTERY_CHARGE_CURRENT",
     .member = &Config::max_battery_charge_current,
     .unit = "A",
     .initial = "50.0",
     .range = "0..2000",
     .since = "1.0.0 beta",
     .meaning = "Highest charge current of one battery. All charge fractions below are multiplied by it. Where "
                "the BMS reports a lower limit, that one counts."},
    {.name = "MAX_BATTERY_DISCHARGE_CURRENT",
     .member = &Config::max_battery_discharge_current,
     .unit = "A",
     .initial = "60.0",
     .range = "0..2000",
     .since = "1.0.0 beta",
     .meaning = "Highest discharge current of one battery. All discharge fractions below are multiplied by it. "
                "Where the BMS reports a lower limit, that one counts."},
};

constexpr Key cell_voltages[]{
    {.name = "MIN_CELL_VOLTAGE",
     .member = &Config::min_cell_voltage,
     .unit = "V",
     .initial = "2.900",
     .range = "1.0..5.0",
     .since = "1.0.0 beta",
     .meaning = "Times the number of cells: lowest voltage the charge voltage limit (CVL) may reach, and the low "
                "battery voltage shown to the inverter. With SOC_CALCULATION the SoC is 0 % at it. It does not "
                "cut off a discharge."},
    {.name = "MAX_CELL_VOLTAGE",
     .member = &Config::max_cell_voltage,
     .unit = "V",
     .initial = "3.450",
     .range = "1.0..5.0",
     .since = "1.0.0 beta",
     .meaning = "Times the number of cells: charge voltage limit (CVL) in bulk and absorption. A cell reading "
                "above twice this value is not believed."},
    {.name = "FLOAT_CELL_VOLTAGE",
     .member = &Config::float_cell_voltage,
     .unit = "V",
     .initial = "3.375",
     .range = "1.0..5.0",
     .since = "1.0.0 beta",
     .meaning = "Times the number of cells: charge voltage limit (CVL) in float."},
};

constexpr Key soc_reset_voltage[]{
    {.name = "SOC_RESET_CELL_VOLTAGE",
     .member = &Config::soc_reset_cell_voltage,
     .unit = "V",
     .initial = "3.650",
     .range = "1.0..5.0",
     .since = "2.0.20250718rc",
     .meaning = "Takes the place of MAX_CELL_VOLTAGE while a SoC reset (top balancing) is due."},
    {.name = "SOC_RESET_AFTER_DAYS",
     .member = &Config::soc_reset_after_days,
     .unit = "days",
     .initial = "",
     .range = "1..365 or empty",
     .empty = "disabled",
     .since = "1.0.20230927beta",
     .meaning = "Days between two SoC resets (charges up to SOC_RESET_CELL_VOLTAGE). The points of "
                "CELL_VOLTAGES_WHILE_CHARGING "
                "must allow a current up to there. Empty: none."},
};

constexpr Key soc_calculation[]{
    {.name = "SOC_CALCULATION",
     .member = &Config::soc_calculation,
     .initial = "False",
     .since = "1.1.20231224beta",
     .meaning = "True: the SoC is counted here from the current. False: the SoC of the BMS."},
    {.name = "CURRENT_REPORTED_BY_BMS",
     .member = &Config::current_reported_by_bms,
     .unit = "A",
     .initial = "-300, 300",
     .range = "each -3000..3000",
     .least = 2,
     .monotonic = true,
     .pair = "CURRENT_MEASURED_BY_USER",
     .since = "2.0.20250207beta",
     .meaning = "Correction of the measured current: what the BMS reports at the points of the curve."},
    {.name = "CURRENT_MEASURED_BY_USER",
     .member = &Config::current_measured_by_user,
     .unit = "A",
     .initial = "-300, 300",
     .range = "each -3000..3000",
     .least = 2,
     .pair = "CURRENT_REPORTED_BY_BMS",
     .since = "2.0.20250207beta",
     .meaning = "Correction of the measured current: what a trusted meter shows at the same points. Nothing is "
                "corrected while the two lists are equal."},
};

constexpr Key bluetooth[]{
    {.name = "BLUETOOTH_BMS",
     .member = &Config::bluetooth_bms,
     .item = Item::ble,
     .initial = "",
     .range = "see BLE entry rule",
     .empty = "disabled",
     .installer = true,
     .since = "1.0.0beta20230503",
     .meaning =
         "Bluetooth batteries, each as \"<type> <MAC>\"; behind it, where needed, the adapter (adapter=hci1) and "
         "the battery's password. `bmsd scan --ble` prints the entries."},
    {.name = "BLUETOOTH_USE_POLLING",
     .member = &Config::bluetooth_use_polling,
     .initial = "True",
     .since = "2.0.20250324rc",
     .meaning = "True: ask the BMS at fixed intervals. False: publish when the BMS notifies (where its type can)."},
    {.name = "BLUETOOTH_FORCE_RESET_BLE_STACK",
     .member = &Config::bluetooth_force_reset_ble_stack,
     .initial = "False",
     .since = "2.0.20250324rc",
     .meaning = "Switch the Bluetooth adapter off and on when a battery that was read stays away; at most every 5 "
                "minutes. Other devices of the adapter lose their connection."},
    {.name = "BLUETOOTH_USE_USB",
     .member = &Config::bluetooth_use_usb,
     .initial = "False",
     .installer = true,
     .since = "1.0.20231217beta",
     .meaning = "Raspberry Pi only: switch the built-in radio off, so that a USB adapter is used. Needs a reboot."},
};

constexpr Key can[]{
    {.name = "CAN_PORT",
     .member = &Config::can_port,
     .item = Item::can_interface,
     .initial = "",
     .range = "interface names",
     .empty = "disabled",
     .installer = true,
     .since = "1.0.20230917beta",
     .meaning = "CAN interfaces to look for batteries on, for example can0, vecan0. A name starts with can, vecan "
                "or vcan."},
};

constexpr Key serial_starter[]{
    {.name = "SERIAL_STARTER_ENABLED",
     .member = &Config::serial_starter_enabled,
     .initial = "True",
     .empty = "default",
     .installer = true,
     .since = "2.1.20260131dev",
     .meaning = "False: do not register with serial-starter; no battery on a serial port."},
};

constexpr Key daisy_chain[]{
    {.name = "BATTERY_ADDRESSES",
     .member = &Config::battery_addresses,
     .item = Item::hex,
     .initial = "",
     .range = "0x00..0xFF typical",
     .empty = "BMS default",
     .unique = true,
     .since = "2.0.20250207beta",
     .meaning = "Addresses to look for on each port, in hex with an even number of digits (0x01 or 01). Empty: "
                "the default of the BMS type."},
};

constexpr Key bms_disconnect[]{
    {.name = "BLOCK_ON_DISCONNECT",
     .member = &Config::block_on_disconnect,
     .initial = "False",
     .since = "1.0.0beta20230504",
     .meaning = "True: stop charge and discharge as soon as the BMS is lost. False: go on for a time when the "
                "last cell voltages were safe."},
    {.name = "BLOCK_ON_DISCONNECT_TIMEOUT_MINUTES",
     .member = &Config::block_on_disconnect_timeout_minutes,
     .unit = "min",
     .initial = "30",
     .range = "1..1440",
     .since = "1.4.20240928",
     .meaning = "How long to go on without BMS when BLOCK_ON_DISCONNECT is False and the last cell voltages were "
                "safe."},
    {.name = "BLOCK_ON_DISCONNECT_VOLTAGE_MIN",
     .member = &Config::block_on_disconnect_voltage_min,
     .unit = "V",
     .initial = "3.225",
     .range = "1.0..5.0",
     .since = "1.4.20240928",
     .meaning = "A last known cell voltage is safe above this."},
    {.name = "BLOCK_ON_DISCONNECT_VOLTAGE_MAX",
     .member = &Config::block_on_disconnect_voltage_max,
     .unit = "V",
     .initial = "3.375",
     .range = "1.0..5.0",
     .since = "1.4.20240928",
     .meaning = "A last known cell voltage is safe below this."},
    {.name = "BMS_CABLE_ALARM",
     .member = &Config::bms_cable_alarm,
     .initial = "True",
     .since = "2.1.20260109dev",
     .meaning = "Raise the BMS cable alarm: warning after 60 s without data, alarm just before the battery is "
                "given up. False: never."},
};

constexpr Key external_sensor[]{
    {.name = "EXTERNAL_SENSOR_DBUS_DEVICE",
     .member = &Config::external_sensor_dbus_device,
     .initial = "",
     .range = "D-Bus service name",
     .empty = "disabled",
     .since = "2.0.20250207beta",
     .meaning = "D-Bus service that delivers current or SoC in place of the BMS. Needs at least one of the two "
                "paths."},
    {.name = "EXTERNAL_SENSOR_DBUS_PATH_CURRENT",
     .member = &Config::external_sensor_dbus_path_current,
     .initial = "",
     .range = "/path",
     .empty = "disabled",
     .since = "2.0.20250207beta",
     .meaning = "Path of the current, for example /Dc/0/Current."},
    {.name = "EXTERNAL_SENSOR_DBUS_PATH_SOC",
     .member = &Config::external_sensor_dbus_path_soc,
     .initial = "",
     .range = "/path",
     .empty = "disabled",
     .since = "2.0.20250207beta",
     .meaning = "Path of the SoC, for example /Soc. Not together with SOC_CALCULATION."},
};

constexpr Key charge_mode[]{
    {.name = "CHARGE_MODE",
     .member = &Config::charge_mode,
     .initial = "1",
     .range = "1|2",
     .since = "2.0.20250207beta",
     .meaning = "1: limits run in a straight line between the points of the lists. 2: limits step from point to "
                "point."},
    {.name = "CVL_RECALCULATION_EVERY",
     .member = &Config::cvl_recalculation_every,
     .unit = "s",
     .initial = "60",
     .range = "0..3600",
     .since = "2.0.20250207beta",
     .meaning = "Charge and discharge current limits are published again after this time at the earliest, except "
                "for a large change (next key)."},
    {.name = "CVL_RECALCULATION_ON_MAX_PERCENTAGE_CHANGE",
     .member = &Config::cvl_recalculation_on_max_percentage_change,
     .unit = "%",
     .initial = "33",
     .range = "0..100",
     .since = "2.0.20250207beta",
     .meaning = "A current limit that changes by this share or more is published at once."},
    {.name = "CVL_RECOVERY_HOLD_SEC",
     .member = &Config::cvl_recovery_hold_sec,
     .unit = "s",
     .initial = "60",
     .range = "0..3600",
     .since = "2.1.20260512dev",
     .meaning = "A charge voltage limit lowered by a too high cell stays low this long after the cell has come "
                "down."},
    {.name = "CVL_RECOVERY_RATE_V_PER_SEC",
     .member = &Config::cvl_recovery_rate_v_per_sec,
     .unit = "V/s",
     .initial = "0.001",
     .range = "0..1",
     .since = "2.1.20260512dev",
     .meaning = "Rise of the charge voltage limit after that time. 0: at once."},
};

constexpr Key charge_voltage_limitation[]{
    {.name = "CVCM_ENABLE",
     .member = &Config::cvcm_enable,
     .initial = "True",
     .since = "1.0.0 beta",
     .meaning = "True: switch between bulk and float. False: the charge voltage limit stays at its highest."},
    {.name = "SWITCH_TO_FLOAT_WAIT_FOR_SEC",
     .member = &Config::switch_to_float_wait_for_sec,
     .unit = "s",
     .initial = "900",
     .range = "0..86400",
     .empty = "0",
     .since = "2.0.20250207beta",
     .meaning = "Time at the highest voltage with balanced cells before float. 0 or empty: no wait."},
    {.name = "SWITCH_TO_FLOAT_CELL_VOLTAGE_DIFF",
     .member = &Config::switch_to_float_cell_voltage_diff,
     .unit = "V",
     .initial = "0.010",
     .range = "0..10",
     .empty = "10",
     .since = "2.0.20250207beta",
     .meaning = "Largest difference between cells at which the wait for float may start. 10 or empty: not used."},
    {.name = "SWITCH_TO_FLOAT_CELL_VOLTAGE_DEVIATION",
     .member = &Config::switch_to_float_cell_voltage_deviation,
     .unit = "V",
     .initial = "0.003",
     .range = "0..10",
     .empty = "0",
     .since = "2.0.20250207beta",
     .meaning = "A difference above SWITCH_TO_FLOAT_CELL_VOLTAGE_DIFF plus this starts the wait again."},
    {.name = "SWITCH_TO_BULK_SOC_THRESHOLD",
     .member = &Config::switch_to_bulk_soc_threshold,
     .unit = "%",
     .initial = "80",
     .range = "0..100",
     .empty = "0",
     .since = "2.0.20250207beta",
     .meaning = "A SoC below this returns to bulk. 0 or empty: not used."},
    {.name = "SWITCH_TO_BULK_CELL_VOLTAGE_DIFF",
     .member = &Config::switch_to_bulk_cell_voltage_diff,
     .unit = "V",
     .initial = "0.080",
     .range = "0..10",
     .empty = "10",
     .since = "2.0.20250207beta",
     .meaning = "A difference between cells of this much returns to bulk. 10 or empty: not used."},
};

constexpr Key cell_voltage_limitation[]{
    {.name = "CVL_CONTROLLER_MODE",
     .member = &Config::cvl_controller_mode,
     .initial = "1",
     .range = "0|1|2|3",
     .since = "2.0.20250207beta",
     .meaning = "What lowers the charge voltage limit while a cell is too high. 0: nothing, 1: the excess of the "
                "cells, 2: an I-controller, 3: the sum of the cells cut at the highest cell voltage."},
    {.name = "CVL_ICONTROLLER_FACTOR",
     .member = &Config::cvl_icontroller_factor,
     .unit = "V/Vs",
     .initial = "0.2",
     .range = "0..10",
     .since = "1.1.20231224beta",
     .meaning = "Gain of the I-controller (CVL_CONTROLLER_MODE 2)."},
};

constexpr Group basic[]{
    {"Logging", logging},
    {"Battery current limits", battery_current_limits},
    {"Cell voltages", cell_voltages},
    {"SoC reset voltage / top balancing", soc_reset_voltage},
    {"SoC calculation", soc_calculation},
    {"Bluetooth", bluetooth},
    {"CAN", can},
    {"Serial starter", serial_starter},
    {"Daisy chain", daisy_chain},
    {"BMS disconnect", bms_disconnect},
    {"External sensor", external_sensor},
    {"Charge mode", charge_mode},
    {"Charge voltage limitation", charge_voltage_limitation},
    {"Cell voltage limitation (CVL)", cell_voltage_limitation},
};

}  // namespace

constinit const std::span<const Group> basic_groups{basic};

}  // namespace bmsd::config
