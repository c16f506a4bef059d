// The cases of core/config.md section 13.
#include <gtest/gtest.h>

#include "loading.h"

namespace bmsd::config {
namespace {

using Rules = std::vector<std::string>;

struct Expected {
    std::string key;
    std::string text;
};

struct Case {
    std::string options;
    std::vector<Expected> values;
    Rules rules;
};

const std::vector<Case>& cases()
{
    static const std::vector<Case> all{
        {"MAX_BATTERY_CHARGE_CURRENT = 70", {{"MAX_BATTERY_CHARGE_CURRENT", "70"}}, {}},
        {"MAX_BATTERY_CHARGE_CURRENT : 70", {{"MAX_BATTERY_CHARGE_CURRENT", "70"}}, {}},
        {"max_battery_charge_current = 70", {{"MAX_BATTERY_CHARGE_CURRENT", "70"}}, {"R04"}},
        {"MAX_BATTERY_CHARGE_CURRENT = 70 ; amps", {{"MAX_BATTERY_CHARGE_CURRENT", "12.5"}}, {"R09"}},
        {"MAX_BATTERY_CHARGE_CURRENT = 70\n  MIN_CELL_VOLTAGE = 2.8",
         {{"MAX_BATTERY_CHARGE_CURRENT", "12.5"}, {"MIN_CELL_VOLTAGE", "2.9"}},
         {"R09"}},
        {"MAX_CELL_VOLTAGE = 3,45", {{"MAX_CELL_VOLTAGE", "3.45"}}, {"R09"}},
        {"CVL_RECALCULATION_EVERY = 60.5", {{"CVL_RECALCULATION_EVERY", "60"}}, {"R09"}},
        {"BATTERY_ADDRESSES = 0x01, ,0x02,", {{"BATTERY_ADDRESSES", "0x01, 0x02"}}, {}},
        {"BATTERY_ADDRESSES = 0x01,\n  0x02, 0x03", {{"BATTERY_ADDRESSES", "0x01, 0x02, 0x03"}}, {}},
        {"BATTERY_ADDRESSES = 1", {{"BATTERY_ADDRESSES", ""}}, {"R29"}},
        {"BLOCK_ON_DISCONNECT = TRUE", {{"BLOCK_ON_DISCONNECT", "True"}}, {}},
        {"BLOCK_ON_DISCONNECT = yes", {{"BLOCK_ON_DISCONNECT", "False"}}, {"R09"}},
        {"MQTT_PASSWORD = a%b", {{"MQTT_PASSWORD", "a%b"}}, {}},
        {"MQTT_PASSWORD = a%%b", {{"MQTT_PASSWORD", "a%b"}}, {}},
        {"MQTT_PASSWORD = a=b;c#d", {{"MQTT_PASSWORD", "a=b;c#d"}}, {}},
        {"LOGGING = verbose", {{"LOGGING", "INFO"}}, {"R09"}},
        {"SOC_RESET_AFTER_DAYS = 0", {{"SOC_RESET_AFTER_DAYS", ""}}, {"R10"}},
        {"SOC_RESET_AFTER_DAYS = 15", {{"SOC_RESET_AFTER_DAYS", "15"}}, {"R22"}},
        {"FLOAT_CELL_VOLTAGE = 3.5", {{"FLOAT_CELL_VOLTAGE", "3.45"}}, {"R12"}},
        {"FLOAT_CELL_VOLTAGE = 2.5", {{"FLOAT_CELL_VOLTAGE", "2.9"}}, {"R13"}},
        {"BLOCK_ON_DISCONNECT_VOLTAGE_MIN = 3.4\nBLOCK_ON_DISCONNECT_VOLTAGE_MAX = 3.3",
         {{"BLOCK_ON_DISCONNECT", "True"}},
         {"R18"}},
        {"BLOCK_ON_DISCONNECT_VOLTAGE_MIN = 2.0\nBLOCK_ON_DISCONNECT_VOLTAGE_MAX = 4.0",
         {{"BLOCK_ON_DISCONNECT_VOLTAGE_MIN", "2.9"}, {"BLOCK_ON_DISCONNECT_VOLTAGE_MAX", "3.45"}},
         {"R16", "R17"}},
        {"MAX_CELL_VOLTAGE = 3.55", {{"MAX_CELL_VOLTAGE", "3.55"}}, {"R21"}},
        {"MAX_CHARGE_CURRENT_CV_FRACTION = 0, 0.1, 0.2, 0.3, 0.9",
         {{"MAX_CHARGE_CURRENT_CV_FRACTION", "0, 0.1, 0.2, 0.3, 0.9"}},
         {"R24"}},
        {"MAX_CHARGE_CURRENT_CV_FRACTION = 0, 0.05, 0.5, 1",
         {{"CELL_VOLTAGES_WHILE_CHARGING", "3.55, 3.5, 3.45, 3.3"},
          {"MAX_CHARGE_CURRENT_CV_FRACTION", "0, 0.05, 0.5, 1"}},
         {"R34"}},
        {"SOC_CALCULATION = True\nEXTERNAL_SENSOR_DBUS_PATH_SOC = /Soc",
         {{"EXTERNAL_SENSOR_DBUS_PATH_SOC", ""}},
         {"R19", "R28"}},
        {"SWITCH_TO_BULK_SOC_THRESHOLD =\nSWITCH_TO_BULK_CELL_VOLTAGE_DIFF =",
         {{"SWITCH_TO_BULK_SOC_THRESHOLD", "0"}, {"SWITCH_TO_BULK_CELL_VOLTAGE_DIFF", "10"}},
         {"R20"}},
        {"TIME_TO_SOC_RECALCULATE_EVERY = 2", {{"TIME_TO_SOC_RECALCULATE_EVERY", "5"}}, {"R32"}},
        {"MAX_VOLTAGE_TIME_SEC = 600", {{"SWITCH_TO_FLOAT_WAIT_FOR_SEC", "600"}}, {"R05"}},
        {"LINEAR_LIMITATION_ENABLE = False", {{"CHARGE_MODE", "2"}}, {"R05"}},
        {"CELL_VOLTAGE_DIFF_KEEP_MAX_VOLTAGE_TIME_RESTART = 0.015",
         {{"SWITCH_TO_FLOAT_CELL_VOLTAGE_DEVIATION", "0.005"}},
         {"R05"}},
        {"TEMP_BATTERY = 2", {{"TEMPERATURE_SOURCE_BATTERY", "2"}}, {"R05"}},
        {"MODBUS_ADDRESSES = 0x30\nBATTERY_ADDRESSES = 0x31", {{"BATTERY_ADDRESSES", "0x31"}}, {"R07"}},
        {"CAN_SPEED = 500", {}, {"R06"}},
        {"BMS_TYPE = Lifepower", {{"BMS_TYPE", "EG4_Lifepower"}}, {"R05"}},
        {"BMS_TYPE = lltjbd", {}, {"R27"}},
    };
    return all;
}

TEST(ConfigAcceptance, CasesOfTheSheet)
{
    for (const Case& example : cases()) {
        SCOPED_TRACE(example.options);
        const Loaded loaded = load_options(example.options);
        EXPECT_EQ(rules_of(loaded), example.rules);
        for (const auto& [key, text] : example.values) EXPECT_EQ(text_of(loaded, key), text) << key;
        for (const Issue& issue : loaded.issues) {
            EXPECT_EQ(issue.file, "config.ini");
            EXPECT_GE(issue.line, 2U) << issue.message;
        }
    }
}

TEST(ConfigAcceptance, FilesThatAreAllDefaults)
{
    for (const std::string text : {"", "[DEFAULT]", "[DEFAULT]\n", "\n\n", "; a comment\n# another\n[DEFAULT]\n"}) {
        const Loaded loaded = load(text);
        EXPECT_TRUE(loaded.issues.empty()) << text;
        EXPECT_EQ(loaded.config, defaults()) << text;
    }
}

TEST(ConfigAcceptance, ASectionInLowerCaseIsAnother)
{
    const Loaded loaded = load("[default]\nMAX_BATTERY_CHARGE_CURRENT = 70\n");
    EXPECT_EQ(rules_of(loaded), Rules{"R02"});
    EXPECT_EQ(loaded.config, defaults());
}

TEST(ConfigAcceptance, BomLineEndsAndLatin1)
{
    EXPECT_EQ(
        text_of(load("\xEF\xBB\xBF[DEFAULT]\r\nMAX_BATTERY_CHARGE_CURRENT = 70\r\n"), "MAX_BATTERY_CHARGE_CURRENT"),
        "70");
    EXPECT_EQ(text_of(load("[DEFAULT]\rMAX_BATTERY_CHARGE_CURRENT = 70\r"), "MAX_BATTERY_CHARGE_CURRENT"), "70");
    const Loaded latin1 = load(
        "[DEFAULT]\n; Gr\xF6\xDF"
        "e\nTEMPERATURE_1_NAME = W\xE4rme\n");
    EXPECT_EQ(rules_of(latin1), Rules{""});
    EXPECT_FALSE(latin1.has_errors());
    EXPECT_EQ(latin1.config.temperature_1_name, "W\xC3\xA4rme");
    EXPECT_EQ(latin1.issues[0].message, "config.ini: not UTF-8; read as Latin-1.");
}

}  // namespace
}  // namespace bmsd::config
