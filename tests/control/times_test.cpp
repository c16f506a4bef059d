#include "control/times.h"

#include <gtest/gtest.h>

#include "bench.h"

namespace bmsd::control {
namespace {

TEST(CurrentAverage, MeanOfTheLast300Cycles)
{
    CurrentAverage average;
    for (int i = 0; i < 300; ++i) EXPECT_EQ(average.add(-37.0), -37.0);
    EXPECT_EQ(average.add(-74.0), -37.12);
    for (int i = 0; i < 298; ++i) average.add(-74.0);
    EXPECT_EQ(average.add(-74.0), -74.0);
}

TEST(CurrentAverage, UnknownCurrentsStayOutside)
{
    CurrentAverage average;
    EXPECT_EQ(average.add(std::nullopt), std::nullopt);
    average.add(10.0);
    EXPECT_EQ(average.add(std::nullopt), std::nullopt);
    EXPECT_EQ(average.add(20.0), 15.0);
}

TEST(CurrentAverage, NoErrorPilesUpOverMonths)
{
    CurrentAverage average;
    for (int i = 0; i < 3'000'000; ++i) average.add(i % 2 == 0 ? 123.4567 : -98.7654321);
    for (int i = 0; i < 300; ++i) average.add(0.125);
    EXPECT_EQ(average.add(0.125), 0.13);
}

class TimesTest : public testing::Test {
  protected:
    config::Config config = config::defaults();
    Times times;
    Times::Reading reading{.lost = false, .average = -37.0, .soc = 60.0, .capacity = 100.0};
    EssSettings ess;
    Now now{100, 1.7e9};
    Derived out;

    TimesTest()
    {
        config.time_to_soc_points = {100, 50, 0};
        times.configure(config);
    }
    const Derived& step(double seconds = 1)
    {
        times.step(config, reading, ess, now);
        times.fill(out);
        now.steady += seconds;
        return out;
    }
    std::string_view text(std::size_t i) const { return out.time_to_soc[i].text.view(); }
};

TEST_F(TimesTest, WorkedExampleOfTheVectors)
{
    config.time_to_soc_value_type = 3;
    EXPECT_EQ(step().time_to_go, 3891);
    EXPECT_EQ(text(0), "");
    EXPECT_EQ(text(1), "972 [16m 12s]");
    EXPECT_EQ(text(2), "5837 [1h 37m]");
    EXPECT_EQ(out.time_to_soc[1].percent, 50);
}

TEST_F(TimesTest, TextTypes)
{
    step();
    EXPECT_EQ(text(1), "972");
    config.time_to_soc_value_type = 2;
    step(60);
    now.steady += 60;
    step();
    EXPECT_EQ(text(1), "16m 12s");
}

TEST_F(TimesTest, EvaluatedAtItsIntervalOnlyAndAtLeastEveryFiveSeconds)
{
    config.time_to_soc_recalculate_every = 2;
    step();
    reading.soc = 50;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(step().time_to_go, 3891);
    EXPECT_EQ(step().time_to_go, 2918);
}

TEST_F(TimesTest, RS8_TheDirectionComesFromTheAverage)
{
    Bench bench(config);
    bench.telemetry.soc = 70;
    bench.telemetry.current = 50;
    bench.cycles(290);
    bench.telemetry.current = -1;  // the present current discharges, the average still charges
    bench.now.steady += 60;
    bench.cycle();
    ASSERT_GT(bench.out.derived.current_avg, 0.0);
    const double rate = *bench.out.derived.current_avg / 3600;  // 100 Ah
    const auto seconds = static_cast<std::int64_t>(30 / rate);
    EXPECT_EQ(bench.out.derived.time_to_go, seconds);
    EXPECT_EQ(bench.out.derived.time_to_soc[0].text.view(), std::to_string(seconds));
    EXPECT_EQ(bench.out.derived.time_to_soc[1].text.view(), "");  // 50 % lies behind
}

TEST_F(TimesTest, RS8_PointsBehindAsNegativeTimes)
{
    config.time_to_soc_inc_from = true;
    config.time_to_soc_value_type = 3;
    reading.average = -10.0;
    reading.soc = 90.0;
    step();
    EXPECT_EQ(text(0), "-3600 [-1h]");
    EXPECT_EQ(text(1), "14400 [4h]");
    EXPECT_FALSE(out.time_to_go < 0);
}

TEST_F(TimesTest, RS9_NoTimesWithoutCapacityAndPointsWithoutTimeToGo)
{
    config.time_to_go_enable = false;
    step();
    EXPECT_EQ(out.time_to_go, std::nullopt);
    EXPECT_EQ(text(1), "972");
    for (const Number capacity : {Number(0.0), Number()}) {
        reading.capacity = capacity;
        step();
        EXPECT_EQ(text(1), "");
    }
    EXPECT_EQ(out.time_to_soc.size(), 3U);
}

TEST_F(TimesTest, RS10_LessThanASecondIsZero)
{
    config.time_to_soc_value_type = 2;
    reading.soc = 50.001;
    step();
    EXPECT_EQ(text(1), "0s");
}

TEST_F(TimesTest, NoTimeToGoBelowATenthOfAnAmpere)
{
    EXPECT_TRUE(step().time_to_go);
    reading.average = -0.1;
    now.steady += 60;
    EXPECT_EQ(step().time_to_go, std::nullopt);
    EXPECT_EQ(text(1), "360000");
    reading.average = 0.0;
    now.steady += 60;
    step();
    EXPECT_EQ(text(0), "");
    EXPECT_EQ(text(1), "");
}

TEST_F(TimesTest, UnknownCurrentKeepsUnknownSocDoesNot)
{
    step();
    reading.average.reset();
    now.steady += 100;
    EXPECT_EQ(step().time_to_go, 3891);
    reading.soc.reset();
    EXPECT_EQ(step().time_to_go, std::nullopt);
}

TEST(DischargeFloor, WhatEssSays)
{
    EssSettings ess{.hub4_mode = 1, .battery_life_state = 10, .minimum_soc_limit = 15.7, .soc_limit = 35.0};
    EXPECT_EQ(discharge_floor(ess, 20), 15);
    ess.battery_life_state = 12;
    EXPECT_EQ(discharge_floor(ess, 20), 15);
    ess.battery_life_state = 4;
    EXPECT_EQ(discharge_floor(ess, 20), 35);
    ess.hub4_mode = 2;
    EXPECT_EQ(discharge_floor(ess, 20), 35);
    ess.battery_life_state = 9;
    EXPECT_EQ(discharge_floor(ess, 20), 20);
    ess.battery_life_state = 10;
    ess.soc_limit.reset();
    EXPECT_EQ(discharge_floor(ess, 20), 20);
    ess.soc_limit = 10;
    ess.hub4_mode = 3;
    EXPECT_EQ(discharge_floor(ess, 20), 20);
    EXPECT_EQ(discharge_floor({}, 20), 20);
}

}  // namespace
}  // namespace bmsd::control
