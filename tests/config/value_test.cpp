#include "config/value.h"

#include <gtest/gtest.h>

namespace bmsd::config {
namespace {

TEST(ConfigValue, SetFromJson)
{
    Config config = defaults();
    EXPECT_TRUE(set_from_json(config, "MAX_CELL_VOLTAGE", 3.55));
    EXPECT_TRUE(set_from_json(config, "CVL_RECALCULATION_EVERY", 30));
    EXPECT_TRUE(set_from_json(config, "BLOCK_ON_DISCONNECT", true));
    EXPECT_TRUE(set_from_json(config, "HISTORY_ENABLE", "False"));
    EXPECT_TRUE(set_from_json(config, "SOC_RESET_AFTER_DAYS", 15));
    EXPECT_TRUE(set_from_json(config, "TIME_TO_SOC_POINTS", {100, 50, 0}));
    EXPECT_TRUE(set_from_json(config, "CELL_VOLTAGES_WHILE_CHARGING", {3.7, 3.66, 3.65, 3.5, 3.4}));
    EXPECT_TRUE(set_from_json(config, "BMS_TYPE", {"LltJbd", "Daly"}));
    EXPECT_TRUE(set_from_json(config, "BATTERY_CELL_DATA_FORMAT", "2"));
    EXPECT_TRUE(set_from_json(config, "SWITCH_TO_BULK_SOC_THRESHOLD", ""));
    EXPECT_EQ(config.max_cell_voltage, 3.55);
    EXPECT_EQ(config.cvl_recalculation_every, 30);
    EXPECT_TRUE(config.block_on_disconnect);
    EXPECT_FALSE(config.history_enable);
    EXPECT_EQ(config.soc_reset_after_days, 15);
    EXPECT_EQ(config.time_to_soc_points, (std::vector<std::int64_t>{100, 50, 0}));
    EXPECT_EQ(config.cell_voltages_while_charging.front(), 3.7);
    EXPECT_EQ(config.bms_type, (std::vector<std::string>{"LltJbd", "Daly"}));
    EXPECT_EQ(config.battery_cell_data_format, 2);
    EXPECT_EQ(config.switch_to_bulk_soc_threshold, 0);
}

TEST(ConfigValue, EmptyMeansWhatItMeansInTheFile)
{
    Config config = defaults();
    ASSERT_TRUE(set_from_json(config, "SOC_RESET_AFTER_DAYS", 15));
    ASSERT_TRUE(set_from_json(config, "MAX_CELL_VOLTAGE", 3.6));
    EXPECT_TRUE(set_from_json(config, "SOC_RESET_AFTER_DAYS", nullptr));
    EXPECT_TRUE(set_from_json(config, "MAX_CELL_VOLTAGE", ""));
    EXPECT_TRUE(set_from_json(config, "BMS_TYPE", boost::json::array{}));
    EXPECT_EQ(config, defaults());
}

TEST(ConfigValue, WhatIsWrongChangesNothing)
{
    Config config = defaults();
    EXPECT_EQ(set_from_json(config, "MAX_CELL_VOLTAGE", 50).error(),
              "MAX_CELL_VOLTAGE: 50 is outside 1.0..5.0; 3.45 is used. Allowed: 1.0..5.0 V.");
    EXPECT_FALSE(set_from_json(config, "MAX_CELL_VOLTAGE", true));
    EXPECT_FALSE(set_from_json(config, "MAX_CELL_VOLTAGE", boost::json::object{}));
    EXPECT_FALSE(set_from_json(config, "CELL_VOLTAGES_WHILE_CHARGING", {{3.5}, 3.4}));
    EXPECT_FALSE(set_from_text(config, "BATTERY_ADDRESSES", "0x01, 2"));
    EXPECT_FALSE(set_from_text(config, "BMS_TYPE", "lltjbd"));
    EXPECT_FALSE(set_from_text(config, "POLL_INTERVAL", "0"));
    EXPECT_EQ(set_from_json(config, "MAX_VOLTS", 50).error(), "MAX_VOLTS is no key of the configuration");
    EXPECT_EQ(config, defaults());
}

TEST(ConfigValue, ValuesHaveTheTypeOfTheKey)
{
    const Config config = defaults();
    EXPECT_EQ(value_of(config, "LOGGING"), Value(std::string("INFO")));
    EXPECT_EQ(value_of(config, "CHARGE_MODE"), Value(std::int64_t{1}));
    EXPECT_EQ(value_of(config, "BATTERY_CAPACITY"), Value(99.0));
    EXPECT_EQ(value_of(config, "CVCM_ENABLE"), Value(true));
    EXPECT_EQ(value_of(config, "POLL_INTERVAL"), Value());
    EXPECT_EQ(value_of(config, "MQTT_USERNAME"), Value(std::string()));
    EXPECT_EQ(value_of(config, "TEMPERATURE_SOURCE_BATTERY"), Value(std::vector<std::int64_t>{1, 2, 3, 4}));
    EXPECT_EQ(value_of(config, "no such key"), Value());
}

TEST(ConfigValue, AddressesAreHexWithOrWithoutTheMark)
{
    EXPECT_EQ(address_of("0x10"), 0x10);
    EXPECT_EQ(address_of("10"), 0x10);
    EXPECT_EQ(address_of("fF"), 0xFF);
    for (const auto* text : {"", "0x", "1", "0X01", "0x0102", "g1", "+1"}) EXPECT_FALSE(address_of(text)) << text;
}

TEST(ConfigValue, Differences)
{
    Config config = defaults();
    EXPECT_TRUE(diff(config, defaults()).empty());
    config.poll_interval = 2;
    config.max_cell_voltage = 3.5;
    config.mqtt_username = "me";
    EXPECT_EQ(diff(defaults(), config),
              (std::vector<std::string_view>{"MAX_CELL_VOLTAGE", "POLL_INTERVAL", "MQTT_USERNAME"}));
}

}  // namespace
}  // namespace bmsd::config
