// The rules of single lines and keys: R01 to R11, R27, R29 to R33 (core/config.md section 5), word for word.
#include <gtest/gtest.h>

#include "loading.h"

namespace bmsd::config {
namespace {

using Rules = std::vector<std::string>;

TEST(ReadingRules, R01ALineThatCannotBeRead)
{
    const Loaded loaded = load_options("MAX_CELL_VOLTAGE 3.5\nMIN_CELL_VOLTAGE = 2.8\n");
    EXPECT_EQ(rules_of(loaded), Rules{"R01"});
    EXPECT_EQ(message(loaded, "R01"), "config.ini line 2: an option without = and value.");
    EXPECT_EQ(text_of(loaded, "MIN_CELL_VOLTAGE"), "2.8");
    EXPECT_TRUE(loaded.has_errors());
    const Loaded headless = load("MAX_CELL_VOLTAGE = 3.5\nMIN_CELL_VOLTAGE = 2.8\n");
    EXPECT_EQ(rules_of(headless), Rules{"R01"});
    EXPECT_EQ(message(headless, "R01"),
              "config.ini line 1: an option before the first section; put [DEFAULT] above it.");
    EXPECT_EQ(headless.config, defaults());
}

TEST(ReadingRules, R02AnotherSection)
{
    const Loaded loaded = load_options("[BMS]\nMAX_CELL_VOLTAGE = 3.4\n");
    EXPECT_EQ(message(loaded, "R02"), "config.ini: section [BMS] is not known; only [DEFAULT] is read.");
    EXPECT_EQ(issue(loaded, "R02").line, 2U);
    EXPECT_EQ(loaded.config, defaults());
}

TEST(ReadingRules, R03AnUnknownKeyWithTheNearestOne)
{
    const Loaded loaded = load_options("MAX_CEL_VOLTAGE = 3.4\n");
    EXPECT_EQ(rules_of(loaded), Rules{"R03"});
    EXPECT_EQ(message(loaded, "R03"), "config.ini: option MAX_CEL_VOLTAGE is not known.");
    EXPECT_EQ(issue(loaded, "R03").hint, "did you mean MAX_CELL_VOLTAGE");
    EXPECT_EQ(describe(loaded.issues[0]),
              "config.ini:2: error: option MAX_CEL_VOLTAGE is not known. Hint: did you mean "
              "MAX_CELL_VOLTAGE.");
    EXPECT_EQ(issue(load_options("SOMETHING_ELSE_ALTOGETHER = 1\n"), "R03").hint, "");
    EXPECT_EQ(issue(load_options(std::string(5000, 'A') + " = 1\n"), "R03").hint, "");
}

TEST(ReadingRules, R04AnotherLetterCase)
{
    const Loaded loaded = load_options("Max_Cell_Voltage = 3.4\n");
    EXPECT_EQ(message(loaded, "R04"), "config.ini: option Max_Cell_Voltage should be written MAX_CELL_VOLTAGE.");
    EXPECT_FALSE(loaded.has_errors());
    EXPECT_EQ(loaded.config.max_cell_voltage, 3.4);
}

TEST(ReadingRules, R06ARemovedKey)
{
    const Loaded loaded = load_options("CAN_SPEED = 500\n");
    EXPECT_EQ(message(loaded, "R06"),
              "config.ini: option CAN_SPEED no longer exists (set the bit rate in the CAN profile of the GX device).");
    EXPECT_FALSE(loaded.has_errors());
}

TEST(ReadingRules, R08TheSameKeyTwice)
{
    const Loaded loaded = load_options("MAX_CELL_VOLTAGE = 3.3\nMIN_CELL_VOLTAGE = 2.8\nmax_cell_voltage = 3.4\n");
    EXPECT_EQ(rules_of(loaded), (Rules{"R08", "R04"}));
    EXPECT_EQ(message(loaded, "R08"),
              "config.ini line 4: option max_cell_voltage is set more than once; the last value is used.");
    EXPECT_EQ(loaded.config.max_cell_voltage, 3.4);
    EXPECT_EQ(rules_of(load_options("[DEFAULT]\nLOGGING = INFO\n[DEFAULT]\nLOGGING = DEBUG\n")), Rules{"R08"});
}

TEST(ReadingRules, R09AValueThatIsNotOfItsType)
{
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"MAX_CELL_VOLTAGE = 3,45", "MAX_CELL_VOLTAGE: \"3,45\" is not a valid float; 3.450 is used."},
        {"MAX_CELL_VOLTAGE = nan", "MAX_CELL_VOLTAGE: \"nan\" is not a valid float; 3.450 is used."},
        {"MAX_CELL_VOLTAGE = inf", "MAX_CELL_VOLTAGE: \"inf\" is not a valid float; 3.450 is used."},
        {"MAX_CELL_VOLTAGE = 0x3", "MAX_CELL_VOLTAGE: \"0x3\" is not a valid float; 3.450 is used."},
        {"MAX_CELL_VOLTAGE = 1e999", "MAX_CELL_VOLTAGE: \"1e999\" is not a valid float; 3.450 is used."},
        {"CCL_RECOVERY_HOLD_SEC = 1_0", "CCL_RECOVERY_HOLD_SEC: \"1_0\" is not a valid int; 30 is used."},
        {"CCL_RECOVERY_HOLD_SEC = 60.5", "CCL_RECOVERY_HOLD_SEC: \"60.5\" is not a valid int; 30 is used."},
        {"CCL_RECOVERY_HOLD_SEC = 99999999999999999999",
         "CCL_RECOVERY_HOLD_SEC: \"99999999999999999999\" is not a valid int; 30 is used."},
        {"CVCM_ENABLE = \"True\"", "CVCM_ENABLE: \"\"True\"\" is not a valid bool; True is used."},
        {"CHARGE_MODE = 3", "CHARGE_MODE: \"3\" is not a valid enum; 1 is used."},
        {"POLL_INTERVAL = fast", "POLL_INTERVAL: \"fast\" is not a valid float; (empty) is used."},
        {"TEMPERATURE_1_ADJUST = 0, x", "TEMPERATURE_1_ADJUST: \"0, x\" is not a valid list<float>; 0, 1 is used."},
        {"TIME_TO_SOC_POINTS = 10, 20%", "TIME_TO_SOC_POINTS: \"10, 20%\" is not a valid list<int>; (empty) is used."},
        {"MQTT_TOPIC = a\n  b", "MQTT_TOPIC: \"***\" is not a valid list<string>; (empty) is used."},
        {"TEMPERATURE_1_NAME = a\n  b", "TEMPERATURE_1_NAME: \"a\\nb\" is not a valid string; Temp 1 is used."},
    };
    for (const auto& [option, text] : wrong) {
        const Loaded loaded = load_options(option);
        EXPECT_EQ(rules_of(loaded), Rules{"R09"}) << option;
        EXPECT_EQ(message(loaded, "R09"), text);
        EXPECT_EQ(loaded.config, defaults()) << option;
        EXPECT_TRUE(loaded.has_errors());
    }
}

