#include "control/history.h"

#include <gtest/gtest.h>

#include "bench.h"

// a History is written with the members that matter; the rest is absent
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace bmsd::control {
namespace {

TEST(FlowCounter, TheValueAtTheStartOfTheIntervalCounts)
{
    FlowCounter counter;
    EXPECT_EQ(counter.step(-36.0, -1800.0, {0, 0}).discharged_ah, 0);
    const Flow flow = counter.step(100.0, 5000.0, {10, 0});
    EXPECT_DOUBLE_EQ(flow.discharged_ah, 0.1);
    EXPECT_DOUBLE_EQ(flow.discharged_wh, 5);
    EXPECT_EQ(flow.charged_wh, 0);
    const Flow next = counter.step(std::nullopt, std::nullopt, {10.5, 0});
    EXPECT_EQ(next.discharged_ah, 0);
    EXPECT_DOUBLE_EQ(next.charged_wh, 5000 * 0.5 / 3600);
    EXPECT_EQ(counter.step(-10.0, -500.0, {100, 0}).discharged_wh, 0);
}

class HistoryTest : public testing::Test {
  protected:
    HistoryKeeper keeper{History{}};
    HistoryKeeper::Reading reading{.consumed_ah = -40.0,
                                   .voltage = 52.8,
                                   .lowest_cell = 3.29,
                                   .highest_cell = 3.31,
                                   .min_temperature = 20.0,
                                   .max_temperature = 22.5,
                                   .soc = 60.0,
                                   .average = 5.0,
                                   .capacity = 100.0,
                                   .nominal_energy = 5.4,
                                   .alarms = {}};
    Now now{100, 1.7e9};
    bool enabled = true;

    const History& step(double seconds = 1)
    {
        keeper.step(reading, enabled, now);
        now.steady += seconds;
        now.wall += seconds;
        return keeper.values();
    }
    const History& discharge(double ah)
    {
        keeper.add({.discharged_ah = ah, .discharged_wh = ah * 50, .charged_wh = 0});
        return step();
    }
    void deliver(History h)
    {
        Telemetry t;
        t.history = h;
        keeper.read(t);
    }
};

TEST_F(HistoryTest, FirstValues)
{
    const History& h = step();
    EXPECT_EQ(h.deepest_discharge, 40.0);
    EXPECT_EQ(h.last_discharge, 0.0);
    EXPECT_EQ(h.average_discharge, std::nullopt);
    EXPECT_EQ(h.total_ah_drawn, 0.0);
    EXPECT_EQ(h.charge_cycles, std::nullopt);
    EXPECT_EQ(h.full_discharges, 0);
    EXPECT_EQ(h.minimum_voltage, 52.8);
    EXPECT_EQ(h.maximum_cell_voltage, 3.31);
    EXPECT_EQ(h.automatic_syncs, std::nullopt);
    EXPECT_EQ(h.timestamp_last_full_charge, std::nullopt);
    EXPECT_EQ(h.low_voltage_alarms, 0);
    EXPECT_EQ(h.maximum_temperature, 22.5);
    EXPECT_EQ(h.charged_energy, 0.0);
}

TEST_F(HistoryTest, WhatIsCountedBeforeTheFirstValueComesInTheNextEvaluation)
{
    EXPECT_EQ(discharge(0.5).total_ah_drawn, 0.0);
    EXPECT_EQ(step().total_ah_drawn, 0.5);
    EXPECT_EQ(step().total_ah_drawn, 0.5);
    EXPECT_DOUBLE_EQ(*keeper.values().discharged_energy, 0.025);
}

TEST_F(HistoryTest, CyclesAndAverageFollowTheTotal)
{
    step();
    discharge(250);
    EXPECT_EQ(keeper.values().charge_cycles, 2.5);
    EXPECT_EQ(keeper.values().average_discharge, 100.0);
}

TEST_F(HistoryTest, CyclesOfTheBmsGiveTheFirstEstimates)
{
    Telemetry t;
    t.cycles = 57;
    keeper.read(t);
    reading.capacity = 280.0;
    reading.nominal_energy = 3.375 * 16 * 280 / 1000;
    const History& h = step();
    EXPECT_EQ(h.charge_cycles, 57.0);
    EXPECT_EQ(h.total_ah_drawn, 15960.0);
    EXPECT_EQ(h.average_discharge, 280.0);
    EXPECT_NEAR(*h.discharged_energy, 861.84, 1e-9);
    EXPECT_NEAR(*h.charged_energy, 861.84, 1e-9);
    EXPECT_EQ(keeper.stored().charge_cycles, std::nullopt);
    EXPECT_EQ(keeper.stored().total_ah_drawn, 15960.0);
}

TEST_F(HistoryTest, WhatTheBmsDeliversIsNeverCalculatedChangedOrCleared)
{
    deliver({.total_ah_drawn = -1200.0,
             .full_discharges = 4,
             .maximum_voltage = 50.0,
             .low_voltage_alarms = 5,
             .discharged_energy = 350.0});
    reading.alarms[Alarm::low_voltage] = 0;
    step();
    reading.alarms[Alarm::low_voltage] = 2;
    reading.soc = 0.0;
    discharge(10);
    EXPECT_EQ(keeper.values().full_discharges, 4);
    EXPECT_EQ(keeper.values().low_voltage_alarms, 5);
    EXPECT_EQ(keeper.values().total_ah_drawn, 1200.0);
    EXPECT_EQ(keeper.values().maximum_voltage, 50.0);
    EXPECT_EQ(keeper.values().discharged_energy, 350.0);
    deliver({});  // not read this time
    EXPECT_TRUE(keeper.clear(1));
    step();
    EXPECT_EQ(keeper.values().total_ah_drawn, 1200.0);
    EXPECT_EQ(keeper.stored().discharged_energy, std::nullopt);
}

TEST_F(HistoryTest, RS13_PeaksOfASingleCycleCount)
{
    step();
    reading.highest_cell = 3.7;
    reading.voltage = 49.0;
    step();
    reading.highest_cell = 3.3;
    reading.voltage = 52.8;
    step();
    EXPECT_EQ(keeper.values().maximum_cell_voltage, 3.7);
    EXPECT_EQ(keeper.values().minimum_voltage, 49.0);
}

TEST_F(HistoryTest, RS13_ButTheyShowOnceAMinuteOnly)
{
    step();
    EXPECT_EQ(keeper.published().deepest_discharge, 40.0);
    reading.consumed_ah = -41.0;
    for (int i = 0; i < 59; ++i) {
        step();
        EXPECT_EQ(keeper.published().deepest_discharge, 40.0);
    }
    step();
    EXPECT_EQ(keeper.published().deepest_discharge, 41.0);
}

TEST_F(HistoryTest, RS14_EachDischargeIsCountedForItself)
{
    step();
    reading.average = -5.0;
    step();
    EXPECT_EQ(discharge(3).last_discharge, 3.0);
    EXPECT_EQ(discharge(2).last_discharge, 5.0);
    reading.average = 0.0;
    EXPECT_EQ(discharge(1).last_discharge, 6.0);  // <= 0 still follows
    reading.average = 4.0;
    EXPECT_EQ(discharge(1).last_discharge, 6.0);
    reading.average = 0.0;
    EXPECT_EQ(step().last_discharge, 7.0);  // not a discharge yet
    reading.average = -1.0;
    EXPECT_EQ(step().last_discharge, 0.0);
    EXPECT_EQ(discharge(0.5).last_discharge, 0.5);
}

TEST_F(HistoryTest, ARestartOrAnOutageIsNoNewDischarge)
{
    keeper = HistoryKeeper(History{.last_discharge = 7.0});
    reading.average = -5.0;
    EXPECT_EQ(step().last_discharge, 7.0);
    EXPECT_EQ(discharge(1).last_discharge, 8.0);
    reading.average.reset();
    step();
    reading.average = -5.0;
    EXPECT_EQ(discharge(1).last_discharge, 9.0);
}

TEST_F(HistoryTest, FullDischargesNeedARecoveryInBetween)
{
    step();
    reading.soc = 0.0;
    EXPECT_EQ(step().full_discharges, 1);
    EXPECT_EQ(step().full_discharges, 1);
    reading.soc = 15.0;
    step();
    reading.soc = 0.0;
    EXPECT_EQ(step().full_discharges, 1);
    reading.soc = 15.1;
    step();
    reading.soc = 0.0;
    EXPECT_EQ(step().full_discharges, 2);
}

TEST_F(HistoryTest, RS19_UnknownSocIsSkipped)
{
    step();
    reading.soc = 0.0;
    step();
    reading.soc.reset();
    EXPECT_EQ(step().full_discharges, 1);
    reading.soc = 0.0;
    EXPECT_EQ(step().full_discharges, 1);

    keeper = HistoryKeeper(History{});
    step();
    reading.soc.reset();
    EXPECT_EQ(step().full_discharges, 0);
}

TEST_F(HistoryTest, RS15_AlarmsThatRiseFromZeroCountOncePerCycle)
{
    step();
    reading.alarms[Alarm::low_voltage] = 1;  // from unknown: no
    EXPECT_EQ(step().low_voltage_alarms, 0);
    reading.alarms[Alarm::low_voltage] = 2;
    EXPECT_EQ(step().low_voltage_alarms, 0);
    reading.alarms[Alarm::low_voltage] = 0;
    reading.alarms[Alarm::low_cell_voltage] = 0;
    step();
    reading.alarms[Alarm::low_voltage] = 2;
    reading.alarms[Alarm::low_cell_voltage] = 1;
    EXPECT_EQ(step().low_voltage_alarms, 1);
    EXPECT_EQ(step().low_voltage_alarms, 1);
    EXPECT_EQ(keeper.values().high_voltage_alarms, 0);
    reading.alarms[Alarm::high_cell_voltage] = 0;
    step();
    reading.alarms[Alarm::high_cell_voltage] = 1;
    EXPECT_EQ(step().high_voltage_alarms, 1);
    EXPECT_EQ(keeper.values().low_voltage_alarms, 1);
}

TEST_F(HistoryTest, EnteringFloatCountsAndIsStampedAtOnce)
{
    step();
    keeper.float_entered(now);
    EXPECT_EQ(keeper.published().automatic_syncs, 1);
    EXPECT_EQ(keeper.published().timestamp_last_full_charge, 1700000001);
    now.wall += 100.7;
    EXPECT_EQ(keeper.since_full_charge(now), 100);
    keeper.float_entered(now);
    EXPECT_EQ(keeper.values().automatic_syncs, 2);
}

TEST_F(HistoryTest, AFullChargeBeforeTheClockIsSetIsStampedAfterwards)
{
    step();
    now.wall = 5000;  // 1970
    keeper.float_entered(now);
    EXPECT_EQ(keeper.values().timestamp_last_full_charge, std::nullopt);
    EXPECT_EQ(keeper.values().automatic_syncs, 1);
    now.steady += 30;
    now.wall = 1.7e9;
    step();
    EXPECT_EQ(keeper.values().timestamp_last_full_charge, 1700000000 - 30);
    now.wall = 5000;
    EXPECT_EQ(keeper.since_full_charge(now), std::nullopt);
}

TEST_F(HistoryTest, SwitchedOffOnlyFloatCounts)
{
    enabled = false;
    keeper = HistoryKeeper(History{.minimum_voltage = 47.0});
    discharge(5);
    keeper.float_entered(now);
    step();
    EXPECT_EQ(keeper.values(),
              (History{.minimum_voltage = 47.0, .timestamp_last_full_charge = 1700000001, .automatic_syncs = 1}));
    enabled = true;
    step();
    EXPECT_EQ(step().total_ah_drawn, 0.0);  // nothing saved up meanwhile
}

TEST_F(HistoryTest, RS16_ClearedEnergiesBeginAtZero)
{
    Telemetry t;
    t.cycles = 10;
    keeper.read(t);
    EXPECT_EQ(step().charged_energy, 54.0);
    keeper.add({.discharged_ah = 1, .discharged_wh = 50, .charged_wh = 70});
    for (const int mode : {7, 1}) {
        EXPECT_TRUE(keeper.clear(mode));
        EXPECT_EQ(keeper.values().charged_energy, 0.0);
        EXPECT_EQ(keeper.published().discharged_energy, 0.0);
        EXPECT_EQ(step().charged_energy, 0.0);
    }
}

class HistoryClear : public HistoryTest {
  protected:
    const History full{.deepest_discharge = 90.0,
                       .last_discharge = 8.0,
                       .average_discharge = 100.0,
                       .total_ah_drawn = 500.0,
                       .charge_cycles = 5.0,
                       .full_discharges = 3,
                       .minimum_voltage = 40.0,
                       .maximum_voltage = 60.0,
                       .minimum_cell_voltage = 2.5,
                       .maximum_cell_voltage = 3.7,
                       .timestamp_last_full_charge = 1690000000,
                       .automatic_syncs = 4,
                       .low_voltage_alarms = 2,
                       .high_voltage_alarms = 1,
                       .minimum_temperature = -5.0,
                       .maximum_temperature = 45.0,
                       .discharged_energy = 25.0,
                       .charged_energy = 27.0};
    History expected = full;

    /// RS17: a second clear with the same number does it again.
    History after(int mode)
    {
        keeper = HistoryKeeper(full);
        step();
        for (int i = 0; i < 2; ++i) EXPECT_TRUE(keeper.clear(mode));
        EXPECT_EQ(keeper.published(), keeper.values());
        return keeper.values();
    }
};

TEST_F(HistoryClear, RS17_DischargesCanBeClearedAgainAndAgain)
{
    expected.deepest_discharge = 40.0;
    expected.last_discharge = expected.total_ah_drawn = 0.0;
    expected.charge_cycles.reset();
    expected.full_discharges = 0;
    EXPECT_EQ(after(2), expected);
}

TEST_F(HistoryClear, Voltages)
{
    expected.minimum_voltage = expected.maximum_voltage = 52.8;
    expected.minimum_cell_voltage = 3.29;
    expected.maximum_cell_voltage = 3.31;
    EXPECT_EQ(after(3), expected);
}

TEST_F(HistoryClear, FullCharges)
{
    expected.timestamp_last_full_charge.reset();
    expected.automatic_syncs.reset();
    EXPECT_EQ(after(4), expected);
}

TEST_F(HistoryClear, AlarmCounters)
{
    expected.low_voltage_alarms = expected.high_voltage_alarms = 0;
    EXPECT_EQ(after(5), expected);
}

TEST_F(HistoryClear, Temperatures)
{
    expected.minimum_temperature = 20.0;
    expected.maximum_temperature = 22.5;
    EXPECT_EQ(after(6), expected);
}

TEST_F(HistoryClear, Energies)
{
    expected.discharged_energy = expected.charged_energy = 0.0;
    EXPECT_EQ(after(7), expected);
}

TEST_F(HistoryClear, Everything)
{
    EXPECT_EQ(after(1), (History{.deepest_discharge = 40.0,
                                 .last_discharge = 0.0,
                                 .total_ah_drawn = 0.0,
                                 .full_discharges = 0,
                                 .minimum_voltage = 52.8,
                                 .maximum_voltage = 52.8,
                                 .minimum_cell_voltage = 3.29,
                                 .maximum_cell_voltage = 3.31,
                                 .low_voltage_alarms = 0,
                                 .high_voltage_alarms = 0,
                                 .minimum_temperature = 20.0,
                                 .maximum_temperature = 22.5,
                                 .discharged_energy = 0.0,
                                 .charged_energy = 0.0}));
}

TEST_F(HistoryTest, OtherModesAreRefused)
{
    step();
    EXPECT_FALSE(keeper.clear(0));
    EXPECT_FALSE(keeper.clear(8));
    EXPECT_FALSE(keeper.clear(-1));
}

TEST_F(HistoryTest, AClearRestartsTheCountersBehind)
{
    step();
    reading.average = -5.0;
    discharge(3);
    keeper.add({.discharged_ah = 1, .discharged_wh = 50, .charged_wh = 0});
    keeper.clear(2);
    EXPECT_EQ(step().total_ah_drawn, 0.0);
    EXPECT_EQ(keeper.values().last_discharge, 0.0);
    EXPECT_DOUBLE_EQ(*keeper.values().discharged_energy, 0.2);  // 3 + 1 Ah at 50 V: group 7 goes on
    EXPECT_EQ(discharge(2).last_discharge, 2.0);
}

TEST(HistoryOnTheBus, StoredValuesFromTheFirstCycleCalculatedOnesOneCycleLater)
{
    Stored stored;
    stored.history.minimum_voltage = 47.9;
    Bench bench(config::defaults(), stored);
    bench.cycle();
    EXPECT_EQ(bench.out.history.minimum_voltage, 47.9);
    EXPECT_EQ(bench.out.history.maximum_voltage, std::nullopt);
    bench.cycle();
    EXPECT_EQ(bench.out.history.maximum_voltage, 52.8);
}

TEST(HistoryOnTheBus, WhatTheBmsCountsItselfAndWhatFollowsFromIt)
{
    Bench bench;
    bench.telemetry.cycles = 10;
    bench.telemetry.discharged_energy = 350;
    bench.cycles(2);
    EXPECT_EQ(bench.control.history().discharged_energy, 350.0);
    EXPECT_NEAR(*bench.control.history().charged_energy, 10 * 5.4, 1e-9);  // 16 cells of 3.375 V, 100 Ah
    bench.telemetry.total_ah_drawn = 1234;
    bench.telemetry.charged_energy = 360;
    bench.cycle();
    EXPECT_EQ(bench.control.history().total_ah_drawn, 1234.0);
    EXPECT_EQ(bench.control.history().charged_energy, 360.0);
}

TEST(HistoryOnTheBus, AClearShowsInTheNextCycle)
{
    Bench bench;
    bench.cycles(2);
    EXPECT_FALSE(bench.control.clear_history(9));
    bench.telemetry.voltage = 54;
    bench.cycle();
    EXPECT_TRUE(bench.control.clear_history(3));
    EXPECT_EQ(bench.control.stored().history.minimum_voltage, 54.0);
    EXPECT_EQ(bench.cycle().history.minimum_voltage, 54.0);
}

}  // namespace
}  // namespace bmsd::control
