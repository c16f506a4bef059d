// Current limits: limiters, texts, throttle, threshold, hold, ramp, flags, and the points of section 12 about them.
#include "control/current.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pack.h"

namespace bmsd::control {
namespace {

/// A pack at rest in the middle of everything: 50 A and 60 A.
struct Limits : Pack {
    explicit Limits(const config::Config& c = config::defaults()) : Pack(c)
    {
        telemetry.soc = 60;
        telemetry.temperatures = {25.0, 26.0, std::nullopt, std::nullopt};
        telemetry.temperature_mosfet = 30;
    }
    const LimitCause& cause() const { return out.limits.charge.cause; }
};

TEST(CurrentLimit, AtFirstWhatTheLimitersAskFor)
{
    Limits pack;
    EXPECT_EQ(pack.ccl(), 50);
    EXPECT_EQ(pack.out.limits.discharge.applied, 60.0);
    EXPECT_EQ(pack.charge_text(), "Max Battery Charge Current");
    EXPECT_EQ(pack.discharge_text(), "Max Battery Discharge Current");
    EXPECT_TRUE(pack.out.limits.charge.allowed);
    EXPECT_EQ(pack.cause().limiter, "Max Battery Charge Current");
    EXPECT_EQ(pack.cause().limit, 50.0);

    Limits cold;
    cold.telemetry.temperatures[1] = 2.0;
    EXPECT_EQ(cold.ccl(), 12.5);
    EXPECT_EQ(cold.charge_text(), "Temp");
}

TEST(CurrentLimit, EachLimiterAndItsCauseInNumbers)
{
    Limits cells;
    cells.cell(3, 3.4125);
    EXPECT_NEAR(cells.ccl(), 7.5, 1e-9);
    EXPECT_EQ(cells.charge_text(), "Cell Voltage");
    EXPECT_EQ(cells.cause().measured, 3.4125);
    EXPECT_EQ(cells.cause().point_low, 3.4);
    EXPECT_EQ(cells.cause().point_high, 3.425);
    EXPECT_EQ(cells.cause().limit_low, 12.5);
    EXPECT_EQ(cells.cause().limit_high, 2.5);
    EXPECT_NEAR(*cells.cause().limit, 7.5, 1e-9);

    Limits empty;
    empty.cell(3, 2.95);
    EXPECT_NEAR(empty.dcl(), 60 * 0.0275, 1e-3);
    EXPECT_EQ(empty.discharge_text(), "Cell Voltage");

    Limits hot;
    hot.telemetry.temperature_mosfet = 85;
    EXPECT_NEAR(hot.ccl(), 6.25, 1e-9);
    EXPECT_EQ(hot.charge_text(), "MOSFET");
    EXPECT_EQ(hot.discharge_text(), "MOSFET");

    Limits full(with([](auto& c) { c.cccm_soc_enable = c.dccm_soc_enable = true; }));
    full.telemetry.soc = 92.5;
    EXPECT_NEAR(full.ccl(), 17.5, 1e-9);
    EXPECT_EQ(full.charge_text(), "SoC");
    EXPECT_EQ(full.discharge_text(), "Max Battery Discharge Current");
}

TEST(CurrentLimit, StepModeReadsTheKindOfEachLimiter)
{
    Limits pack(with([](auto& c) {
        c.charge_mode = 2;
        c.cccm_soc_enable = true;
    }));
    pack.telemetry.temperatures[0] = 42.0;
    pack.cell(1, 3.05);
    EXPECT_EQ(pack.ccl(), 50);
    EXPECT_NEAR(*pack.out.limits.discharge.applied, 15.0, 1e-9);
    EXPECT_EQ(pack.discharge_text(), "Cell Voltage");
}

TEST(CurrentLimit, TheColderOrTheHotterSensorDecides)
{
    Limits pack;
    pack.telemetry.temperatures = {2.0, 52.5, std::nullopt, std::nullopt};
    EXPECT_NEAR(pack.ccl(), 6.25, 1e-9);
    EXPECT_EQ(pack.cause().measured, 52.5);

    Limits selected(with([](auto& c) { c.temperature_source_battery = {1}; }));
    selected.telemetry.temperatures = {25.0, -5.0, std::nullopt, std::nullopt};
    EXPECT_EQ(selected.ccl(), 50);
}

TEST(CurrentLimit, TextsOfAllThatAskForAsLittle)
{
    Limits pack;
    pack.telemetry.temperatures[0] = -1.0;
    pack.telemetry.temperature_mosfet = 95;
    EXPECT_EQ(pack.ccl(), 0);
    EXPECT_EQ(pack.charge_text(), "Temp, MOSFET");
    pack.telemetry.charge_fet = false;
    pack.cell(1, 3.6);
    pack.cycle();
    EXPECT_EQ(pack.charge_text(), "Cell Voltage, Temp, MOSFET, BMS");
    EXPECT_EQ(pack.cause().limiter, "Cell Voltage");

    Limits bms;
    bms.telemetry.max_charge_current = 0;
    bms.telemetry.charge_fet = false;
    bms.telemetry.temperatures[0] = -1.0;  // equal to the BMS limit: no candidate
    bms.cycle();
    EXPECT_EQ(bms.charge_text(), "BMS Settings, BMS");

    Limits nothing(with([](auto& c) { c.max_battery_charge_current = 0; }));
    nothing.telemetry.charge_fet = false;
    nothing.telemetry.temperatures[0] = -1.0;
    nothing.cycle();
    EXPECT_EQ(nothing.charge_text(), "Max Battery Charge Current, BMS");
    EXPECT_EQ(nothing.out.limits.charge.applied, 0.0);
}

TEST(CurrentLimit, OfTheBmsOnlyWhenLower)
{
    Limits pack;
    pack.telemetry.max_charge_current = 30;
    pack.telemetry.max_discharge_current = 200;
    EXPECT_EQ(pack.ccl(), 30);
    EXPECT_EQ(pack.charge_text(), "BMS Settings");
    EXPECT_EQ(pack.out.limits.discharge.applied, 60.0);

    Limits asked(with([](auto& c) { c.use_bms_dvcc_values = true; }));
    asked.telemetry.max_charge_current = 30;
    asked.telemetry.requested_charge_current = 8;
    EXPECT_EQ(asked.ccl(), 8);
    Limits ignored;
    ignored.telemetry.requested_charge_current = 8;
    EXPECT_EQ(ignored.ccl(), 50);
}

TEST(CurrentLimit, SmallReductionsWaitLargeOnesAndStopsDoNot)
{
    Limits pack;
    pack.cycle();
    pack.telemetry.max_charge_current = 33.6;  // 32.8 %
    for (int i = 1; i < 60; ++i) ASSERT_EQ(pack.ccl(), 50) << i;
    EXPECT_EQ(pack.charge_text(), "Max Battery Charge Current");
    EXPECT_EQ(pack.out.limits.charge.target, 33.6);
    EXPECT_EQ(pack.ccl(), 33.6);
    EXPECT_EQ(pack.charge_text(), "BMS Settings");
    pack.telemetry.max_charge_current = 33.6 * 0.67;  // 33 % exactly
    EXPECT_NEAR(pack.ccl(), 22.512, 1e-9);

    Limits stop;
    stop.telemetry.max_charge_current = 0.4;
    stop.cycle();
    stop.telemetry.max_charge_current = 0;
    EXPECT_EQ(stop.ccl(), 0);
}

/// The example of section 9.
TEST(CurrentLimit, HoldAndRamp)
{
    Limits pack;
    pack.cell(1, 3.45);
    EXPECT_EQ(pack.ccl(), 0.25);
    pack.cell(1, 3.3);
    for (int i = 0; i <= 29; ++i) {
        ASSERT_EQ(pack.ccl(), 0.25) << i;
        ASSERT_EQ(pack.charge_text(), "Max Battery Charge Current *");
    }
    EXPECT_EQ(pack.ccl(), 0.25);
    EXPECT_EQ(pack.charge_text(), "Max Battery Charge Current");
    for (int i = 1; i <= 9; ++i) ASSERT_EQ(pack.ccl(), 0.25 + 5 * i);
    EXPECT_EQ(pack.ccl(), 50);
}

TEST(CurrentLimit, FromZeroOnlyWithMoreThanTheThreshold)
{
    Limits pack;
    pack.telemetry.max_charge_current = 0;
    pack.cycle();
    pack.telemetry.max_charge_current = 0.749;
    for (int i = 0; i < 100; ++i) ASSERT_EQ(pack.ccl(), 0);
    EXPECT_EQ(pack.charge_text(), "BMS Settings *");
    EXPECT_FALSE(pack.out.limits.charge.allowed);
    pack.telemetry.max_charge_current = 20;
    pack.cycles(20);
    pack.telemetry.max_charge_current = 0.749;  // a hold that has begun is over
    pack.cycle();
    pack.telemetry.max_charge_current = 0.75;  // 1.5 % of 50 A
    for (int i = 0; i < 30; ++i) ASSERT_EQ(pack.ccl(), 0);
    EXPECT_EQ(pack.ccl(), 0);  // the ramp begins
    EXPECT_EQ(pack.ccl(), 0.75);
    EXPECT_TRUE(pack.out.limits.charge.allowed);
}

TEST(CurrentLimit, RateZeroGoesThereAtOnceAfterTheHold)
{
    Limits pack(with([](auto& c) { c.ccl_recovery_rate_a_per_sec = 0; }));
    pack.telemetry.charge_fet = false;
    pack.cycle();
    pack.telemetry.charge_fet = true;
    for (int i = 0; i < 30; ++i) ASSERT_EQ(pack.ccl(), 0);
    EXPECT_EQ(pack.ccl(), 50);
}

TEST(CurrentLimit, TheRampFollowsItsTargetAndAFurtherRiseHoldsAgain)
{
    Limits pack;
    pack.telemetry.charge_fet = false;
    pack.cycle();
    pack.telemetry.charge_fet = true;
    pack.telemetry.max_charge_current = 12;
    pack.cycles(31);
    EXPECT_EQ(pack.ccl(), 5);
    EXPECT_EQ(pack.ccl(), 10);
    EXPECT_EQ(pack.ccl(), 12);
    pack.telemetry.max_charge_current = 40;
    EXPECT_EQ(pack.ccl(), 12);
    EXPECT_EQ(pack.charge_text(), "BMS Settings *");
}

TEST(CurrentLimit, FlagsNeedTheFetAndACurrent)
{
    Limits pack;
    pack.telemetry.charge_fet.reset();
    pack.telemetry.discharge_fet.reset();
    pack.cycle();
    EXPECT_TRUE(pack.out.limits.charge.allowed);  // a BMS without FET states
    pack.telemetry.charge_fet = true;
    pack.cycle();
    EXPECT_TRUE(pack.out.limits.charge.allowed);
    pack.telemetry.charge_fet.reset();  // vanished: nobody knows
    EXPECT_EQ(pack.ccl(), 50);
    EXPECT_FALSE(pack.out.limits.charge.allowed);
    pack.telemetry.charge_fet = false;
    EXPECT_EQ(pack.ccl(), 0);
    EXPECT_EQ(pack.charge_text(), "BMS");
    pack.telemetry.charge_fet.reset();  // last known: off
    pack.cycles(200);
    EXPECT_EQ(pack.out.limits.charge.applied, 0.0);
}

TEST(CurrentLimit, ALowerConfiguredMaximumCountsAtOnce)
{
    Limits pack;
    pack.cycle();
    pack.config.max_battery_charge_current = 45;  // 10 % less
    pack.control.reconfigure(pack.config, false, pack.now);
    EXPECT_EQ(pack.ccl(), 45);
    pack.config.max_battery_charge_current = 80;
    pack.control.reconfigure(pack.config, false, pack.now);
    EXPECT_EQ(pack.ccl(), 45);  // hold and ramp
}

TEST(CurrentLimit, RA7_BlockedBatteriesComeBackWithHoldAndRamp)
{
    Limits pack(with([](auto& c) { c.block_on_disconnect = true; }));
    pack.cycle();
    pack.cycles(10, false);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);
    EXPECT_TRUE(pack.out.limits.charge.allowed);
    EXPECT_EQ(pack.ccl(false), 0);
    EXPECT_EQ(pack.out.limits.discharge.applied, 0.0);
    EXPECT_FALSE(pack.out.limits.charge.allowed);
    EXPECT_EQ(pack.charge_text(), "Max Battery Charge Current");  // unchanged
    for (int i = 0; i < 31; ++i) ASSERT_EQ(pack.ccl(), 0) << i;
    EXPECT_EQ(pack.ccl(), 5);