TEST(ReadingRules, R09TellsWhatIsAllowedAndWhatMayBeMeant)
{
    const Loaded comma = load_options("LOGGING = DEBUG\nMAX_CELL_VOLTAGE = 3,45\n");
    const Issue wrong = issue(comma, "R09");
    EXPECT_EQ(wrong.line, 3U);
    EXPECT_EQ(wrong.key, "MAX_CELL_VOLTAGE");
    EXPECT_EQ(wrong.value, "3,45");
    EXPECT_EQ(wrong.allowed, "1.0..5.0 V");
    EXPECT_EQ(wrong.hint, "did you mean 3.45");
    EXPECT_EQ(issue(load_options("MAX_CELL_VOLTAGE = 3.4 ; V"), "R09").hint, "a comment needs a line of its own");
    EXPECT_EQ(issue(load_options("MAX_CELL_VOLTAGE = 3.4\n CHARGE_MODE = 2"), "R09").hint,
              "line is indented and so goes on with the value above it");
    EXPECT_EQ(issue(load_options("LOGGING = 3"), "R09").allowed, "ERROR, WARNING, INFO, DEBUG");
}

TEST(ReadingRules, R09NumbersThatAreFine)
{
    EXPECT_EQ(text_of(load_options("MAX_CELL_VOLTAGE = +3.4e0"), "MAX_CELL_VOLTAGE"), "3.4");
    EXPECT_EQ(text_of(load_options("VOLTAGE_DROP = -.5"), "VOLTAGE_DROP"), "-0.5");
    EXPECT_EQ(text_of(load_options("CCL_RECOVERY_HOLD_SEC = +07"), "CCL_RECOVERY_HOLD_SEC"), "7");
    EXPECT_EQ(text_of(load_options("INVERT_CURRENT_MEASUREMENT = -1"), "INVERT_CURRENT_MEASUREMENT"), "-1");
    EXPECT_EQ(text_of(load_options("LOGGING = debug"), "LOGGING"), "DEBUG");
    EXPECT_TRUE(load_options("LOGGING = debug").issues.empty());
}

