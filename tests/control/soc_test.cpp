#include "control/soc.h"

#include <gtest/gtest.h>

#include "bench.h"

namespace bmsd::control {
namespace {

Number current_of(const config::Config& config, const Telemetry& telemetry, const Number& external = {})
{
    Input input;
    input.telemetry = &telemetry;
    input.external_current = external;
    return effective_current(config, input);
}

Number corrected(double current)
{
    config::Config config = config::defaults();
    config.current_reported_by_bms = {-100, 0, 100};
    config.current_measured_by_user = {-96, 0, 95};
    Telemetry t;
    t.current = current;
    return current_of(config, t);
}

TEST(EffectiveCurrent, TheCorrectionIsLinearBetweenItsPoints)
{
    EXPECT_DOUBLE_EQ(*corrected(50), 47.5);
    EXPECT_DOUBLE_EQ(*corrected(-50), -48);
    EXPECT_DOUBLE_EQ(*corrected(100), 95);
}

TEST(EffectiveCurrent, AFallingCorrectionIsTheSameTurnedAround)
{
    config::Config config = config::defaults();
    config.current_reported_by_bms = {100, 0, -100};
    config.current_measured_by_user = {95, 0, -96};
    Telemetry t;
    for (const double current : {-150.0, -100.0, -50.0, 0.0, 33.3, 100.0, 180.0}) {
        t.current = current;
        EXPECT_EQ(current_of(config, t), corrected(current)) << current;
    }
}

TEST(EffectiveCurrent, RS1_BeyondTheListAnOverCurrentStaysVisible)
{
    EXPECT_DOUBLE_EQ(*corrected(180), 175);
    EXPECT_DOUBLE_EQ(*corrected(-180), -176);
}

TEST(EffectiveCurrent, RS2_UnknownStaysUnknownAndAnInvalidSensorGivesWayToTheBms)
{
    config::Config config = config::defaults();
    config.current_measured_by_user = {-290, 290};
    Telemetry t;
    EXPECT_EQ(current_of(config, t), std::nullopt);
    EXPECT_EQ(current_of(config, t, 4.5), 4.5);
    t.current = 30;
    EXPECT_DOUBLE_EQ(*current_of(config, t), 29);
    EXPECT_DOUBLE_EQ(*current_of(config, t, std::numeric_limits<double>::quiet_NaN()), 29);
}

TEST(EffectiveCurrent, RS2_WithoutACurrentNothingIsDerivedFromIt)
{
    config::Config config = config::defaults();
    config.current_measured_by_user = {-290, 290};
    Bench bench(config);
    bench.cycle();
    bench.telemetry.current.reset();
    bench.cycle();
    EXPECT_EQ(bench.out.derived.current, std::nullopt);
    EXPECT_EQ(bench.out.derived.power, std::nullopt);
    EXPECT_EQ(bench.out.derived.current_avg, std::nullopt);
    EXPECT_EQ(bench.out.derived.soc, 60.0);
}

TEST(EffectiveCurrent, TheCorrectionIsNotForTheExternalSensor)
{
    config::Config config = config::defaults();
    config.current_measured_by_user = {-150, 150};
    Telemetry t;
    t.current = 10;
    EXPECT_DOUBLE_EQ(*current_of(config, t, 20.12345), 20.123);
}

TEST(EffectiveCurrent, NothingFlowsThroughAFetThatIsOff)
{
    const config::Config config = config::defaults();
    Telemetry t;
    t.current = 0.3;
    EXPECT_EQ(current_of(config, t), 0.3);  // FET states unknown
    t.charge_fet = false;
    EXPECT_EQ(current_of(config, t), 0.0);
    EXPECT_EQ(current_of(config, t, -0.4), -0.4);
    t.discharge_fet = false;
    EXPECT_EQ(current_of(config, t, -0.4), 0.0);
}

class Counting : public testing::Test {
  protected:
    SocCounter counter;
    SocCounter::Reading reading{
        .current = -50.0, .bms_soc = 40.0, .capacity = 40.0, .lowest_cell = 3.3, .empty_cell_voltage = 2.9};
    Now now{100, 1.7e9};

