// The rules over several keys: R12 to R28, R34, R35 (core/config.md section 5), word for word.
#include <gtest/gtest.h>

#include "loading.h"

namespace bmsd::config {
namespace {

using Rules = std::vector<std::string>;

TEST(CrossRules, R12R13FloatBetweenMinAndMax)
{
    EXPECT_EQ(message(load_options("FLOAT_CELL_VOLTAGE = 3.5"), "R12"),
              "FLOAT_CELL_VOLTAGE (3.5 V) is above MAX_CELL_VOLTAGE (3.45 V); 3.45 V is used.");
    EXPECT_EQ(message(load_options("FLOAT_CELL_VOLTAGE = 2.5"), "R13"),
              "FLOAT_CELL_VOLTAGE (2.5 V) is below MIN_CELL_VOLTAGE (2.9 V); 2.9 V is used.");
    EXPECT_TRUE(load_options("FLOAT_CELL_VOLTAGE = 3.45").issues.empty());
    EXPECT_TRUE(load_options("FLOAT_CELL_VOLTAGE = 2.9").issues.empty());
}

TEST(CrossRules, TheLineIsThatOfTheKeyInTheFile)
{
    const Loaded loaded = load_options("LOGGING = DEBUG\nMAX_CELL_VOLTAGE = 3.3\n");
    EXPECT_EQ(issue(loaded, "R12").line, 3U);
    EXPECT_EQ(issue(loaded, "R12").key, "MAX_CELL_VOLTAGE");
}

TEST(CrossRules, R14MinBelowMax)
{
    const Loaded loaded = load_options("MIN_CELL_VOLTAGE = 3.5\nMAX_CELL_VOLTAGE = 3.5\nFLOAT_CELL_VOLTAGE = 3.5\n");
    EXPECT_EQ(message(loaded, "R14"),
              "MIN_CELL_VOLTAGE (3.5 V) is not below MAX_CELL_VOLTAGE (3.5 V); the defaults are used.");
    EXPECT_EQ(loaded.config, defaults());
}

TEST(CrossRules, R15ResetVoltageNotBelowMax)
{
    const Loaded loaded = load_options("SOC_RESET_AFTER_DAYS = 10\nSOC_RESET_CELL_VOLTAGE = 3.4\n");
    EXPECT_EQ(message(loaded, "R15"),
              "SOC_RESET_CELL_VOLTAGE (3.4 V) is below MAX_CELL_VOLTAGE (3.45 V); 3.45 V is used.");
    EXPECT_EQ(loaded.config.soc_reset_cell_voltage, 3.45);
    EXPECT_TRUE(load_options("SOC_RESET_CELL_VOLTAGE = 3.4\n").issues.empty());  // not in use
}

TEST(CrossRules, R16ToR18VoltagesWithoutBms)
{
    const Loaded wide = load_options("BLOCK_ON_DISCONNECT_VOLTAGE_MIN = 2.0\nBLOCK_ON_DISCONNECT_VOLTAGE_MAX = 4.0\n");
    EXPECT_EQ(message(wide, "R16"),
              "BLOCK_ON_DISCONNECT_VOLTAGE_MIN (2 V) is below MIN_CELL_VOLTAGE (2.9 V); 2.9 V is used.");
    EXPECT_EQ(message(wide, "R17"),
              "BLOCK_ON_DISCONNECT_VOLTAGE_MAX (4 V) is above MAX_CELL_VOLTAGE (3.45 V); 3.45 V is used.");
    const Loaded none = load_options("BLOCK_ON_DISCONNECT_VOLTAGE_MIN = 3.4\nBLOCK_ON_DISCONNECT_VOLTAGE_MAX = 3.3\n");
    EXPECT_EQ(
        message(none, "R18"),
        "BLOCK_ON_DISCONNECT_VOLTAGE_MIN (3.4 V) is not below ..._MAX (3.3 V); BLOCK_ON_DISCONNECT is switched on.");
    EXPECT_TRUE(none.config.block_on_disconnect);
    EXPECT_TRUE(load_options("BLOCK_ON_DISCONNECT = True\nBLOCK_ON_DISCONNECT_VOLTAGE_MIN = 2.0\n").issues.empty());
}

TEST(CrossRules, R19R28ExternalSensor)
{
    const Loaded both = load_options(
        "SOC_CALCULATION = True\nEXTERNAL_SENSOR_DBUS_PATH_SOC = /Soc\n"
        "EXTERNAL_SENSOR_DBUS_DEVICE = com.victronenergy.battery.x\n");
    EXPECT_EQ(rules_of(both), Rules{"R19"});
    EXPECT_EQ(message(both, "R19"),
              "SOC_CALCULATION and EXTERNAL_SENSOR_DBUS_PATH_SOC exclude each other; use one of them.");
    EXPECT_EQ(both.config.external_sensor_dbus_path_soc, "/Soc");
    for (const std::string option : {"EXTERNAL_SENSOR_DBUS_DEVICE = com.victronenergy.battery.x",
                                     "EXTERNAL_SENSOR_DBUS_PATH_CURRENT = /Dc/0/Current"}) {
        const Loaded half = load_options(option);
        EXPECT_EQ(message(half, "R28"), "EXTERNAL_SENSOR_DBUS_DEVICE and at least one path must be set together.");
        EXPECT_EQ(half.config, defaults());
    }
    EXPECT_TRUE(load_options("EXTERNAL_SENSOR_DBUS_DEVICE = com.victronenergy.battery.x\n"
                             "EXTERNAL_SENSOR_DBUS_PATH_CURRENT = /Dc/0/Current\n")
                    .issues.empty());
}

TEST(CrossRules, R20NoWayBackToBulk)
{
    const Loaded loaded = load_options("SWITCH_TO_BULK_SOC_THRESHOLD = 0\nSWITCH_TO_BULK_CELL_VOLTAGE_DIFF = 0.101\n");
    EXPECT_EQ(message(loaded, "R20"),
              "The battery is unlikely to return from float to bulk with SWITCH_TO_BULK_SOC_THRESHOLD = 0 and "
              "SWITCH_TO_BULK_CELL_VOLTAGE_DIFF = 0.101.");
    EXPECT_FALSE(loaded.has_errors());
    EXPECT_TRUE(
        load_options("SWITCH_TO_BULK_SOC_THRESHOLD = 0\nSWITCH_TO_BULK_CELL_VOLTAGE_DIFF = 0.1\n").issues.empty());
}

TEST(CrossRules, R21ToR23CurvesThatStopTooEarly)
{
    const std::string charge = "CELL_VOLTAGES_WHILE_CHARGING = 3.5, 3.45, 3.4, 3.375, 3.3\n";
    const std::string discharge = "CELL_VOLTAGES_WHILE_DISCHARGING = 2.8, 2.9, 3.0, 3.1, 3.2\n";
    EXPECT_EQ(
        message(load_options(charge + "MAX_CELL_VOLTAGE = 3.55"), "R21"),
        "CELL_VOLTAGES_WHILE_CHARGING starts at 3.5 V with current 0, below MAX_CELL_VOLTAGE (3.55 V); max voltage "
        "and float are never reached.");
    EXPECT_EQ(message(load_options(charge + "SOC_RESET_AFTER_DAYS = 15\nSOC_RESET_CELL_VOLTAGE = 3.65"), "R22"),
              "CELL_VOLTAGES_WHILE_CHARGING starts at 3.5 V with current 0, below SOC_RESET_CELL_VOLTAGE (3.65 V); the "
              "reset voltage is never reached.");
    EXPECT_EQ(message(load_options(discharge + "MIN_CELL_VOLTAGE = 2.7"), "R23"),
              "CELL_VOLTAGES_WHILE_DISCHARGING starts at 2.8 V with current 0, above MIN_CELL_VOLTAGE (2.7 V); min "
              "voltage is never reached.");
    EXPECT_TRUE(load_options("MAX_CELL_VOLTAGE = 3.55\nMAX_CHARGE_CURRENT_CV_FRACTION = 0.001, 0.005, 0.05, 0.25, 1\n")
                    .issues.empty());
}

TEST(CrossRules, A15_10_ADefaultThatDoesNotFitWhatTheUserSetFollowsIt)
{
    const auto followed = [](std::string_view text, const Rules& rules) {
        const Loaded loaded = load_options(std::string(text));
        EXPECT_FALSE(loaded.has_errors()) << text;
        EXPECT_EQ(rules_of(loaded), rules) << text;
        return loaded.config;
    };
    const Config gentle = followed("MAX_CELL_VOLTAGE = 3.35\nFLOAT_CELL_VOLTAGE = 3.30", {"R17"});
    EXPECT_EQ(gentle.block_on_disconnect_voltage_max, 3.35);
    EXPECT_EQ(followed("MAX_CELL_VOLTAGE = 3.3", {"R12", "R17"}).float_cell_voltage, 3.3);
    const Config lto = followed("MAX_CELL_VOLTAGE = 2.7", {"R14", "R12", "R17", "R18", "R23"});
    EXPECT_EQ(lto.max_cell_voltage, 2.7);
    EXPECT_EQ(lto.min_cell_voltage, 2.15);
    EXPECT_EQ(lto.float_cell_voltage, 2.7);
    EXPECT_EQ(lto.block_on_disconnect_voltage_min, 2.55);
    EXPECT_FALSE(lto.block_on_disconnect);
    const Config high = followed("MAX_CELL_VOLTAGE = 3.65", {"R21"});
    EXPECT_EQ(high.cell_voltages_while_charging.front(), 3.7);
    EXPECT_EQ(high.cell_voltages_while_charging[1], defaults().cell_voltages_while_charging[1]);
    const Config nmc = followed("MAX_CELL_VOLTAGE = 4.15\nSOC_RESET_AFTER_DAYS = 30", {"R15", "R21"});
    EXPECT_EQ(nmc.soc_reset_cell_voltage, 4.15);
    EXPECT_EQ(nmc.cell_voltages_while_charging.front(), 4.2);
    const Config reset = followed("SOC_RESET_AFTER_DAYS = 30", {"R22"});  // alone it must work
    EXPECT_EQ(reset.soc_reset_cell_voltage, 3.65);
    EXPECT_EQ(reset.cell_voltages_while_charging.front(), 3.7);
    const Config curve =
        followed("SOC_RESET_AFTER_DAYS = 30\nCELL_VOLTAGES_WHILE_CHARGING = 3.55, 3.5, 3.45, 3.4, 3.3", {"R22"});
    EXPECT_EQ(curve.soc_reset_cell_voltage, 3.55);
    EXPECT_EQ(followed("MIN_CELL_VOLTAGE = 2.7", {"R23"}).cell_voltages_while_discharging.front(), 2.7);
    EXPECT_EQ(followed("FLOAT_CELL_VOLTAGE = 3.5", {"R12"}).float_cell_voltage, 3.45);
    EXPECT_TRUE(followed("BLOCK_ON_DISCONNECT_VOLTAGE_MIN = 3.4", {"R18"}).block_on_disconnect);
}

TEST(CrossRules, A15_10_ValuesOfTheUserThatContradictEachOtherAreErrors)
{
    for (const auto* text :
         {"MAX_CELL_VOLTAGE = 3.35\nFLOAT_CELL_VOLTAGE = 3.4", "MIN_CELL_VOLTAGE = 3.0\nFLOAT_CELL_VOLTAGE = 2.9",
          "MIN_CELL_VOLTAGE = 3.4\nMAX_CELL_VOLTAGE = 3.4",
          "SOC_RESET_AFTER_DAYS = 9\nSOC_RESET_CELL_VOLTAGE = 3.3\nMAX_CELL_VOLTAGE = 3.4",
          "MAX_CELL_VOLTAGE = 3.4\nBLOCK_ON_DISCONNECT_VOLTAGE_MAX = 3.5",
          "BLOCK_ON_DISCONNECT_VOLTAGE_MIN = 3.4\nBLOCK_ON_DISCONNECT_VOLTAGE_MAX = 3.3",
          "MAX_CELL_VOLTAGE = 3.6\nCELL_VOLTAGES_WHILE_CHARGING = 3.5, 3.45, 3.4, 3.375, 3.3"}) {
        EXPECT_TRUE(load_options(text).has_errors()) << text;
    }
}

TEST(CrossRules, A15_17_ALimitThatCannotBeReadCountsAsAQuarter)
{
    const Loaded charge = load_options("MAX_BATTERY_CHARGE_CURRENT = 2O");
    EXPECT_EQ(charge.config.max_battery_charge_current, 12.5);
    EXPECT_EQ(charge.config.max_battery_discharge_current, 60);
    EXPECT_EQ(message(charge, "R09"), "MAX_BATTERY_CHARGE_CURRENT: \"2O\" is not a valid float; 12.5 is used.");
    EXPECT_TRUE(charge.has_errors());
    EXPECT_EQ(load_options("MAX_BATTERY_DISCHARGE_CURRENT = 40 A").config.max_battery_discharge_current, 15);
    EXPECT_EQ(load_options("MAX_BATTERY_CHARGE_CURRENT = 20").config.max_battery_charge_current, 20);
    EXPECT_EQ(load_options("MAX_BATTERY_CHARGE_CURRENT =").config.max_battery_charge_current, 50);
}

TEST(CrossRules, R24EachListNeedsFullCurrentSomewhere)
{
    std::size_t lists = 0;
    for (const Key* key : keys()) {
        if (!key->name.ends_with("_FRACTION")) continue;
        ++lists;
        std::string halves;
        const auto size = std::get<std::vector<double>>(value_of(defaults(), *key)).size();
        for (std::size_t i = 0; i < size; ++i) halves += "0.5,";
        const Loaded loaded = load_options(std::string(key->name) + " = " + halves);
        EXPECT_EQ(rules_of(loaded), Rules{"R24"});
        EXPECT_EQ(message(loaded, "R24"),
                  std::string(key->name) + " has no value 1; the full current is never allowed.");
    }
    EXPECT_EQ(lists, 8U);
}

TEST(CrossRules, RD23_R25R26CurvesThatAreNone)
{
    const Loaded lengths = load_options("SOC_WHILE_CHARGING = 98, 90, 80\n");
    EXPECT_EQ(rules_of(lengths), Rules{"R25"});
    EXPECT_EQ(
        message(lengths, "R25"),
        "SOC_WHILE_CHARGING has 3 and MAX_CHARGE_CURRENT_SOC_FRACTION has 4 values; the defaults of both are used.");
    EXPECT_EQ(lengths.config, defaults());
    const Loaded turning = load_options("TEMPERATURES_WHILE_CHARGING = 0, 5, 2, 10, 40, 45, 50, 55\n");
    EXPECT_EQ(rules_of(turning), Rules{"R26"});
    EXPECT_EQ(message(turning, "R26"), "TEMPERATURES_WHILE_CHARGING changes direction; the defaults are used.");
    EXPECT_EQ(turning.config, defaults());
    EXPECT_TRUE(load_options("TEMPERATURES_WHILE_CHARGING = 0, 2, 2, 10, 40, 45, 50, 55\n").issues.empty());
    EXPECT_TRUE(load_options("CURRENT_MEASURED_BY_USER = -310, -1, 0, 290\n"
                             "CURRENT_REPORTED_BY_BMS = -300, -0.5, 0.5, 300\n")
                    .issues.empty());
}

TEST(CrossRules, HalfACurveIsNotUsedWithTheDefaultOfTheOtherHalf)
{
    // With the default voltages, which fall, these fractions would allow the full current at the highest cell.
    const Loaded loaded = load_options(
        "CELL_VOLTAGES_WHILE_CHARGING = 3.3, 3.4, 3.45, 3.475, 3.5V\n"
        "MAX_CHARGE_CURRENT_CV_FRACTION = 1, 0.5, 0.1, 0.05, 0\n"
        "TEMPERATURES_WHILE_CHARGING = 0, 2, 5, 10, 40, 45, 50, x\n");
    EXPECT_EQ(loaded.config, defaults());
    EXPECT_EQ(rules_of(loaded), (Rules{"R09", "R09", "R25"}));
    EXPECT_EQ(
        message(loaded, "R25"),
        "MAX_CHARGE_CURRENT_CV_FRACTION cannot be used without CELL_VOLTAGES_WHILE_CHARGING; the defaults of both "
        "are used.");
}

TEST(CrossRules, R34AListOfAnOlderRelease)
{
    const Loaded loaded = load_options(
        "MAX_CHARGE_CURRENT_CV_FRACTION = 0, 0.05, 0.5, 1\n"
        "SOC_WHILE_DISCHARGING = 0, 5, 10, 15, 20\n"
        "CELL_VOLTAGES_WHILE_DISCHARGING = 2.7, 2.8, 2.9, 3.1\n"
        "MIN_CELL_VOLTAGE = 2.7\n");
    EXPECT_EQ(rules_of(loaded), (Rules{"R34", "R34", "R34"}));
    EXPECT_EQ(message(loaded, "R34"),
              "MAX_CHARGE_CURRENT_CV_FRACTION has 4 values as in release 1.0.0beta20230426; the "
              "CELL_VOLTAGES_WHILE_CHARGING default of that release is used.");
    EXPECT_EQ(text_of(loaded, "CELL_VOLTAGES_WHILE_CHARGING"), "3.55, 3.5, 3.45, 3.3");
    EXPECT_EQ(text_of(loaded, "MAX_DISCHARGE_CURRENT_SOC_FRACTION"), "0, 0.1, 0.2, 0.5, 1");
    EXPECT_EQ(text_of(loaded, "MAX_DISCHARGE_CURRENT_CV_FRACTION"), "0, 0.1, 0.5, 1");
    EXPECT_FALSE(loaded.has_errors());
    // An empty list is as good as none.
    EXPECT_EQ(
        rules_of(load_options("MAX_CHARGE_CURRENT_CV_FRACTION = 0, 0.05, 0.5, 1\nCELL_VOLTAGES_WHILE_CHARGING =\n")),
        (Rules{"R11", "R34"}));
    // Both written: nothing is guessed.
    EXPECT_EQ(rules_of(load_options("MAX_CHARGE_CURRENT_CV_FRACTION = 0, 0.05, 0.5, 1\n"
                                    "CELL_VOLTAGES_WHILE_CHARGING = 3.5, 3.4, 3.3\n")),
              Rules{"R25"});
}

TEST(CrossRules, R35BulkDifferenceAboveThatOfFloat)
{
    const Loaded loaded = load_options("SWITCH_TO_BULK_CELL_VOLTAGE_DIFF = 0.013\n");
    EXPECT_EQ(
        message(loaded, "R35"),
        "SWITCH_TO_BULK_CELL_VOLTAGE_DIFF 0.013 V must be above 0.013 V (float difference + deviation); 0.023 V is "
        "used.");
    EXPECT_EQ(loaded.config.switch_to_bulk_cell_voltage_diff, 0.023);
    EXPECT_FALSE(loaded.has_errors());
    EXPECT_TRUE(load_options("SWITCH_TO_BULK_CELL_VOLTAGE_DIFF = 0.014\n").issues.empty());
    EXPECT_TRUE(load_options("SWITCH_TO_BULK_CELL_VOLTAGE_DIFF = 0.013\nCVCM_ENABLE = False\n").issues.empty());
    // Float at any difference: a difference must not lead back to bulk at all.
    EXPECT_EQ(load_options("SWITCH_TO_FLOAT_CELL_VOLTAGE_DIFF =\n").config.switch_to_bulk_cell_voltage_diff, 10);
}

}  // namespace
}  // namespace bmsd::config
