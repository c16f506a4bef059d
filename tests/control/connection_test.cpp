#include "control/connection.h"

#include <gtest/gtest.h>

#include "bench.h"

namespace bmsd::control {
namespace {

class Link : public testing::Test {
  protected:
    config::Config config = config::defaults();
    Connection connection;
    Connection::Cells cells{3.3, 3.31};
    Now now{500, 1.7e9};
    State state;

    const State& cycle(bool good, double seconds = 1)
    {
        connection.step(config, good, cells, now);
        connection.fill(state);
        now.steady += seconds;
        return state;
    }
    const State& cycles(int count, bool good)
    {
        for (int i = 0; i < count; ++i) cycle(good);
        return state;
    }
};

TEST_F(Link, OneFailedReadShowsOnlyAfterwards)
{
    EXPECT_EQ(cycle(true).connection_information.view(), "Connected");
    EXPECT_EQ(cycle(false).connection_information.view(), "Connected");
    EXPECT_EQ(cycle(true).connection_information.view(), "Connected (1 errors in the last 1s)");
    EXPECT_TRUE(state.online);
}

TEST_F(Link, RA12_TheWordIsAlwaysErrors)
{
    cycle(true);
    cycle(false);
    EXPECT_NE(cycle(true).connection_information.view().find("1 errors in the last"), std::string_view::npos);
}

TEST_F(Link, LostAtTenSecondsOnceAnOutage)
{
    cycle(true);
    cycles(10, false);
    EXPECT_TRUE(state.online);
    EXPECT_FALSE(connection.just_lost());
    EXPECT_FALSE(cycle(false).online);
    EXPECT_TRUE(connection.just_lost());
    cycle(false);
    EXPECT_FALSE(connection.just_lost());
    EXPECT_TRUE(cycle(true).online);
    EXPECT_TRUE(connection.resumed());
    EXPECT_FALSE((cycle(true), connection.resumed()));
}

TEST_F(Link, RA4_CableAlarmEndsWithTheErrorWindow)
{
    cycle(true);
    EXPECT_EQ(state.bms_cable, 0);
    cycles(61, false);
    EXPECT_EQ(state.bms_cable, 0);
    EXPECT_EQ(cycle(false).bms_cable, 1);
    cycles(60, true);
    EXPECT_EQ(state.bms_cable, 1);
    EXPECT_EQ(cycle(true).bms_cable, 0);
    EXPECT_EQ(state.connection_information.view(), "Connected");
}

TEST_F(Link, RA3_WithoutCableAlarmItIsAlwaysZero)
{
    config.bms_cable_alarm = false;
    config.block_on_disconnect = true;
    cycle(true);
    cycles(61, false);
    EXPECT_TRUE(state.give_up);
    EXPECT_EQ(state.bms_cable, 0);
}

TEST_F(Link, RA5_TheOutageEndsWithEachGoodRead)
{
    cycle(true);
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(cycle(false).online) << i;
        EXPECT_TRUE(state.connection_information.view().starts_with("Connected")) << i;
        EXPECT_TRUE(cycle(false).online) << i;
        EXPECT_FALSE(state.give_up) << i;
        EXPECT_TRUE(state.connection_information.view().starts_with("Lost for: 1s ")) << i;
        cycles(18, true);
    }
    cells = {3.0, 3.31};  // each outage is judged for itself: no longer safe
    cycles(60, false);
    EXPECT_FALSE(state.give_up);
    EXPECT_TRUE(cycle(false).give_up);
}

TEST_F(Link, RA9_TheThresholdShownIsTheRealOneAndZeroIsZero)
{
    cells = {3.0, 3.31};  // not safe
    cycle(true);
    cycles(2, false);
    EXPECT_EQ(state.connection_information.view(), "Lost for: 1s | Disconnect in: 59s | Threshold: 1m");
    cycles(59, false);
    EXPECT_EQ(state.connection_information.view(), "Lost for: 1m | Disconnect in: 0s | Threshold: 1m");
    EXPECT_TRUE(state.give_up);
    EXPECT_EQ(state.bms_cable, 2);
}

TEST_F(Link, RA11_UnknownCellsAreNotSafe)
{
    cells = {};
    cycle(true);
    cycles(60, false);
    EXPECT_FALSE(state.give_up);
    EXPECT_TRUE(cycle(false).give_up);
}

TEST_F(Link, SafetyIsStrictAndJudgedAtTheSecondFailedRead)
{
    const auto gives_up_after_a_minute = [&](Connection::Cells last) {
        connection = Connection();
        cells = last;
        cycle(true);
        cycles(2, false);
        cells = {2.0, 4.0};  // not looked at any more
        return cycles(59, false).give_up;
    };
    EXPECT_TRUE(gives_up_after_a_minute({3.225, 3.3}));
    EXPECT_FALSE(gives_up_after_a_minute({3.226, 3.374}));
    EXPECT_TRUE(gives_up_after_a_minute({3.3, 3.375}));
}

TEST_F(Link, SafeCellsWaitForTheConfiguredTime)
{
    config.block_on_disconnect_timeout_minutes = 2;
    cycle(true);
    cycles(120, false);
    EXPECT_FALSE(state.give_up);
    EXPECT_TRUE(cycle(false).give_up);
    EXPECT_FALSE(cycle(true).give_up);
}

TEST_F(Link, BlockedWhenAskedForOrWithoutAnyGoodRead)
{
    cycles(10, false);
    EXPECT_FALSE(connection.blocked(config));
    cycle(false);
    EXPECT_TRUE(connection.blocked(config));
    cycle(true);
    EXPECT_FALSE(connection.blocked(config));
    cycles(30, false);
    EXPECT_FALSE(connection.blocked(config));
    config.block_on_disconnect = true;
    EXPECT_TRUE(connection.blocked(config));
}

TEST(LostBattery, VoltageCurrentPowerAndTimesGoTheRestStays)
{
    Bench bench;
    bench.telemetry.current = -10;
    bench.cycle();
    ASSERT_TRUE(bench.out.derived.time_to_go);
    const int state = bench.out.state.state;
    bench.cycles(10, false);
    EXPECT_EQ(bench.out.derived.voltage, 52.8);
    EXPECT_EQ(bench.out.derived.current_avg, -10.0);
    EXPECT_TRUE(bench.out.derived.time_to_go);
    bench.cycle(false);
    EXPECT_EQ(bench.out.derived.voltage, std::nullopt);
    EXPECT_EQ(bench.out.derived.current, std::nullopt);
    EXPECT_EQ(bench.out.derived.power, std::nullopt);
    EXPECT_EQ(bench.out.derived.current_avg, std::nullopt);
    EXPECT_EQ(bench.out.derived.soc, 60.0);
    EXPECT_EQ(bench.out.derived.max_cell_voltage, 3.3);
    EXPECT_EQ(bench.out.derived.temperature, 25.5);
    EXPECT_EQ(bench.out.state.state, state);
    bench.cycle();
    EXPECT_EQ(bench.out.derived.voltage, 52.8);
    EXPECT_EQ(bench.out.derived.current_avg, -10.0);
}

TEST(LostBattery, RA6_NobodyKnowsTheTimesOfALostBattery)
{
    config::Config config = config::defaults();
    config.time_to_soc_points = {0, 50};
    Bench bench(config);
    bench.telemetry.current = -10;
    bench.cycles(5);
    ASSERT_FALSE(bench.out.derived.time_to_soc[1].text.empty());
    bench.cycles(11, false);
    EXPECT_EQ(bench.out.derived.time_to_go, std::nullopt);
    EXPECT_TRUE(bench.out.derived.time_to_soc[1].text.empty());
    EXPECT_EQ(bench.out.derived.soc, 60.0);  // other programs calculate with these
    EXPECT_EQ(bench.out.derived.min_cell_voltage, 3.3);
    EXPECT_EQ(bench.out.derived.temperature, 25.5);
    EXPECT_EQ(bench.out.telemetry.cell_voltages[0], 3.3);
    EXPECT_FALSE(bench.out.state.online);
    bench.cycle();  // updated at once, not at the next interval
    EXPECT_TRUE(bench.out.derived.time_to_go);
    EXPECT_FALSE(bench.out.derived.time_to_soc[1].text.empty());
}

TEST(LostBattery, TheOutageAddsNothingToTheCounters)
{
    Bench bench;
    bench.telemetry.current = -36;
    bench.cycles(11);
    const double before = *bench.control.history().total_ah_drawn;
    const double energy = *bench.control.history().discharged_energy;
    EXPECT_NEAR(before, 36.0 * 10 / 3600, 1e-9);
    bench.cycles(100, false);
    bench.cycle();
    EXPECT_NEAR(*bench.control.history().total_ah_drawn, before, 1e-9);
    EXPECT_NEAR(*bench.control.history().discharged_energy, energy, 1e-9);
    bench.cycle();
    EXPECT_NEAR(*bench.control.history().total_ah_drawn, before + 36.0 / 3600, 1e-9);
}

TEST(LostBattery, AFewFailedReadsLoseNothing)
{
    Bench bench;
    bench.telemetry.current = -36;
    bench.cycle();
    bench.cycles(9, false);
    bench.cycle();
    EXPECT_NEAR(*bench.control.history().total_ah_drawn, 36.0 * 10 / 3600, 1e-9);
}

TEST(LostBattery, RA10_AReadingThatCannotBeIsAFailedRead)
{
    Bench bench;
    bench.cycle();
    for (const double voltage : {100.1, -0.1, 655.35, std::numeric_limits<double>::quiet_NaN()}) {
        bench.telemetry.voltage = voltage;
        bench.telemetry.soc = 50;
        EXPECT_EQ(bench.cycle().derived.soc, 60.0);
        EXPECT_EQ(bench.out.telemetry.voltage, 52.8);
    }
    EXPECT_EQ(bench.out.state.connection_information.view(), "Lost for: 3s | Disconnect in: 29m 57s | Threshold: 30m");
    bench.telemetry.voltage = 100;
    EXPECT_EQ(bench.cycle().derived.soc, 50.0);
}

TEST(LostBattery, A15_05_OneImplausibleFieldVoidsTheFieldNotTheReading)
{
    Bench bench;
    bench.cycle();
    for (const double current : {6000.0, -1001.0, std::numeric_limits<double>::quiet_NaN()}) {
        bench.telemetry.current = current;
        EXPECT_EQ(bench.cycle().derived.current, std::nullopt);
        EXPECT_EQ(bench.out.state.connection_information.view(), "Connected");
    }
    bench.telemetry.current = -1000;
    EXPECT_EQ(bench.cycle().derived.current, -1000.0);
    bench.telemetry.soc = 103;
    EXPECT_EQ(bench.cycle().derived.soc, 100.0);
    bench.telemetry.soc = 255;
    EXPECT_EQ(bench.cycle().derived.soc, std::nullopt);
    EXPECT_LE(*bench.out.limits.control_voltage, 54.0) << "an unknown SoC is missing data";
}

TEST_F(Link, A15_08_ABatteryThatWasGivenUpIsJudgedAnewWhenItReturns)
{
    config.block_on_disconnect = true;
    cycle(true);
    EXPECT_EQ(cycles(61, false).bms_cable, 2);
    EXPECT_TRUE(state.give_up);
    cycle(true);
    EXPECT_EQ(state.bms_cable, 0);
    EXPECT_EQ(state.connection_information.view(), "Connected");
    EXPECT_TRUE(state.online);
    EXPECT_FALSE(state.give_up);
}

TEST_F(Link, A15_15_TheAgeOfTheNewestReadingCountsNotTheReads)
{
    config.block_on_disconnect = true;
    cycle(true, 10.9);  // reads should have come every second, none did
    EXPECT_TRUE(cycle(false, 0.1).online);
    EXPECT_FALSE(connection.blocked(config));
    EXPECT_FALSE(cycle(false).online);
    EXPECT_TRUE(connection.blocked(config));
}

TEST_F(Link, A15_15_ASlowPollIntervalIsNoAge)
{
    const auto read = [&](bool good) { connection.step(config, good, cells, now, 20); };
    read(true);
    now.steady += 29;
    read(false);
    EXPECT_FALSE(connection.lost());
    now.steady += 1;
    read(false);
    EXPECT_TRUE(connection.lost());
}
}  // namespace
}  // namespace bmsd::control