TEST(ReadingRules, R10OutOfRange)
{
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"MAX_BATTERY_CHARGE_CURRENT = 2001", "MAX_BATTERY_CHARGE_CURRENT: 2001 is outside 0..2000; 50.0 is used."},
        {"MAX_CELL_VOLTAGE = 5.01", "MAX_CELL_VOLTAGE: 5.01 is outside 1.0..5.0; 3.450 is used."},
        {"TIME_TO_SOC_RECALCULATE_EVERY = 3601", "TIME_TO_SOC_RECALCULATE_EVERY: 3601 is outside 5..3600; 60 is used."},
        {"SOC_RESET_AFTER_DAYS = 366", "SOC_RESET_AFTER_DAYS: 366 is outside 1..365 or empty; (empty) is used."},
        {"TEMPERATURE_SOURCE_BATTERY = 1, 5",
         "TEMPERATURE_SOURCE_BATTERY: 5 is outside each 1..4; 1, 2, 3, 4 is used."},
        {"TEMPERATURE_1_ADJUST = 1", "TEMPERATURE_1_ADJUST: 1 is outside 2 items; 0, 1 is used."},
        {"TEMPERATURE_1_ADJUST = 1, 2, 3", "TEMPERATURE_1_ADJUST: 1, 2, 3 is outside 2 items; 0, 1 is used."},
        {"CURRENT_REPORTED_BY_BMS = 5", "CURRENT_REPORTED_BY_BMS: 5 is outside 2 or more values; -300, 300 is used."},
    };
    for (const auto& [option, text] : wrong) {
        const Loaded loaded = load_options(option);
        EXPECT_EQ(rules_of(loaded), Rules{"R10"}) << option;
        EXPECT_EQ(message(loaded, "R10"), text);
        EXPECT_EQ(loaded.config, defaults()) << option;
        EXPECT_TRUE(loaded.has_errors());
    }
    const Loaded can = load_options("CAN_PORT = can0, eth0, vecan1, vcan2, can\n");
    EXPECT_EQ(rules_of(can), (Rules{"R10", "R10"}));
    EXPECT_EQ(message(can, "R10"),
              "CAN_PORT: eth0 is outside names that begin with can, vecan or vcan; can0, vecan1, vcan2 is used.");
}

TEST(ReadingRules, R10ZeroDaysSwitchTheResetOff)
{
    const Loaded loaded = load_options("SOC_RESET_AFTER_DAYS = 0\n");
    EXPECT_EQ(message(loaded, "R10"), "SOC_RESET_AFTER_DAYS: 0 is outside 1..365 or empty; (empty) is used.");
    EXPECT_FALSE(loaded.has_errors());
    EXPECT_FALSE(loaded.config.soc_reset_after_days);
}

TEST(ReadingRules, R11EmptyWhereThatMeansNothing)
{
    for (const Key* key : keys()) {
        const Loaded loaded = load_options(std::string(key->name) + " =\n");
        SCOPED_TRACE(key->name);
        if (empty_of(*key) == "default") {
            EXPECT_EQ(message(loaded, "R11"),
                      std::string(key->name) + " is empty; " + std::string(key->initial) + " is used.");
            EXPECT_FALSE(loaded.has_errors());
            EXPECT_EQ(loaded.config, defaults());
        } else {
            EXPECT_EQ(message(loaded, "R11"), "");
        }
    }
    const Config empty = load_options(
                             "SWITCH_TO_FLOAT_CELL_VOLTAGE_DIFF =\nSWITCH_TO_FLOAT_WAIT_FOR_SEC=\n"
                             "CVCM_ENABLE = \nTEMPERATURE_1_NAME =\nVOLTAGE_DROP =\n")
                             .config;
    EXPECT_EQ(empty.switch_to_float_cell_voltage_diff, 10);
    EXPECT_EQ(empty.switch_to_float_wait_for_sec, 0);
    EXPECT_FALSE(empty.cvcm_enable);
    EXPECT_EQ(empty.temperature_1_name, "");
}