    Limits never;  // no good cycle yet
    never.cycles(10, false);
    EXPECT_EQ(never.out.limits.charge.applied, std::nullopt);
    EXPECT_EQ(never.ccl(false), 0);
}

TEST(CurrentLimit, RD17_WhatTheBmsAsksForPresetsNothing)
{
    Limits pack(with([](auto& c) { c.use_bms_dvcc_values = true; }));
    pack.telemetry.requested_charge_current = 8;
    pack.telemetry.max_charge_current = 20;
    pack.input = {.good = true, .telemetry = &pack.telemetry};
    pack.control.start(pack.input, pack.now, pack.out);
    pack.telemetry.requested_charge_current = 100;
    pack.telemetry.max_charge_current = 45;
    EXPECT_EQ(pack.ccl(), 45);  // no recovery from 8 or 20 A
    pack.telemetry.max_charge_current = 100;
    pack.cycles(100);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);  // never above the configured maximum
}

TEST(CurrentLimit, RD21_AThrottledReductionCancelsARamp)
{
    Limits pack;
    pack.telemetry.max_charge_current = 17.5;
    pack.cycle();
    pack.telemetry.max_charge_current = 50;
    pack.cycles(31);
    EXPECT_EQ(pack.ccl(), 22.5);
    pack.telemetry.max_charge_current = 20;  // less than a third below
    pack.cycles(36);
    pack.telemetry.max_charge_current = 50;
    for (int i = 0; i < 31; ++i) ASSERT_EQ(pack.ccl(), 22.5) << i;
    EXPECT_EQ(pack.ccl(), 27.5);
}