    Number step(double seconds = 1)
    {
        const Number soc = counter.step(reading, now);
        now.steady += seconds;
        return soc;
    }
};

TEST_F(Counting, BeginsAtTheBmsAndCountsTheCurrentAtTheEndOfTheInterval)
{
    EXPECT_EQ(step(), 40.0);
    EXPECT_EQ(step(), 39.965);  // 40 - 50 A x 1 s
    reading.current = 0.0;
    EXPECT_EQ(step(), 39.965);
}

TEST_F(Counting, BeginsAtTheStoredValue)
{
    counter = SocCounter(72.5);
    EXPECT_EQ(step(), 72.5);
    counter = SocCounter(-3.0);
    EXPECT_EQ(step(), 0.0);
}

TEST_F(Counting, WithoutAnyKnowledgeItBeginsFull)
{
    reading.bms_soc.reset();
    EXPECT_EQ(step(), 100.0);
}

TEST_F(Counting, StaysWithinTheCapacity)
{
    step();
    reading.current = 1000.0;
    for (int i = 0; i < 100; ++i) step();
    EXPECT_EQ(counter.value(), 100.0);
    reading.current = -1.0;
    EXPECT_EQ(step(), 99.999);
}

TEST_F(Counting, EmptyAfterMoreThanAMinuteAtTheMinimum)
{
    reading.current = -1.0;
    step();
    reading.lowest_cell = 2.9;
    for (int i = 0; i <= 60; ++i) EXPECT_GT(step(), 39.0) << i;
    EXPECT_EQ(step(), 0.0);
}

TEST_F(Counting, RS3_TwoDipsToTheMinimumAreNotOneLongOne)
{
    reading.current = -1.0;
    step();
    reading.lowest_cell = 2.89;
    step();
    reading.lowest_cell = 3.2;
    for (int i = 0; i < 300; ++i) step();
    reading.lowest_cell = 2.89;
    EXPECT_GT(step(), 38.0);
    for (int i = 0; i < 60; ++i) EXPECT_GT(step(), 38.0);
    EXPECT_EQ(step(), 0.0);
}

TEST_F(Counting, ChargingCurrentHoldsTheEmptyTimer)
{
    step();
    reading.lowest_cell = 2.8;
    reading.current = 0.0;
    for (int i = 0; i < 200; ++i) step();
    reading.current = -1.0;
    for (int i = 0; i < 60; ++i) EXPECT_GT(step(), 30.0);
    EXPECT_GT(step(), -1.0);
    EXPECT_EQ(step(), 0.0);
}

TEST_F(Counting, AnOutageIsNotTimeAtTheMinimum)
{
    reading.current = -1.0;
    reading.lowest_cell = 2.8;
    step();
    now.steady += 120;
    reading.resumed = true;
    EXPECT_GT(step(), 30.0);
    reading.resumed = false;
    EXPECT_GT(step(), 30.0);
}

TEST_F(Counting, RS4_ShortGapsAsNormalLongOnesWithTheMeanOfBothEnds)
{
    reading.current = -100.0;
    reading.capacity = 100.0;
    reading.bms_soc = 80.0;
    step(60);
    EXPECT_NEAR(*step(1800), 80 - 100.0 * 60 / 3600, 0.0006);
    const double before = *counter.value();
    reading.current = 20.0;
    EXPECT_NEAR(*step(60), before - 40.0 * 1800 / 3600, 0.002);
    const double after = *counter.value();
    reading.current = -60.0;
    EXPECT_NEAR(*step(60.5), after - 60.0 * 60 / 3600, 0.002);  // 60 s: the new current for all of it
    reading.current = 0.0;
    EXPECT_NEAR(*step(), after - 60.0 * 60 / 3600 - 30.0 * 60.5 / 3600, 0.002);

    counter = SocCounter(50.0);  // a gap from the very beginning
    reading.current = -20.0;
    step(360);
    reading.current = -40.0;
    EXPECT_NEAR(*step(), 50 - 30.0 * 360 / 3600, 0.002);
}

TEST_F(Counting, AnUnknownCurrentIsAGapToo)
{
    step();
    reading.current.reset();
    for (int i = 0; i < 30; ++i) EXPECT_EQ(step(), 40.0);
    reading.current = -40.0;
    EXPECT_NEAR(*step(), 40 - 40.0 * 31 / 3600 / 40 * 100, 0.001);
}

TEST_F(Counting, RS5_WithoutCapacityTheBmsSocAndNoRuleWithMissingCells)
{
    reading.capacity.reset();
    EXPECT_EQ(step(), 40.0);
    reading.capacity = 0.0;
    reading.bms_soc = 41.0;
    EXPECT_EQ(step(), 41.0);
    reading.capacity = 40.0;
    EXPECT_EQ(step(), 41.0);
    reading.current = -1.0;
    reading.lowest_cell.reset();
    for (int i = 0; i < 100; ++i) EXPECT_GT(step(), 30.0);
    reading.capacity.reset();
    reading.bms_soc.reset();
    EXPECT_EQ(step(), std::nullopt);
}

TEST_F(Counting, TheUserSetsIt)
{
    step();
    counter.set(55);
    EXPECT_EQ(counter.value(), 55.0);
    EXPECT_EQ(step(), 55.0);  // nothing is integrated in that cycle
    EXPECT_EQ(step(), 54.965);
    counter.set(0);  // RS7: zero is a value
    EXPECT_EQ(step(), 0.0);
}

TEST_F(Counting, FullShowsInTheNextCycleWhichCountsItsCurrent)
{
    step();
    counter.fill();
    EXPECT_EQ(step(), 99.965);
}

TEST(SocInUse, ExternalSensorBeforeCalculationBeforeBms)
{
    Bench bench;
    EXPECT_EQ(bench.cycle().derived.soc, 60.0);
    bench.input.external_soc = 44.44444;
    EXPECT_EQ(bench.cycle().derived.soc, 44.444);
    bench.input.external_soc = 130.0;
    EXPECT_EQ(bench.cycle().derived.soc, 60.0);
    bench.input.external_soc.reset();
    bench.telemetry.soc.reset();
    EXPECT_EQ(bench.cycle().derived.soc, std::nullopt);
}

TEST(SocInUse, DetectionIsCycleZero)
{
    config::Config config = config::defaults();
    config.soc_calculation = true;
    Bench bench(config);
    bench.telemetry.current = -36;
    bench.input.good = true;
    bench.input.telemetry = &bench.telemetry;
    bench.control.start(bench.input, bench.now, bench.out);
    EXPECT_EQ(bench.out.derived.soc, std::nullopt);  // not published before the first cycle
    EXPECT_EQ(bench.out.derived.capacity, 60.0);
    bench.now.steady += 10;
    EXPECT_DOUBLE_EQ(*bench.cycle().derived.soc, 59.9);
}

TEST(SocInUse, RS6_RS7_TheUserSetsTheCalculatedSoc)
{
    config::Config config = config::defaults();
    Bench plain(config);
    EXPECT_FALSE(plain.control.set_soc(50));  // the BMS is to be told instead
    config.soc_calculation = true;
    Bench bench(config);
    bench.cycle();
    EXPECT_TRUE(bench.control.set_soc(0));
    EXPECT_EQ(bench.cycle().derived.soc, 0.0);
    EXPECT_FALSE(bench.control.set_soc(101));
    EXPECT_FALSE(bench.control.set_soc(-1));
    EXPECT_FALSE(bench.control.set_soc(std::numeric_limits<double>::quiet_NaN()));
    EXPECT_TRUE(bench.control.set_soc(100));
    EXPECT_EQ(bench.cycle().derived.soc, 100.0);
    EXPECT_EQ(bench.control.stored().soc_calc, 100.0);
}

TEST(EffectiveCurrent, A15_16_AnExternalCurrentHasTheRangeOfTheBmss)
{
    Telemetry t;
    t.current = 5;
    const config::Config config = config::defaults();
    EXPECT_EQ(current_of(config, t, 1000), 1000);
    EXPECT_EQ(current_of(config, t, 1000.1), 5);
    EXPECT_EQ(current_of(config, t, -1e6), 5);
}

TEST(SocCounter, A15_16_AStepOfMoreThanFivePointsInAMinuteIsTold)
{
    SocCounter counter(50.0);
    SocCounter::Reading reading{.current = 0, .bms_soc = 50, .capacity = 10, .lowest_cell = 3.3};
    Now now{1000, 1.7e9};
    counter.step(reading, now);
    const auto seconds = [&](int count, double current) {
        reading.current = current;
        int told = 0;
        for (int i = 0; i < count; ++i) {
            ++now.steady;
            counter.step(reading, now);
            told += counter.stepped() ? 1 : 0;
        }
        return told;
    };
    EXPECT_EQ(seconds(120, 20), 0);  // 3.3 points a minute
    EXPECT_EQ(seconds(60, -40), 1);  // 6.7 points
    counter.fill();
    EXPECT_EQ(seconds(10, 0), 0);  // a reset is no step
}
}  // namespace
}  // namespace bmsd::control
