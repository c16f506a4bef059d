// Files of older releases: R05 to R07, conversions C1 to C5, renamed values (core/config.md sections 6 to 9).
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "config/old_keys.h"
#include "loading.h"
#include "util/file.h"

namespace bmsd::config {
namespace {

namespace json = boost::json;
using Rules = std::vector<std::string>;

const json::object& specification()
{
    static const json::value document = json::parse(read_file(BMSD_VECTORS "/core/config.json").value());
    return document.get_object();
}

std::string text(const json::value& row, std::string_view name)
{
    return std::string(row.get_object().at(name).get_string());
}

/// CC_SOC_LIMIT1..3 stands for three keys.
std::vector<std::string> names_in(const std::string& name)
{
    const auto dots = name.find("1..3");
    if (dots == std::string::npos) return {name};
    std::vector<std::string> names;
    for (const char digit : {'1', '2', '3'}) names.push_back(name.substr(0, dots) + digit + name.substr(dots + 4));
    return names;
}

TEST(OldKeys, TablesAreThoseOfTheSpecification)
{
    std::size_t renamed = 0;
    for (const auto& row : specification().at("renamed").get_array()) {
        for (const auto& name : names_in(text(row, "old"))) {
            const OldKey* old = find_old(name);
            ASSERT_NE(old, nullptr) << name;
            EXPECT_EQ(old->renamed, text(row, "new"));
            EXPECT_EQ(old->replaced_in, text(row, "replaced_in"));
            EXPECT_EQ(old->conversion == Conversion::as_is, text(row, "conversion") == "as is") << name;
            EXPECT_NE(find(old->renamed), nullptr);
            EXPECT_EQ(find(old->name), nullptr);
            ++renamed;
        }
    }
    EXPECT_EQ(renamed, old_keys().size());
    const auto& gone = specification().at("removed").get_array();
    EXPECT_EQ(removed_keys().size(), gone.size());
    for (const auto& row : gone) {
        ASSERT_NE(find_removed(text(row, "old")), nullptr);
        EXPECT_EQ(find_removed(text(row, "old"))->hint, text(row, "hint"));
    }
    const auto& values = specification().at("value_renames").get_array();
    EXPECT_EQ(old_values().size(), values.size());
    for (const auto& row : values) EXPECT_EQ(new_value(text(row, "key"), text(row, "old")), text(row, "new"));
    for (const auto& row : specification().at("default_changes").get_array()) {
        const auto& history = row.get_object().at("history").get_array();
        const auto known = defaults_of(text(row, "key"));
        ASSERT_EQ(known.size(), history.size());
        for (std::size_t i = 0; i < known.size(); ++i) EXPECT_EQ(known[i]->text, text(history[i], "default"));
        EXPECT_TRUE(read_value(*find(text(row, "key")), known.back()->text).value);
    }
}

TEST(OldKeys, EachIsTakenWithAWarning)
{
    for (const OldKey& old : old_keys()) {
        if (old.conversion != Conversion::as_is) continue;
        const Key& key = *find(old.renamed);
        const std::string value = to_text(value_of(defaults(), key));
        const Loaded loaded = load_options(std::string(old.name) + " = " + value);
        EXPECT_EQ(message(loaded, "R05"), "config.ini: option " + std::string(old.name) + " is now " +
                                              std::string(key.name) + "; the value " + value + " is used as " +
                                              std::string(key.name) + " = " + value + ".");
        EXPECT_FALSE(loaded.has_errors()) << old.name;
    }
    EXPECT_EQ(load_options("max_voltage_time_sec = 600").config.switch_to_float_wait_for_sec, 600);
    EXPECT_EQ(load_options("BULK_CELL_VOLTAGE = 3.6").config.soc_reset_cell_voltage, 3.6);
    EXPECT_EQ(load_options("EXTERNAL_CURRENT_SENSOR_DBUS_PATH = /Dc/0/Current\n"
                           "EXTERNAL_CURRENT_SENSOR_DBUS_DEVICE = com.victronenergy.battery.x")
                  .config.external_sensor_dbus_path_current,
              "/Dc/0/Current");
}

TEST(OldKeys, ABadValueIsToldAsThatOfTheNewKey)
{
    const Loaded loaded = load_options("MAX_VOLTAGE_TIME_SEC = soon\n");
    EXPECT_EQ(rules_of(loaded), (Rules{"R05", "R09"}));
    EXPECT_EQ(loaded.config, defaults());
}

TEST(OldKeys, TheNewNameWins)
{
    const Loaded loaded = load_options("BATTERY_ADDRESSES = 0x31\nMODBUS_ADDRESSES = 0x30\n");
    EXPECT_EQ(rules_of(loaded), Rules{"R07"});
    EXPECT_EQ(message(loaded, "R07"),
              "config.ini: MODBUS_ADDRESSES and BATTERY_ADDRESSES are both set; MODBUS_ADDRESSES is ignored.");
    EXPECT_TRUE(loaded.has_errors());
}

TEST(OldKeys, OfTwoOldNamesTheLaterWins)
{
    const Loaded chain = load_options("SOC_RESET_VOLTAGE = 3.6\nBULK_CELL_VOLTAGE = 3.55\n");
    EXPECT_EQ(rules_of(chain), (Rules{"R05", "R07"}));
    EXPECT_EQ(chain.config.soc_reset_cell_voltage, 3.6);
    const Loaded same = load_options("SEPLOS_USE_BMS_VALUES = False\nFELICITY_USE_BMS_VALUES = False\n");
    EXPECT_EQ(rules_of(same), (Rules{"R05", "R05"}));
}

TEST(OldKeys, C1ChargeCurve)
{
    const Loaded loaded = load_options("CC_SOC_LIMIT1 = 97\nCC_CURRENT_LIMIT2_FRACTION = 0.4\n");
    EXPECT_EQ(rules_of(loaded), (Rules{"R05", "R05"}));
    EXPECT_EQ(
        loaded.issues[0].message,
        "config.ini: option CC_SOC_LIMIT1 is now SOC_WHILE_CHARGING; the value 97 is used as SOC_WHILE_CHARGING = "
        "100, 97, 95, 91.");
    EXPECT_EQ(text_of(loaded, "SOC_WHILE_CHARGING"), "100, 97, 95, 91");
    EXPECT_EQ(text_of(loaded, "MAX_CHARGE_CURRENT_SOC_FRACTION"), "0.1, 0.4, 0.5, 1");
}

TEST(OldKeys, C2DischargeCurve)
{
    const Loaded loaded =
        load_options("DC_SOC_LIMIT3 = 35\nDC_CURRENT_LIMIT1_FRACTION = 0\nDC_CURRENT_LIMIT3_FRACTION = 0.6\n");
    EXPECT_EQ(text_of(loaded, "SOC_WHILE_DISCHARGING"), "10, 20, 35");
    EXPECT_EQ(text_of(loaded, "MAX_DISCHARGE_CURRENT_SOC_FRACTION"), "0, 0.3, 1");
    EXPECT_FALSE(loaded.has_errors());
}

TEST(OldKeys, ACurveIsAsOldOrAsNewAsAWhole)
{
    const Loaded mixed = load_options("CC_SOC_LIMIT1 = 97\nMAX_CHARGE_CURRENT_SOC_FRACTION = 0.2, 0.3, 0.5, 1\n");
    EXPECT_EQ(rules_of(mixed), Rules{"R07"});
    EXPECT_EQ(text_of(mixed, "SOC_WHILE_CHARGING"), "98, 95, 90, 85");
    const Loaded broken = load_options("CC_SOC_LIMIT1 = all\nCC_SOC_LIMIT2 = 94\n");
    EXPECT_EQ(rules_of(broken), (Rules{"R09", "R05", "R05"}));
    EXPECT_EQ(message(broken, "R09"), "CC_SOC_LIMIT1: \"all\" is not a valid float; 98 is used.");
    EXPECT_EQ(text_of(broken, "SOC_WHILE_CHARGING"), "100, 98, 94, 91");
}

TEST(OldKeys, C3DecimalAddresses)
{
    EXPECT_EQ(text_of(load_options("HELTEC_MODBUS_ADDR = 1, 17, 255"), "BATTERY_ADDRESSES"), "0x01, 0x11, 0xFF");
    EXPECT_EQ(text_of(load_options("BMS_TYPE = HeltecModbus\nHELTEC_MODBUS_ADDR = 1"), "BATTERY_ADDRESSES"), "0x01");
    const Loaded idle = load_options("HELTEC_MODBUS_ADDR = 1");
    EXPECT_EQ(rules_of(idle), Rules{"R06"});
    EXPECT_EQ(idle.config, defaults());
    const Loaded wrong = load_options("HELTEC_MODBUS_ADDR = 1, 256");
    EXPECT_EQ(rules_of(wrong), Rules{"R09"});
    EXPECT_EQ(wrong.config, defaults());
}

TEST(OldKeys, C4SensorZeroMeantAll)
{
    EXPECT_EQ(text_of(load_options("TEMP_BATTERY = 0"), "TEMPERATURE_SOURCE_BATTERY"), "1, 2, 3, 4");
    EXPECT_EQ(text_of(load_options("TEMP_BATTERY = 3"), "TEMPERATURE_SOURCE_BATTERY"), "3");
    EXPECT_EQ(rules_of(load_options("TEMP_BATTERY = 5")), (Rules{"R05", "R10"}));
    const Loaded zero = load_options("TEMPERATURE_SOURCE_BATTERY = 0");
    EXPECT_EQ(rules_of(zero), Rules{"R05"});
    EXPECT_EQ(zero.config, defaults());
}

TEST(OldKeys, C5TheDifferenceIsTakenOff)
{
    const std::string old = "CELL_VOLTAGE_DIFF_KEEP_MAX_VOLTAGE_TIME_RESTART = ";
    EXPECT_EQ(load_options(old + "0.015").config.switch_to_float_cell_voltage_deviation, 0.005);
    EXPECT_EQ(load_options(old + "0.005").config.switch_to_float_cell_voltage_deviation, 0);
    EXPECT_EQ(load_options(old + "0.015\nCELL_VOLTAGE_DIFF_KEEP_MAX_VOLTAGE_UNTIL = 0.002\n")
                  .config.switch_to_float_cell_voltage_deviation,
              0.013);
    EXPECT_EQ(rules_of(load_options(old + "x")), Rules{"R09"});
}

TEST(OldKeys, SmallConversions)
{
    EXPECT_EQ(load_options("LINEAR_LIMITATION_ENABLE = true").config.charge_mode, 1);
    EXPECT_EQ(load_options("LINEAR_LIMITATION_ENABLE =").config.charge_mode, 2);
    EXPECT_EQ(message(load_options("LINEAR_LIMITATION_ENABLE = 1"), "R09"),
              "LINEAR_LIMITATION_ENABLE: \"1\" is not a valid bool; 1 is used.");
    EXPECT_EQ(load_options("CVL_ICONTROLLER_MODE = True").config.cvl_controller_mode, 2);
    EXPECT_EQ(load_options("CVL_ICONTROLLER_MODE = False").config.cvl_controller_mode, 1);
    EXPECT_EQ(load_options("TIME_TO_SOC_LOOP_CYCLES = 2").config.time_to_soc_recalculate_every, 5);
    EXPECT_EQ(load_options("TIME_TO_SOC_LOOP_CYCLES = 90").config.time_to_soc_recalculate_every, 90);
}

TEST(OldKeys, RenamedValues)
{
    const Loaded types = load_options("BMS_TYPE = Ant, LltJbd, Lifepower\n");
    EXPECT_EQ(text_of(types, "BMS_TYPE"), "ANT, LltJbd, EG4_Lifepower");
    EXPECT_EQ(rules_of(types), (Rules{"R05", "R05"}));
    EXPECT_EQ(types.issues[0].message, "config.ini: option BMS_TYPE: the value Ant is now ANT; ANT is used.");
    EXPECT_FALSE(types.has_errors());
    EXPECT_TRUE(load_options("PUBLISH_CONFIG_VALUES = 1").config.publish_config_values);
    EXPECT_FALSE(load_options("PUBLISH_CONFIG_VALUES = 0").config.publish_config_values);
}

TEST(Upgraded, NamesAndValuesOfTodayAndEverythingElseAsItWas)
{
    EXPECT_EQ(upgraded("; my battery\r\n"
                       "[DEFAULT]\r\n"
                       "; 55.2 V / 16\r\n"
                       "BULK_CELL_VOLTAGE = 3.60\r\n"
                       "\r\n"
                       "max_cell_voltage = 3.45\r\n"
                       "BMS_TYPE = Lifepower,\r\n"
                       "   LltJbd\r\n"
                       "; gone\r\n"
                       "CAN_SPEED = 250\r\n"
                       "TEMP_1_NAME = 80 %%\r\n"
                       "MQTT_PASSWORD = s3cret\r\n"
                       "UNKNOWN = 1"),
              "; my battery\r\n"
              "[DEFAULT]\r\n"
              "; 55.2 V / 16\r\n"
              "SOC_RESET_CELL_VOLTAGE = 3.60\r\n"
              "\r\n"
              "MAX_CELL_VOLTAGE = 3.45\r\n"
              "BMS_TYPE = EG4_Lifepower, LltJbd\r\n"
              "; gone\r\n"
              "TEMPERATURE_1_NAME = 80 %%\r\n"
              "MQTT_PASSWORD = s3cret\r\n"
              "UNKNOWN = 1");
}

TEST(Upgraded, MeansTheSameAndNothingIsLeftToRename)
{
    const std::string old =
        "[DEFAULT]\nLINEAR_LIMITATION_ENABLE = True\nTEMP_BATTERY = 0\nCC_SOC_LIMIT1 = 99\n; second\n"
        "CC_SOC_LIMIT2 = 96\nCC_CURRENT_LIMIT1_FRACTION = 0.2\nDC_SOC_LIMIT3 = 25\nMODBUS_ADDRESSES = 0x01,\n  0x02\n"
        "CHARGE_MODE = 2\n";
    const Loaded before = load(old);
    const std::string text = upgraded(old);
    const Loaded after = load(text);
    EXPECT_EQ(before.config, after.config) << text;
    for (const auto& rule : rules_of(after))
        EXPECT_TRUE(rule != "R05" && rule != "R06" && rule != "R07") << rule << text;
    EXPECT_NE(text.find("; second\n"), std::string::npos);
    EXPECT_EQ(upgraded(text), text);
    EXPECT_EQ(upgraded(""), "");
}

}  // namespace
}  // namespace bmsd::config