TEST(CurrentLimit, RD22_WhatVanishesGoesOnLimiting)
{
    Limits pack;
    pack.telemetry.temperatures = {2.0, 25.0, std::nullopt, std::nullopt};
    EXPECT_EQ(pack.ccl(), 12.5);
    pack.telemetry.temperatures[0].reset();  // the cold one
    pack.cycles(500);
    EXPECT_EQ(pack.out.limits.charge.applied, 12.5);
    EXPECT_EQ(pack.charge_text(), "Temp");

    Limits cells;
    cells.cell(5, 3.45);
    EXPECT_EQ(cells.ccl(), 0.25);
    cells.cell(5, std::nullopt);
    cells.cycles(100);
    EXPECT_EQ(cells.out.limits.charge.applied, 0.25);
    cells.cell(6, 3.5);  // another one rises
    EXPECT_EQ(cells.ccl(), 0);

    Limits soc(with([](auto& c) { c.cccm_soc_enable = true; }));
    soc.telemetry.soc = 98;
    EXPECT_EQ(soc.ccl(), 5);
    soc.telemetry.soc.reset();
    soc.cycles(100);
    EXPECT_EQ(soc.out.limits.charge.applied, 5.0);

    Limits bms;
    bms.telemetry.max_charge_current = 10;
    bms.telemetry.max_discharge_current = 20;
    EXPECT_EQ(bms.ccl(), 10);
    bms.telemetry.max_charge_current.reset();
    bms.telemetry.max_discharge_current.reset();
    bms.cycles(100);
    EXPECT_EQ(bms.out.limits.charge.applied, 10.0);
    EXPECT_EQ(bms.out.limits.discharge.applied, 20.0);

    Limits mosfet;
    mosfet.telemetry.temperature_mosfet = 95;
    EXPECT_EQ(mosfet.ccl(), 0);
    mosfet.telemetry.temperature_mosfet.reset();
    mosfet.cycles(100);
    EXPECT_EQ(mosfet.out.limits.charge.applied, 0.0);

    Limits empty;
    empty.cell(5, 2.8);
    EXPECT_EQ(empty.dcl(), 0);
    empty.cell(5, std::nullopt);
    empty.cycles(100);
    EXPECT_EQ(empty.out.limits.discharge.applied, 0.0);
}

