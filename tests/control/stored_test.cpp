#include "control/stored.h"

#include <gtest/gtest.h>

// settings are written with those that matter; the others are empty
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace bmsd::control {
namespace {

TEST(Stored, GoesThereAndBack)
{
    Stored stored;
    stored.allow_max_voltage = false;
    stored.max_voltage_start_time = 1700000123;
    stored.soc_calc = 66.854;
    stored.soc_reset_last_reached = 1698617600;
    stored.history.total_ah_drawn = 0.6166666666666667;
    stored.history.full_discharges = 3;
    const Restored restored = from_texts(to_texts(stored));
    EXPECT_EQ(restored.stored, stored);
    EXPECT_TRUE(restored.unreadable.empty());
}

TEST(Stored, NothingStoredIsTheFirstStart)
{
    EXPECT_EQ(from_texts({}).stored, Stored{});
    EXPECT_EQ(from_texts(to_texts({})).stored, Stored{});
    EXPECT_TRUE(to_texts({}).max_voltage_start_time.empty());
    EXPECT_TRUE(to_texts({}).history_values.empty());
}

TEST(Stored, FormsOfTheSettings)
{
    Stored stored;
    stored.soc_calc = 88;
    EXPECT_EQ(to_texts(stored).soc_calc, "88.000");
    EXPECT_EQ(to_texts(stored).allow_max_voltage, "1");
    EXPECT_EQ(to_texts(stored).soc_reset_last_reached, "0");
}

TEST(Stored, OnlyOneMeansBulkIsAllowed)
{
    for (const auto* text : {"0", "2", "true"})
        EXPECT_FALSE(from_texts({.allow_max_voltage = text}).stored.allow_max_voltage);
    for (const auto* text : {"1", "1.0", ""})
        EXPECT_TRUE(from_texts({.allow_max_voltage = text}).stored.allow_max_voltage);
}

TEST(Stored, RS18_CountersOfTheReferenceAreDecimalNumbersAfterARestart)
{
    const auto restored = from_texts(
        {.history_values = R"({"clear": 0, "full_discharges": 3.0, "automatic_syncs": 12.0, "total_ah_drawn": -15960.5,
                               "timestamp_last_full_charge": 1749900000.0, "minimum_temperature": -1.5, "new": "x"})"});
    EXPECT_TRUE(restored.unreadable.empty());
    EXPECT_EQ(restored.stored.history.full_discharges, 3);
    EXPECT_EQ(restored.stored.history.automatic_syncs, 12);
    EXPECT_EQ(restored.stored.history.timestamp_last_full_charge, 1749900000);
    EXPECT_EQ(restored.stored.history.total_ah_drawn, 15960.5);
    EXPECT_EQ(restored.stored.history.minimum_temperature, -1.5);
}

TEST(Stored, WhatCannotBeReadIsIgnoredAndCountedTheRestStays)
{
    const auto restored = from_texts(
        {.max_voltage_start_time = "None",
         .soc_calc = "nan",
         .soc_reset_last_reached = "17e999",
         .history_values = R"({"minimum_voltage": "low", "maximum_voltage": 55.5, "automatic_syncs": 1e300})"});
    EXPECT_EQ(restored.unreadable, (std::vector<std::string_view>{"MaxVoltageStartTime", "SocResetLastReached",
                                                                  "SocCalc", "minimum_voltage", "automatic_syncs"}));
    EXPECT_EQ(restored.stored.max_voltage_start_time, std::nullopt);
    EXPECT_EQ(restored.stored.soc_calc, std::nullopt);
    EXPECT_EQ(restored.stored.history.maximum_voltage, 55.5);
    EXPECT_EQ(from_texts({.history_values = "{\"minimum_voltage\": 4"}).unreadable.size(), 1U);
    EXPECT_EQ(from_texts({.history_values = "[1]"}).unreadable.size(), 1U);
}

}  // namespace
}  // namespace bmsd::control
