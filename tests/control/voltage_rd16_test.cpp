// The points of core/charge-control.md section 12 about the charge voltage, from RD16 on; the others:
// voltage_rd_test.cpp.
#include <gtest/gtest.h>

#include <cmath>

#include "pack.h"

namespace bmsd::control {
namespace {

TEST(ChargeVoltage, RD16_WithoutACellCountThereIsNoLimitAndAChangeCounts)
{
    for (const bool enabled : {true, false}) {
        Pack pack(with_reset([&](auto& c) { c.cvcm_enable = enabled; }));
        pack.telemetry.cell_count.reset();
        EXPECT_TRUE(std::isnan(pack.volts()));
        EXPECT_EQ(pack.out.limits.charge_voltage, std::nullopt);
        EXPECT_EQ(pack.out.limits.charge.applied, std::nullopt);
        EXPECT_FALSE(pack.out.limits.charge.allowed);
    }
    Pack registered;  // keeps what it started with
    registered.telemetry.cell_count.reset();
    registered.telemetry.max_charge_current = 30;
    registered.input = {.good = true, .telemetry = &registered.telemetry};
    registered.control.start(registered.input, registered.now, registered.out);
    EXPECT_EQ(registered.ccl(), 30);
    EXPECT_EQ(registered.out.limits.discharge.applied, 60.0);
    EXPECT_EQ(registered.out.limits.charge_voltage, std::nullopt);

    Pack pack;
    pack.cycle();
    pack.telemetry.cell_count = 15;
    pack.all(3.3, 15);
    EXPECT_EQ(pack.volts(), 55.2);
    pack.cycles(60);  // section 15, number 14: verified for a minute
    EXPECT_EQ(pack.out.limits.control_voltage, 51.75);
    pack.telemetry.cell_count.reset();  // vanished: the last one
    EXPECT_EQ(pack.volts(), 51.75);
}

TEST(ChargeVoltage, RD17_TheIntegratorStartsBulkFromTheMaximum)
{
    const auto config = with([](auto& c) { c.cvl_controller_mode = 2; });
    Pack pack(config, 16, in_float());
    pack.cycles(5);
    pack.telemetry.soc = 50;
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");

    Pack high(config, 16, in_float());
    high.cycles(5);
    high.telemetry.soc = 50;
    high.cell(1, 3.455);
    EXPECT_LE(high.volts(), 54.0 + 1e-9);
    EXPECT_NEAR(*high.control.voltage().target(), 54.0, 1e-9);  // from where it was; a cell over lets nothing rise
}

TEST(ChargeVoltage, RD17_WhatTheBmsAsksForIsAnUpperLimitAndNothingElse)
{
    Pack pack(with([](auto& c) { c.use_bms_dvcc_values = true; }), 16, in_float());
    pack.telemetry.requested_charge_voltage = 54.8;
    EXPECT_EQ(pack.volts(), 54.0);
    pack.telemetry.soc = 20;
    EXPECT_EQ(pack.volts(), 54.8);
    pack.telemetry.max_battery_voltage = 54.4;
    EXPECT_EQ(pack.volts(), 54.4);

    Pack high(with([](auto& c) {
        c.use_bms_dvcc_values = true;
        c.soc_reset_cell_voltage = 3.6;
    }));
    high.telemetry.requested_charge_voltage = 56.0;
    EXPECT_EQ(high.volts(), 55.2)
        << "it lifts nothing; only a maximum of the BMS takes the place of the configured one";
    high.telemetry.max_battery_voltage = 55.6;
    high.cycles(1);
    EXPECT_EQ(high.volts(), 55.6);
}

TEST(ChargeVoltage, RD18_ABmsMaximumBelowARecoveryEndsIt)
{
    Pack pack(with([](auto& c) { c.use_bms_dvcc_values = true; }));
    pack.telemetry.max_battery_voltage = 55.2;
    pack.all(3.4);
    pack.cell(1, 3.47);
    pack.cycle();
    pack.cell(1, 3.4);
    pack.cycles(5);
    pack.telemetry.max_battery_voltage = 54.2;
    EXPECT_EQ(pack.volts(), 54.2);
    EXPECT_EQ(pack.mode(), "Absorption │ Linear Mode");
    EXPECT_EQ(pack.volts(), 54.2);
    pack.telemetry.max_battery_voltage = 55.2;  // within the hold: it does not jump
    for (int i = 0; i < 53; ++i) ASSERT_EQ(pack.volts(), 54.2) << i;
    EXPECT_NEAR(pack.volts(), 54.201, 1e-9);
    pack.cycles(1000);
    EXPECT_EQ(pack.out.limits.control_voltage, 55.2);

    pack.cell(1, 3.47);  // while it ramps: what the BMS gives back comes slowly too
    pack.cycle();
    pack.cell(1, 3.4);
    pack.cycles(300);
    pack.telemetry.max_battery_voltage = 54.5;
    EXPECT_EQ(pack.volts(), 54.5);
    pack.cycles(200);
    pack.telemetry.max_battery_voltage = 55.2;
    EXPECT_NEAR(pack.volts(), 54.5, 0.0011);
    EXPECT_NEAR(pack.volts(), 54.501, 0.0011);
}

TEST(ChargeVoltage, RD19_WithoutVoltageControlThereIsNoSocReset)
{
    Pack pack(with_reset([](auto& c) { c.cvcm_enable = false; }));
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Keep always max voltage");
    pack.cell(1, std::nullopt);
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Keep always max voltage");
    EXPECT_EQ(pack.control.events().errors, 0U);

    Pack reloaded(with_reset());
    EXPECT_EQ(reloaded.volts(), 58.4);
    reloaded.config.cvcm_enable = false;
    reloaded.control.reconfigure(reloaded.config, false, reloaded.now);
    EXPECT_EQ(reloaded.volts(), 55.2);
    EXPECT_FALSE(reloaded.control.voltage().soc_reset_requested());
}

TEST(ChargeVoltage, RD20_DecidedInEveryCycle)
{
    Pack pack(with([](auto& c) { c.cvl_recalculation_every = 3600; }));
    pack.all(3.4);
    double before = pack.volts();
    for (int i = 1; i < 20; ++i) {
        pack.cell(1, 3.45 + 0.01 * i);
        for (std::size_t n = 2; n <= 16; ++n) pack.cell(n, 3.4 - 0.001 * i);
        const double now = pack.volts();
        EXPECT_LT(now, before);
        before = now;
    }
}

TEST(ChargeVoltage, RD25_SocResetIsShownWhileRequestedOnly)
{
    Pack equal(with([](auto& c) { c.soc_reset_cell_voltage = 3.45; }));
    equal.cycle();
    EXPECT_EQ(equal.mode(), "Bulk │ Linear Mode");

    Pack requested(with_reset([](auto& c) { c.soc_reset_cell_voltage = 3.45; }));
    requested.cycle();
    EXPECT_EQ(requested.mode(), "Bulk & SoC Reset │ Linear Mode");
}

TEST(ChargeVoltage, RD26_WithoutSingleCellsTheExtremesAndThePackCount)
{
    Pack pack;
    pack.telemetry.cell_voltages.clear();
    pack.telemetry.voltage = 55.2;
    pack.telemetry.min_cell_voltage = 3.449;
    pack.telemetry.max_cell_voltage = 3.452;
    EXPECT_NEAR(pack.volts(), 55.2 - 0.002, 1e-9);
    EXPECT_TRUE(pack.control.voltage().timer_running());
    pack.telemetry.max_cell_voltage = 3.6;
    EXPECT_NEAR(pack.volts(), 55.2 - 0.15, 1e-9);
    pack.telemetry.voltage.reset();
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Error, please check the logs!");
    pack.telemetry.voltage = 55.2;
    pack.telemetry.min_cell_voltage.reset();
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Error, please check the logs!");
}

TEST(ChargeVoltage, RD26_TheHighestCellAloneCountsForTheClippedSum)
{
    Pack pack(with([](auto& c) { c.cvl_controller_mode = 3; }));
    pack.telemetry.cell_voltages.clear();
    pack.telemetry.voltage = 54.4;
    pack.telemetry.min_cell_voltage = 3.38;
    pack.telemetry.max_cell_voltage = 3.5;
    EXPECT_NEAR(pack.volts(), 54.4 - 0.05 + 0.01, 1e-9);
}

TEST(ChargeVoltage, RD26_CellsThatVanishAreMissingAlsoWhenTheExtremesAreThere)
{
    Pack pack;
    pack.telemetry.min_cell_voltage = pack.telemetry.max_cell_voltage = 3.3;
    pack.cycle();
    pack.telemetry.cell_voltages.clear();
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Error, please check the logs!");
}

TEST(ChargeVoltage, RD27_TheWiderOfCellsAndBmsCounts)
{
    Pack narrow;
    narrow.all(3.4);
    narrow.cell(1, 3.5);
    narrow.telemetry.min_cell_voltage = 3.39;
    narrow.telemetry.max_cell_voltage = 3.41;  // older than the cells
    EXPECT_NEAR(narrow.volts(), 54.5 - 0.05, 1e-9);
    EXPECT_EQ(narrow.out.limits.charge.cause.measured, 3.5);

    Pack wide;
    wide.all(3.4);
    wide.telemetry.max_cell_voltage = 3.5;  // a cell we do not see
    EXPECT_NEAR(wide.volts(), 54.4 - 0.05, 1e-9);
    EXPECT_EQ(wide.out.limits.charge.cause.measured, 3.5);
    wide.telemetry.min_cell_voltage = 2.95;
    wide.cycle();
    EXPECT_EQ(wide.out.limits.discharge.cause.measured, 2.95);
    wide.telemetry.min_cell_voltage = 3.39;
    wide.cell(2, 2.9);
    wide.cycle();
    EXPECT_EQ(wide.out.limits.discharge.cause.measured, 2.9);
}

TEST(ChargeVoltage, RD28_ABmsMaximumIsBelievedWithinLimits)
{
    const auto config = with([](auto& c) { c.use_bms_dvcc_values = true; });
    Pack pack(config);
    pack.telemetry.max_battery_voltage = 65;
    EXPECT_EQ(pack.volts(), 58.4);
    pack.telemetry.max_battery_voltage = 56;
    EXPECT_EQ(pack.volts(), 56.0);
    for (const Number& none : {Number(), Number(0.0), Number(46.4), Number(std::nan(""))}) {
        pack.telemetry.max_battery_voltage = none;
        EXPECT_EQ(pack.volts(), 56.0);  // the last one
    }
    Pack never(config);
    never.telemetry.max_battery_voltage = 46.4;
    EXPECT_EQ(never.volts(), 55.2);
    Pack off;
    off.telemetry.max_battery_voltage = 50;
    EXPECT_EQ(off.volts(), 55.2);
}

TEST(ChargeVoltage, RD28_ABmsMinimumIsTheLowestVoltageUnlessItIsNonsense)
{
    Pack pack(with([](auto& c) { c.use_bms_dvcc_values = true; }));
    pack.telemetry.min_battery_voltage = 44;
    pack.cycle();
    EXPECT_EQ(pack.out.limits.battery_low_voltage, 44.0);
    pack.telemetry.min_battery_voltage = 65;  // would keep the voltage up under a high cell
    pack.cell(1, 6.9);
    EXPECT_NEAR(pack.volts(), 56.4 - 3.45, 1e-9);
    EXPECT_EQ(pack.out.limits.battery_low_voltage, 44.0);
}

TEST(ChargeVoltage, RD28_AHigherCellCountMustStayForAMinute)
{
    Pack pack(config::defaults(), 15);
    EXPECT_EQ(pack.volts(), 51.75);
    pack.telemetry.cell_count = 16;  // misread
    pack.cycles(30);
    pack.telemetry.cell_count = 15;
    pack.cycle();
    pack.telemetry.cell_count = 16;
    pack.all(3.3, 16);
    pack.cycles(60);
    EXPECT_LE(*pack.out.limits.control_voltage, 51.75);
    pack.telemetry.cell_count.reset();
    pack.cycle();
    pack.telemetry.cell_count = 16;
    pack.cycles(60);  // without a break
    EXPECT_LE(*pack.out.limits.control_voltage, 51.75);
    pack.cycle();
    EXPECT_EQ(pack.out.limits.control_voltage, 55.2);
}

TEST(ChargeVoltage, RD29_AResetThatGetsNoBalanceEndsAfterADayAtTheTop)
{
    Pack pack(with_reset());
    pack.all(3.3);
    pack.cycles(1500, true, 60);  // not at the top
    pack.all(3.45);
    pack.cell(1, 3.6);  // never balanced
    pack.cell(2, 3.3);
    pack.telemetry.current = 0;
    pack.cycles(1440, true, 60);  // a day
    EXPECT_TRUE(pack.control.voltage().soc_reset_requested());
    pack.cycle();
    EXPECT_FALSE(pack.control.voltage().soc_reset_requested());
    EXPECT_TRUE(pack.control.events().voltage.reset_overdue);
    EXPECT_LE(*pack.out.limits.control_voltage, 55.2);
    EXPECT_EQ(pack.out.limits.max_charge_cell_voltage, 3.45);
    EXPECT_GT(pack.control.stored().soc_reset_last_reached, 1700000000);
    pack.now.wall += 16 * 86400;  // each has its own day
    pack.cycles(700);
    EXPECT_TRUE(pack.control.voltage().soc_reset_requested());
}

TEST(ChargeVoltage, RD30_AGapLetsARecoveryBeginAgain)
{
    Pack pack;
    pack.all(3.4);
    pack.cell(1, 3.47);
    pack.cycle();
    pack.cell(1, 3.44);
    pack.cycles(100);  // ramping
    const double before = *pack.out.limits.control_voltage;
    EXPECT_GT(before, 54.45);
    pack.cycles(10, false);
    EXPECT_NEAR(pack.volts(), before + 0.011, 1e-9);  // a short gap: the ramp went on

    const double later = *pack.out.limits.control_voltage;
    pack.cycles(300, false);
    const double held = *pack.out.limits.control_voltage;
    EXPECT_LE(held, later);
    for (int i = 0; i < 60; ++i) ASSERT_EQ(pack.volts(), held) << i;
    EXPECT_EQ(pack.mode(), "Bulk (Cell OVP) │ Linear Mode");
    pack.cycle();
    EXPECT_NEAR(pack.volts(), held + 0.001, 1e-9);
}

TEST(ChargeVoltage, RD30_CyclesThatAreNotCompleteAreAGapToo)
{
    for (const int gap : {10, 11}) {
        Pack pack(with([](auto& c) { c.cvl_recovery_hold_sec = 5; }));
        pack.all(3.3);
        pack.cell(1, 3.6);
        pack.cycle();
        pack.cell(1, 3.3);
        pack.cycles(10);
        const double ramping = pack.volts();
        EXPECT_NEAR(ramping, 52.956, 1e-9);
        pack.telemetry.soc.reset();
        pack.cycles(gap);
        pack.telemetry.soc = 99;
        EXPECT_NEAR(pack.volts(), ramping + (gap > 10 ? 0 : 0.011), 1e-9) << gap;
        pack.cycles(4);
        EXPECT_NEAR(pack.volts(), ramping + (gap > 10 ? 0 : 0.016), 1e-9) << gap;
    }
}

TEST(ChargeVoltage, RD30_AnOldTimerDoesNotEndInFloatAtALowVoltage)
{
    Pack pack;
    pack.all(3.45);
    pack.cycles(600);
    pack.cycles(400, false);
    pack.all(3.35);
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");
    EXPECT_FALSE(pack.control.events().voltage.entered_float);

    Pack full;  // still full: the wait is over
    full.all(3.45);
    full.cycles(600);
    full.cycles(400, false);
    full.cycle();
    EXPECT_TRUE(full.control.events().voltage.entered_float);
}

TEST(ChargeVoltage, RD31_TheIntegratorWithAHighCellStartsAtThePackVoltage)
{
    Pack pack(with([](auto& c) { c.cvl_controller_mode = 2; }));
    pack.all(3.4);
    pack.cell(1, 3.6);
    EXPECT_NEAR(pack.volts(), 54.6, 1e-9);
}

TEST(ChargeVoltage, RD32_AMissingCellNeverRaisesTheVoltage)
{
    Pack pack;
    pack.all(3.3);
    pack.cell(1, 3.6);
    EXPECT_NEAR(pack.volts(), 53.1 - 0.15, 1e-9);
    pack.cell(2, std::nullopt);
    for (int i = 0; i < 20; ++i) EXPECT_NEAR(pack.volts(), 52.95, 1e-9);
    pack.cycles(80);
    EXPECT_NEAR(pack.volts(), 53.1 - 0.3, 1e-9);  // section 15, numbers 1 and 2: the cell does not fall
    EXPECT_EQ(pack.mode(), "Error, please check the logs!");
    pack.cell(1, 3.3);  // nor is none high any more
    for (int i = 0; i < 100; ++i) EXPECT_NEAR(pack.volts(), 52.8, 1e-9);
}

}  // namespace
}  // namespace bmsd::control
