#include "model/json.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace bmsd {
namespace {

TEST(ModelJson, AbsentIsLeftOutAndEverythingComesBack)
{
    Reading reading;
    reading.identity.type = "LLT/JBD";
    reading.telemetry.voltage = 52.1;
    reading.telemetry.cycles = 12;
    reading.telemetry.charge_fet = false;
    reading.telemetry.cell_voltages = {3.3, std::nullopt, 3.31};
    reading.telemetry.temperatures[1] = -3.5;
    reading.telemetry.alarms[Alarm::low_soc] = 1;
    reading.telemetry.history.full_discharges = 4;
    const auto object = to_json(reading);
    EXPECT_EQ(object.size(), 8U);
    EXPECT_FALSE(object.contains("current"));
    Reading back;
    ASSERT_TRUE(from_json(object, back));
    EXPECT_EQ(back, reading);
}

TEST(ModelJson, TextIsAsPeopleWriteIt)
{
    const boost::json::value value{{"v", 52.8}, {"n", 16}, {"list", {1.0, nullptr, "a\"b"}}, {"nan", std::nan("")}};
    EXPECT_EQ(to_text(value), R"({"v":52.8,"n":16,"list":[1,null,"a\"b"],"nan":null})");
}

TEST(ModelJson, NothingFlowsBackwards)
{
    EXPECT_EQ(to_text(boost::json::object{{"current", -0.0}}), R"({"current":0})");
}

TEST(ModelJson, AnUnknownNameIsRefused)
{
    Reading reading;
    EXPECT_FALSE(from_json({{"volts", 3}}, reading));
    EXPECT_FALSE(from_json({{"voltage", "3"}}, reading));
    EXPECT_FALSE(from_json({{"alarms", {{"high_soc", 1}}}}, reading));
}

}  // namespace
}  // namespace bmsd