TEST(ReadingRules, R27AnUnknownBmsTypeStaysInTheList)
{
    const Loaded loaded = load_options("BMS_TYPE = lltjbd\n");
    EXPECT_TRUE(
        message(loaded, "R27")
            .starts_with("BMS_TYPE lltjbd is not known; did you mean LltJbd? Known for serial: ANT, Daly, Daren485, "));
    EXPECT_TRUE(message(loaded, "R27").ends_with("Sinowealth."));
    EXPECT_EQ(loaded.config.bms_type, std::vector<std::string>{"lltjbd"});  // empty would mean: look for all
    EXPECT_TRUE(message(load_options("BMS_TYPE = Daly_CAN"), "R27").find("Known for can: Daly_Can,") !=
                std::string::npos);
    EXPECT_TRUE(load_options("BMS_TYPE = LltJbd, Daly_Can, aiobmsble_daly_bms, Generic_Mqtt").issues.empty());
}

TEST(ReadingRules, R29AddressesThatAreNone)
{
    const Loaded loaded = load_options("BATTERY_ADDRESSES = 0x01, 1, 0X02, 0xG1, 02, 0x02, 0x0102\n");
    EXPECT_EQ(rules_of(loaded), (Rules{"R29", "R29", "R29", "R29"}));
    EXPECT_EQ(message(loaded, "R29"), "BATTERY_ADDRESSES: \"1\" is not a hex address.");
    EXPECT_EQ(loaded.issues[3].value, "0x02");  // the same as 02
    EXPECT_EQ(text_of(loaded, "BATTERY_ADDRESSES"), "0x01, 02, 0x0102");
    EXPECT_EQ(rules_of(load_options("BATTERY_ADDRESSES = 0x01\n  0x02\n")), Rules{"R29"});  // a comma is missing
}

TEST(ReadingRules, R30BluetoothEntries)
{
    const Loaded loaded = load_options(
        "BLUETOOTH_BMS = Jkbms_Ble C8:47:8C:00:00:00, LltJbd_Ble  a4:c1:37:00:11:22, C8:47:8C:00:00:01,\n"
        "  LltJbd_Ble A4:C1:37:00:11, jkbms_ble C8:47:8C:00:00:02, aiobmsble_daly_bms C8:47:8C:00:00:03\n");
    EXPECT_EQ(rules_of(loaded), (Rules{"R30", "R30", "R30"}));
    EXPECT_EQ(message(loaded, "R30"), "BLUETOOTH_BMS: entry \"C8:47:8C:00:00:01\" must be \"<type> <MAC>\".");
    EXPECT_EQ(loaded.config.bluetooth_bms.size(), 3U);
}

TEST(ReadingRules, R31ToR33NumbersThatAreMovedIntoTheirRange)
{
    const Loaded slow = load_options("POLL_INTERVAL = 90\n");
    EXPECT_EQ(message(slow, "R31"), "POLL_INTERVAL 90 s is outside 0.1..60; 60 s is used.");
    EXPECT_EQ(slow.config.poll_interval, 60);
    EXPECT_EQ(load_options("POLL_INTERVAL = 0\n").config.poll_interval, 0.1);
    const Loaded often = load_options("TIME_TO_SOC_RECALCULATE_EVERY = 2\n");
    EXPECT_EQ(message(often, "R32"), "TIME_TO_SOC_RECALCULATE_EVERY 2 is below 5; 5 is used.");
    const Loaded inverted = load_options("INVERT_CURRENT_MEASUREMENT = -3\n");
    EXPECT_EQ(message(inverted, "R33"), "INVERT_CURRENT_MEASUREMENT must be 1 or -1; 1 is used.");
    EXPECT_EQ(inverted.config.invert_current_measurement, 1);
    for (const Loaded& loaded : {slow, often, inverted}) EXPECT_FALSE(loaded.has_errors());
}

TEST(ReadingRules, DuplicatesOfSocPointsAreDropped)
{
    const Loaded loaded = load_options("TIME_TO_SOC_POINTS = 20, 10, 20, 10\n");
    EXPECT_TRUE(loaded.issues.empty());
    EXPECT_EQ(text_of(loaded, "TIME_TO_SOC_POINTS"), "20, 10");
}

TEST(ReadingRules, APasswordIsNeverShown)
{
    const Loaded loaded =
        load_options("mqtt_password = geheim1\nMQTT_PASSWORD = geheim2\n  geheim3\nMQTT_PASWORD = geheim4\n");
    EXPECT_EQ(loaded.issues.size(), 3U);
    for (const Issue& issue : loaded.issues) {
        EXPECT_EQ((describe(issue) + issue.value + issue.hint).find("geheim"), std::string::npos) << describe(issue);
    }
}

}  // namespace
}  // namespace bmsd::config
