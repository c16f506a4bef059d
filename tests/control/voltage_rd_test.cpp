// The points of core/charge-control.md section 12 about the charge voltage, each by its number, up to RD15.
#include <gtest/gtest.h>

#include <cmath>

#include "pack.h"

namespace bmsd::control {
namespace {

TEST(ChargeVoltage, RD01_SumsAreRoundedBeforeTheyAreCompared)
{
    Pack eight(config::defaults(), 8);
    eight.all(3.45);  // adds up to 27.599999999999998
    eight.cycle();
    EXPECT_EQ(eight.mode(), "Absorption │ Linear Mode");

    Pack apart(config::defaults(), 8);
    apart.all(3.45);
    apart.cell(1, 3.455);
    apart.cell(2, 3.445);  // 0.010000000000000231 apart
    apart.cycle();
    EXPECT_TRUE(apart.control.voltage().timer_running());
}

TEST(ChargeVoltage, RD01_ASteadyCellDoesNotMakeTheVoltageHuntNorTheRampStopShort)
{
    Pack pack;
    pack.all(3.4);
    pack.cell(1, 3.4651);  // 54.465 - 0.0151 is 54.44990000000001
    pack.cycles(100);
    const double volts = pack.volts();
    EXPECT_EQ(volts, 54.165);  // section 15, number 2
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(pack.volts(), volts);
        ASSERT_EQ(pack.mode(), "Bulk (Cell OVP) │ Linear Mode");
    }
    pack.cell(1, 3.4);
    pack.cycles(2000);
    EXPECT_EQ(pack.out.limits.control_voltage, 55.2);
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");
}

TEST(ChargeVoltage, RD02_AnImpossibleCellIsMissing)
{
    Pack pack(config::defaults(), 4);
    pack.cell(4, 65.535);
    EXPECT_EQ(pack.volts(), 13.5);
    EXPECT_EQ(pack.mode(), "Error, please check the logs!");
    EXPECT_FALSE(pack.control.voltage().timer_running());
    for (const double nonsense : {-0.1, 6.901, std::nan(""), static_cast<double>(INFINITY)}) {
        pack.cell(4, nonsense);
        pack.cycle();
        EXPECT_EQ(pack.mode(), "Error, please check the logs!") << nonsense;
    }
    pack.cell(4, 6.9);  // 2 x MAX_CELL_VOLTAGE can be one
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Bulk (Cell OVP) │ Linear Mode");
}

TEST(ChargeVoltage, RD03_OneMissingCellLeavesPhaseAndTimer)
{
    Pack pack;
    pack.all(3.45);
    pack.cycles(10);
    pack.cell(16, std::nullopt);
    pack.cycles(5);
    EXPECT_TRUE(pack.control.voltage().timer_running());
    EXPECT_EQ(pack.out.limits.control_voltage, 54.0);  // not a cell less
    pack.cell(16, 3.45);
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Absorption │ Linear Mode");

    for (const std::int64_t mode : {1, 3}) {
        Pack high(with([&](auto& c) { c.cvl_controller_mode = mode; }));
        high.all(3.4);
        high.cell(1, 3.47);
        high.cycle();
        high.cell(16, std::nullopt);
        EXPECT_EQ(high.volts(), 54.0) << mode;
    }
}

TEST(ChargeVoltage, RD04_AnErrorCycleInFloatIsNoChange)
{
    Stored stored = in_float();
    stored.soc_calc = 90;
    Pack pack(with([](auto& c) { c.soc_calculation = true; }), 16, stored);
    pack.cycles(5);
    pack.cell(2, std::nullopt);
    pack.cycles(5);
    EXPECT_EQ(pack.mode(), "Error, please check the logs!");
    pack.cell(2, 3.3);
    for (int i = 0; i < 5; ++i) {
        pack.cycle();
        EXPECT_EQ(pack.mode(), "Float │ Linear Mode");
        EXPECT_FALSE(pack.control.events().voltage.entered_float);
        EXPECT_EQ(pack.out.derived.soc, 90.0);
    }
    EXPECT_EQ(pack.control.history().automatic_syncs, std::nullopt);

    Pack change;  // nor is a failed read after the change
    change.charge_to_float();
    ASSERT_TRUE(change.control.events().voltage.entered_float);
    change.cycle(false);
    EXPECT_FALSE(change.control.events().voltage.entered_float);
}

TEST(ChargeVoltage, RD05_AHighCellCountsInFloatToo)
{
    Pack pack;
    pack.charge_to_float();
    pack.cycles(10);
    pack.all(3.4);
    pack.cell(1, 3.46);
    EXPECT_NEAR(pack.volts(), 54.46 - 0.01, 1e-9);
    EXPECT_EQ(pack.mode(), "Float Transition │ Linear Mode");  // no suffix
    pack.cell(1, 3.4);
    for (int i = 0; i < 60; ++i) ASSERT_NEAR(pack.volts(), 54.45, 1e-9) << i;  // held
    for (int i = 1; i < 20; ++i) ASSERT_NEAR(pack.volts(), 54.45 + 0.001 * i, 1e-9) << i;
    pack.cycles(1200);
    EXPECT_EQ(pack.out.limits.control_voltage, 54.0);  // where they meet it follows the slope
}

TEST(ChargeVoltage, RD05_InFloatEachControllerHasItsLimit)
{
    const auto volts = [](std::int64_t mode, double others) {
        Pack pack(with([&](auto& c) {
                      c.cvl_controller_mode = mode;
                      c.switch_to_bulk_cell_voltage_diff = 10;
                  }),
                  16, in_float());
        EXPECT_EQ(pack.volts(), 54.0);
        pack.all(others);
        pack.cell(1, 3.55);
        pack.cycle();
        EXPECT_EQ(pack.mode(), "Float │ Linear Mode");
        return *pack.out.limits.control_voltage;
    };
    EXPECT_EQ(volts(0, 3.35), 54.0);
    EXPECT_NEAR(volts(1, 3.35), 53.8 - 0.1, 1e-9);
    EXPECT_NEAR(volts(2, 3.35), 53.8 - 0.1, 1e-9);
    EXPECT_NEAR(volts(3, 3.35), 53.7 + 0.01, 1e-9);
    for (const std::int64_t mode : {1, 2, 3}) EXPECT_EQ(volts(mode, 2.7), 46.4) << mode;  // the lowest voltage
}

TEST(ChargeVoltage, RD05_AfterASocResetFloatHasTheNormalLimitAgain)
{
    Pack pack(with_reset([](auto& c) { c.switch_to_bulk_cell_voltage_diff = 10; }), 16, reset_days_ago(16));
    pack.charge_to_float(3.65);
    pack.all(3.35);
    pack.cycles(4400);  // 58.4 to 54.0
    ASSERT_EQ(pack.mode(), "Float │ Linear Mode");
    pack.cell(1, 3.55);
    EXPECT_NEAR(pack.volts(), 53.8 - 0.1, 1e-9);
}

TEST(ChargeVoltage, RD05_TheFirstCycleOfTheTransitionIsLimitedToo)
{
    Pack pack(with([](auto& c) {
        c.switch_to_float_cell_voltage_diff = 0.2;
        c.switch_to_bulk_cell_voltage_diff = 10;
    }));
    pack.all(3.45);
    pack.cycles(901);
    ASSERT_TRUE(pack.control.voltage().max_allowed());
    pack.cell(1, 3.52);
    pack.cell(2, 3.40);
    EXPECT_NEAR(pack.volts(), 55.22 - 0.07, 1e-9);
    EXPECT_EQ(pack.mode(), "Float Transition │ Linear Mode");
}

TEST(ChargeVoltage, RD05_AVoltageBelowFloatRisesToItWithHoldAndRamp)
{
    Pack pack(with([](auto& c) {
        c.switch_to_float_cell_voltage_diff = 1;
        c.switch_to_bulk_cell_voltage_diff = 10;
    }));
    pack.all(3.45);
    pack.cycle();
    pack.all(3.36);
    pack.cell(1, 4.3);
    pack.cycles(901);
    ASSERT_TRUE(pack.control.events().voltage.entered_float);
    EXPECT_NEAR(*pack.out.limits.control_voltage, 54.7 - 0.85, 1e-9);
    EXPECT_EQ(pack.mode(), "Float Transition │ Linear Mode");
    pack.all(3.4);
    EXPECT_NEAR(pack.volts(), 53.85, 1e-9);
    EXPECT_EQ(pack.mode(), "Float │ Linear Mode");
    for (int i = 0; i < 60; ++i) ASSERT_NEAR(pack.volts(), 53.85, 1e-9) << i;
    for (int i = 1; i < 150; ++i) ASSERT_NEAR(pack.volts(), 53.85 + 0.001 * i, 1e-9) << i;
    EXPECT_EQ(pack.volts(), 54.0);
}

TEST(ChargeVoltage, RD06_BulkAfterFloatKnowsNothingOfAnOldRecovery)
{
    Pack pack(with([](auto& c) { c.switch_to_float_cell_voltage_diff = 0.05; }));
    pack.all(3.45);
    pack.cycles(880);
    pack.all(3.44);
    pack.cell(1, 3.48);
    pack.cycles(21);
    ASSERT_EQ(pack.mode(), "Absorption (Cell OVP) │ Linear Mode");
    pack.cycle();
    ASSERT_FALSE(pack.control.voltage().max_allowed());
    pack.all(3.4);
    pack.cycles(2000);
    pack.telemetry.soc = 50;
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");

    Pack high(with([](auto& c) { c.switch_to_bulk_cell_voltage_diff = 10; }), 16, in_float());
    high.cell(1, 3.6);
    EXPECT_NEAR(high.volts(), 53.1 - 0.15, 1e-9);  // lowered in float
    high.cell(1, 3.3);
    high.telemetry.soc = 50;
    EXPECT_EQ(high.volts(), 55.2);
    EXPECT_EQ(high.mode(), "Bulk │ Linear Mode");
}

TEST(ChargeVoltage, RD07_TheRampEndsAtItsTarget)
{
    Pack pack(with([](auto& c) {
        c.cvl_recovery_rate_v_per_sec = 0.7;
        c.cvl_controller_mode = 2;
    }));
    pack.all(3.4);
    pack.cell(1, 3.9);
    pack.cycles(2);
    pack.cell(1, 3.45);  // 0.010 V below the set point: T is 2 mV above C
    pack.cycles(61);
    double before = *pack.out.limits.control_voltage;
    for (int i = 0; i < 30; ++i) {
        const double now = pack.volts();
        EXPECT_GT(now, before);
        EXPECT_LE(now, before + 0.002 + 1e-9);
        before = now;
    }
}

TEST(ChargeVoltage, RD08_TheIntegratingControllerCountsSeconds)
{
    const auto lowered_after = [](double seconds) {
        Pack pack(with([](auto& c) { c.cvl_controller_mode = 2; }));
        pack.all(3.4);
        pack.volts(true, seconds);
        pack.cell(1, 3.48);  // 0.02 above the set point
        return 55.2 - pack.volts();
    };
    EXPECT_NEAR(lowered_after(1), 0.004, 1e-9);
    EXPECT_NEAR(lowered_after(5), 0.020, 1e-9);
    EXPECT_NEAR(lowered_after(10), 0.040, 1e-9);
    EXPECT_NEAR(lowered_after(60), 0.040, 1e-9);  // at most ten
}

TEST(ChargeVoltage, RD09_EveryControllerStaysAboveTheLowestVoltage)
{
    for (const std::int64_t mode : {1, 2, 3}) {
        Pack pack(with([&](auto& c) { c.cvl_controller_mode = mode; }));
        pack.all(2.5);
        pack.cell(1, 6.8);
        pack.cycles(3000);
        EXPECT_EQ(pack.out.limits.control_voltage, 46.4) << mode;
    }
}

TEST(ChargeVoltage, RD09_FloatIsNotAboveWhatTheBmsAllows)
{
    Pack pack(with([](auto& c) { c.use_bms_dvcc_values = true; }), 16, in_float());
    for (int i = 0; i < 2; ++i) {
        pack.telemetry.max_battery_voltage = 53.1;
        EXPECT_EQ(pack.volts(), 53.1);
        pack.telemetry.max_battery_voltage = 60;  // and back slowly: below float
        EXPECT_EQ(pack.volts(), 53.1);
        pack.cycles(60);
        EXPECT_NEAR(*pack.out.limits.control_voltage, 53.1, 0.0011);
        pack.cycles(900);
        EXPECT_EQ(pack.out.limits.control_voltage, 54.0);
    }
}

TEST(ChargeVoltage, RD09_WhatTheBmsAllowsHoldsInTheTransitionAndWithMissingDataToo)
{
    Pack pack(with([](auto& c) { c.use_bms_dvcc_values = true; }));
    EXPECT_EQ(pack.charge_to_float(), 55.2);
    pack.telemetry.max_battery_voltage = 54.6;
    EXPECT_EQ(pack.volts(), 54.6);
    EXPECT_EQ(pack.mode(), "Float Transition │ Linear Mode");
    pack.telemetry.max_battery_voltage = 53.5;
    pack.cell(1, std::nullopt);
    EXPECT_EQ(pack.volts(), 53.5);
    pack.cell(1, 3.45);
    EXPECT_EQ(pack.volts(), 53.5);
    pack.telemetry.max_battery_voltage = 60;
    EXPECT_EQ(pack.volts(), 53.5);  // hold and ramp
}

TEST(ChargeVoltage, SocResetRaisesTheMaximumUntilFloat)
{
    Pack pack(with_reset(), 16, reset_days_ago(16));
    EXPECT_EQ(pack.volts(), 58.4);
    EXPECT_EQ(pack.mode(), "Bulk & SoC Reset │ Linear Mode");
    EXPECT_EQ(pack.out.limits.max_charge_cell_voltage, 3.65);
    EXPECT_EQ(pack.charge_to_float(3.65), 58.4);
    EXPECT_FALSE(pack.control.voltage().soc_reset_requested());
    EXPECT_NEAR(static_cast<double>(pack.control.stored().soc_reset_last_reached), pack.now.wall, 2);
    EXPECT_EQ(pack.out.limits.max_charge_cell_voltage, 3.65);
    pack.cycle();
    EXPECT_EQ(pack.out.limits.max_charge_cell_voltage, 3.45);
    pack.cycles(1000);
    EXPECT_NEAR(*pack.out.limits.control_voltage, 58.4 - 1.001, 1e-9);  // the slope begins at the raised voltage
    pack.all(3.5);  // above 3.45, but not above what was valid when the transition began
    EXPECT_NEAR(pack.volts(), 58.4 - 1.002, 1e-9);
}

TEST(ChargeVoltage, SocResetIsDueAfterMoreThanSoManyDaysOrWhenThereNeverWasOne)
{
    EXPECT_EQ(Pack(with_reset(), 16, reset_days_ago(15)).volts(), 55.2);
    EXPECT_EQ(Pack(with_reset(), 16, reset_days_ago(15.0001)).volts(), 58.4);
    EXPECT_EQ(Pack(with_reset()).volts(), 58.4);
}

TEST(ChargeVoltage, SocResetBringsAFloatingBatteryBackInTheSameCycle)
{
    Stored stored = reset_days_ago(14.9999);
    stored.allow_max_voltage = false;
    Pack pack(with_reset(), 16, stored);
    EXPECT_EQ(pack.volts(), 54.0);
    pack.now.wall += 86400;
    EXPECT_EQ(pack.volts(), 58.4);
    EXPECT_EQ(pack.mode(), "Bulk & SoC Reset │ Linear Mode");
}

TEST(ChargeVoltage, RD10_ASocResetIsNotAboveWhatTheBmsAllows)
{
    Pack pack(with_reset([](auto& c) { c.use_bms_dvcc_values = true; }));
    pack.telemetry.max_battery_voltage = 56.8;
    EXPECT_EQ(pack.volts(), 56.8);
    EXPECT_EQ(pack.out.limits.max_charge_cell_voltage, 3.55);
}

TEST(ChargeVoltage, RD11_ASocResetDuringAbsorptionClearsTheTimer)
{
    Pack pack(with_reset([](auto& c) { c.soc_reset_cell_voltage = 3.5; }), 4, reset_days_ago(14.995));
    pack.all(3.45);
    pack.cycles(600);  // due after 432 s: 4 cells of 3.50 are only 0.2 V more
    EXPECT_TRUE(pack.control.voltage().soc_reset_requested());
    EXPECT_FALSE(pack.control.voltage().timer_running());
    pack.cycles(600);
    EXPECT_EQ(pack.mode(), "Bulk & SoC Reset │ Linear Mode");
}

TEST(ChargeVoltage, RD12_AnOldStoredTimerOrOneOfTheFutureIsDropped)
{
    const auto running = [](double age) {
        Stored stored;
        stored.max_voltage_start_time = static_cast<std::int64_t>(1.7e9 - age);
        Pack pack(config::defaults(), 16, stored);
        pack.all(3.45);
        return pack.control.voltage().timer_running();
    };
    EXPECT_TRUE(running(0));
    EXPECT_TRUE(running(900));
    EXPECT_FALSE(running(901));
    EXPECT_FALSE(running(-1));

    Stored stored;
    stored.max_voltage_start_time = 900;  // neither clock was set
    EXPECT_FALSE(ChargeVoltage(config::defaults(), stored, {1000, 1000}).timer_running());
}

TEST(ChargeVoltage, RD12_AYoungStoredTimerGoesOn)
{
    Stored stored;
    stored.max_voltage_start_time = static_cast<std::int64_t>(1.7e9 - 800);
    Pack pack(config::defaults(), 16, stored);
    pack.all(3.45);
    pack.cycles(101);
    EXPECT_TRUE(pack.control.voltage().max_allowed());
    EXPECT_EQ(pack.control.stored().max_voltage_start_time, stored.max_voltage_start_time);  // for the next start
    pack.cycle();
    EXPECT_FALSE(pack.control.voltage().max_allowed());
    EXPECT_EQ(pack.control.stored().max_voltage_start_time, std::nullopt);

    Pack sagged(config::defaults(), 16, stored);  // and not into float at a low voltage
    sagged.now.steady += 200;
    sagged.cycle();
    EXPECT_FALSE(sagged.control.events().voltage.entered_float);
    EXPECT_FALSE(sagged.control.voltage().timer_running());
}

TEST(ChargeVoltage, RD13_ZeroDaysIsOff)
{
    EXPECT_EQ(Pack(with([](auto& c) { c.soc_reset_after_days = 0; })).volts(), 55.2);
    EXPECT_EQ(Pack(with([](auto& c) { c.soc_reset_after_days.reset(); })).volts(), 55.2);

    Pack pack(with_reset());
    EXPECT_EQ(pack.volts(), 58.4);
    pack.config.soc_reset_after_days = 0;
    pack.control.reconfigure(pack.config, false, pack.now);
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_FALSE(pack.control.voltage().soc_reset_requested());
}

TEST(ChargeVoltage, RD14_FloatRefusedBySocIsAnErrorUnlessTheSocIsCalculated)
{
    Pack pack;
    pack.telemetry.soc = 80;
    pack.charge_to_float();
    EXPECT_TRUE(pack.control.events().voltage.float_refused);
    EXPECT_EQ(pack.control.events().errors, 1U);

    Pack calculated(with([](auto& c) { c.soc_calculation = true; }));
    calculated.telemetry.soc = 50;
    calculated.charge_to_float();
    EXPECT_TRUE(calculated.control.events().voltage.entered_float);
    EXPECT_EQ(calculated.control.events().errors, 0U);
    EXPECT_EQ(calculated.cycle().derived.soc, 100.0);
    EXPECT_FALSE(calculated.control.voltage().max_allowed());
}

TEST(ChargeVoltage, RD15_DaysAreJudgedByAClockThatIsSet)
{
    Pack pack(with_reset());
    pack.now.wall = 1000;
    pack.control = Controller(pack.config, {.can_repeat = false}, {}, pack.now);
    EXPECT_EQ(pack.volts(), 55.2);
    pack.now.wall = 1.7e9;
    EXPECT_EQ(pack.volts(), 55.2);  // section 15, number 18: it must hold
    pack.cycles(600);
    EXPECT_EQ(pack.out.limits.control_voltage, 58.4);

    pack.now.wall = 1000;  // lost again: the stamp of the reset waits for it
    pack.charge_to_float(3.65);
    EXPECT_EQ(pack.control.stored().soc_reset_last_reached, 0);
    pack.cycles(99);
    pack.now.wall = 1.7e9;
    pack.cycles(601);
    EXPECT_NEAR(static_cast<double>(pack.control.stored().soc_reset_last_reached), 1.7e9 - 100, 1);
    EXPECT_FALSE(pack.control.voltage().soc_reset_requested());
}

TEST(ChargeVoltage, RD15_AJumpOfTheWallClockChangesNoDuration)
{
    Pack pack;
    pack.all(3.4);
    pack.cell(1, 3.5);
    pack.cycle();
    pack.cell(1, 3.4);
    pack.now.wall += 5e7;
    pack.cycles(59);
    EXPECT_EQ(pack.out.limits.control_voltage, 54.45);
    pack.now.wall -= 9e7;
    pack.cycles(11);
    EXPECT_NEAR(*pack.out.limits.control_voltage, 54.46, 1e-9);

    Pack full;
    full.all(3.45);
    full.cycle();
    full.now.wall += 5e7;
    full.cycles(450);
    full.now.wall -= 9e7;
    full.cycles(450);
    EXPECT_TRUE(full.control.voltage().max_allowed());
    full.cycle();
    EXPECT_FALSE(full.control.voltage().max_allowed());

    Pack blocked;
    blocked.telemetry.charge_fet = false;
    blocked.cycle();
    blocked.telemetry.charge_fet = true;
    blocked.now.wall += 5e7;
    blocked.cycles(30);
    blocked.now.wall -= 9e7;
    EXPECT_EQ(blocked.ccl(), 0);
    EXPECT_EQ(blocked.ccl(), 5);
}

}  // namespace
}  // namespace bmsd::control