TEST(CurrentLimit, RD22_WhatWasNeverThereTakesNoPart)
{
    Limits pack;
    pack.telemetry.temperatures = {};
    pack.telemetry.temperature_mosfet.reset();
    EXPECT_EQ(pack.ccl(), 50);
}

TEST(CurrentLimit, RD23_ListsThatAreNoCurveLetNothingFlowAndCountAsErrors)
{
    Limits pack(with([](auto& c) { c.max_charge_current_t_fraction.pop_back(); }));
    EXPECT_EQ(pack.ccl(), 0);
    EXPECT_EQ(pack.out.limits.discharge.applied, 60.0);
    EXPECT_GE(pack.control.events().errors, 1U);
}

TEST(CurrentLimit, RD24_ANegativeBmsLimitIsZero)
{
    Limits pack;
    pack.telemetry.max_charge_current = -5;
    EXPECT_EQ(pack.ccl(), 0);
    EXPECT_EQ(pack.charge_text(), "BMS Settings");
    EXPECT_FALSE(pack.out.limits.charge.allowed);
    pack.telemetry.max_discharge_current = -0.1;
    EXPECT_EQ(pack.dcl(), 0);
    EXPECT_FALSE(pack.out.limits.discharge.allowed);
    pack.input = {.good = true, .telemetry = &pack.telemetry};
    pack.control.start(pack.input, pack.now, pack.out);
    EXPECT_EQ(pack.out.limits.charge.applied, 0.0);  // nor at the start
}

