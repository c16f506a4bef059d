// How often people are told.
#include "notify/notices.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace bmsd::notify {
namespace {

using namespace std::chrono_literals;

class NoticesTest : public testing::Test {
  protected:
    NoticesTest()
    {
        who.id = BatteryId{3};
        who.custom_name = "Garage";
        who.unique_id = "SN1";
    }
    /// How many messages an event brings, `after` from the last one.
    std::size_t raise(std::uint8_t level, Duration after, std::string_view kind = "high_cell_voltage")
    {
        now += after;
        told = notices.take(who, {{kind, level, 7, 3.652, 3.55, "V"}}, now);
        return told.size();
    }

    Who who;
    Notices notices;
    Instant now{1h};
    std::vector<Notice> told;
};

TEST_F(NoticesTest, NamesBatteryAndCell)
{
    ASSERT_EQ(raise(2, 0s), 1U);
    EXPECT_EQ(message_of(told[0]), "Garage: high cell voltage, cell 7: 3.652 V");
    const auto json = boost::json::parse(json_of(told[0], 1.7e9)).as_object();
    EXPECT_EQ(json.at("title"), boost::json::value("Garage"));
    EXPECT_EQ(json.at("cell"), boost::json::value(7));
    EXPECT_EQ(json.at("priority"), boost::json::value(8));
    EXPECT_EQ(json.at("cleared"), boost::json::value(false));
    ASSERT_EQ(raise(0, 1s), 1U);
    EXPECT_EQ(message_of(told[0]), "Garage: high cell voltage: over");
}

TEST_F(NoticesTest, WhatFlickersIsToldOnceInTenMinutes)
{
    EXPECT_EQ(raise(1, 0s), 1U);
    EXPECT_EQ(raise(0, 1s), 1U);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(raise(1, 1s) + raise(0, 1s), 0U);
    EXPECT_EQ(raise(1, 10min), 1U);
}

TEST_F(NoticesTest, WhatWaitsAndStaysIsToldInItsTime)
{
    raise(1, 0s);
    raise(0, 1s);
    EXPECT_EQ(raise(1, 1s), 0U);
    EXPECT_TRUE(notices.due(now + 5min).empty());
    EXPECT_EQ(notices.due(now + 10min).size(), 1U);
    EXPECT_TRUE(notices.due(now + 20min).empty());
}

TEST_F(NoticesTest, WhatGetsWorseDoesNotWait)
{
    EXPECT_EQ(raise(1, 0s), 1U);
    EXPECT_EQ(raise(2, 1s), 1U);
    EXPECT_EQ(raise(1, 1s), 0U);
    EXPECT_EQ(raise(0, 1s), 1U);
}

TEST_F(NoticesTest, KindsAndBatteriesCountForThemselves)
{
    EXPECT_EQ(raise(1, 0s), 1U);
    EXPECT_EQ(raise(1, 0s, "low_soc"), 1U);
    who.id = BatteryId{4};
    EXPECT_EQ(raise(1, 0s), 1U);
    EXPECT_EQ(raise(0, 0s, "fuse_blown"), 0U) << "over without having been";
}

}  // namespace
}  // namespace bmsd::notify