TEST(CurrentLimit, RD30_AGapLetsHoldAndRampBeginAgain)
{
    Limits pack;
    pack.telemetry.charge_fet = false;
    pack.cycle();
    pack.telemetry.charge_fet = true;
    pack.cycles(31);
    EXPECT_EQ(pack.ccl(), 5);
    pack.cycles(11, false);
    for (int i = 0; i < 31; ++i) ASSERT_EQ(pack.ccl(), 5) << i;
    EXPECT_EQ(pack.ccl(), 10);
    pack.cycles(4, false);  // a short one
    EXPECT_EQ(pack.ccl(), 35);

    Limits held;
    held.telemetry.charge_fet = false;
    held.cycle();
    held.telemetry.charge_fet = true;
    held.cycles(15);
    held.cycles(10, false);  // not more than ten seconds: the hold goes on
    for (int i = 0; i < 6; ++i) ASSERT_EQ(held.ccl(), 0) << i;
    EXPECT_EQ(held.ccl(), 5);
}

TEST(CurrentLimit, RD33_ASensorNobodyHasHeardOfForLongLimitsToAQuarter)
{
    Limits pack;
    pack.cycle();
    pack.telemetry.temperatures[1].reset();
    pack.cycles(599);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);
    EXPECT_FALSE(pack.control.events().sensor_stale);
    EXPECT_EQ(pack.ccl(), 12.5);
    EXPECT_TRUE(pack.control.events().sensor_stale);
    EXPECT_EQ(pack.charge_text(), "Temp");
    EXPECT_EQ(pack.out.limits.discharge.applied, 60.0);  // section 15, number 4: the other sensor decides
    pack.cycle();
    EXPECT_FALSE(pack.control.events().sensor_stale);  // told once
    pack.telemetry.temperatures[1] = 26.0;
    pack.cycles(100);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);

    Limits worse;  // its last reading may ask for less
    worse.telemetry.temperatures[1] = -1.0;
    worse.cycle();
    worse.telemetry.temperatures[1].reset();
    worse.cycles(700);
    EXPECT_EQ(worse.out.limits.charge.applied, 0.0);

    Limits unused(with([](auto& c) { c.temperature_source_battery = {1}; }));
    unused.cycle();
    unused.telemetry.temperatures[1].reset();
    unused.cycles(700);
    EXPECT_EQ(unused.out.limits.charge.applied, 50.0);
}

TEST(CurrentLimit, RD34_ACellBelowOneVoltStopsEverything)
{
    Limits pack(with([](auto& c) { c.cccm_cv_enable = c.dccm_cv_enable = false; }));
    pack.cell(4, 0.999);
    EXPECT_EQ(pack.ccl(), 0);
    EXPECT_TRUE(pack.control.events().dead_cell);
    EXPECT_EQ(pack.charge_text(), "Cell Voltage");
    EXPECT_EQ(pack.out.limits.discharge.applied, 0.0);
    EXPECT_EQ(pack.discharge_text(), "Cell Voltage");
    EXPECT_EQ(pack.cause().measured, 0.999);
    EXPECT_EQ(pack.out.limits.control_voltage, 55.2);
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");
    pack.cycle();
    EXPECT_FALSE(pack.control.events().dead_cell);
    pack.cell(4, std::nullopt);
    EXPECT_EQ(pack.ccl(), 0);
    pack.cell(4, 1.0);
    pack.cycles(60);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);
    pack.cell(4, 0.0);  // a value, not a missing one
    EXPECT_EQ(pack.ccl(), 0);
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");
    pack.cell(4, 1.0);
    pack.cycles(60);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);
}

}  // namespace
}  // namespace bmsd::control
