// Charge voltage: phases, controllers, texts, missing data. The points where the reference differs:
// voltage_rd_test.cpp.
#include "control/voltage.h"

#include <gtest/gtest.h>

#include <utility>

#include "pack.h"

namespace bmsd::control {
namespace {

TEST(ChargeVoltage, StartsWithWhatConfigurationAndStoreSay)
{
    Pack pack(with([](auto& c) { c.voltage_drop = 0.3; }));
    pack.input.telemetry = &pack.telemetry;
    pack.control.start(pack.input, pack.now, pack.out);
    const Limits& l = pack.out.limits;
    EXPECT_EQ(l.charge_voltage, 55.2);  // no decision yet, no drop
    EXPECT_EQ(l.control_voltage, std::nullopt);
    EXPECT_EQ(l.max_charge_cell_voltage, 3.45);
    EXPECT_EQ(l.battery_low_voltage, 46.4);
    EXPECT_EQ(l.charge.applied, 50.0);
    EXPECT_FALSE(l.charge.allowed);
    EXPECT_TRUE(l.charge_mode.empty());

    Pack floating(config::defaults(), 16, in_float());
    floating.input.telemetry = &floating.telemetry;
    floating.control.start(floating.input, floating.now, floating.out);
    EXPECT_EQ(floating.out.limits.charge_voltage, 54.0);
}

TEST(ChargeVoltage, FloatComes901SecondsAfterThePackIsFull)
{
    Pack pack;
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");
    pack.all(3.45);
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Absorption │ Linear Mode");
    EXPECT_EQ(pack.control.stored().max_voltage_start_time, 1700000001);
    pack.cycles(900);
    EXPECT_EQ(pack.mode(), "Absorption │ Linear Mode");
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Float Transition │ Linear Mode");
    EXPECT_TRUE(pack.control.events().voltage.entered_float);
    pack.cycle();
    EXPECT_FALSE(pack.control.events().voltage.entered_float);
}

TEST(ChargeVoltage, WithoutAWaitFloatComesOneCycleAfterTheTimer)
{
    Pack pack(with([](auto& c) { c.switch_to_float_wait_for_sec = 0; }));
    pack.all(3.45);
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Absorption │ Linear Mode");
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Float Transition │ Linear Mode");
}

TEST(ChargeVoltage, TheTimerRunsOnBetweenTheTwoDifferencesRestartsAboveAndEndsWithASag)
{
    Pack pack;
    pack.all(3.45);
    pack.cycles(500);
    pack.cell(1, 3.463);  // diff 0.013: not above 0.010 + 0.003
    pack.cycles(402);
    EXPECT_FALSE(pack.control.voltage().max_allowed());

    Pack restarted;
    restarted.all(3.45);
    restarted.cycles(500);
    restarted.cell(1, 3.464);
    restarted.cycles(10);
    restarted.cell(1, 3.45);
    restarted.cycles(900);
    EXPECT_TRUE(restarted.control.voltage().max_allowed());
    restarted.cycle();
    EXPECT_FALSE(restarted.control.voltage().max_allowed());

    Pack sagged;
    sagged.all(3.45);
    sagged.cycles(10);
    sagged.all(3.41875);  // 54.70: exactly 0.5 V below
    sagged.cycle();
    EXPECT_TRUE(sagged.control.voltage().timer_running());
    sagged.all(3.4187);
    sagged.cycle();
    EXPECT_FALSE(sagged.control.voltage().timer_running());
    EXPECT_EQ(sagged.mode(), "Bulk │ Linear Mode");
}

TEST(ChargeVoltage, FloatTransitionFallsAMillivoltASecondPerBattery)
{
    Pack pack;
    EXPECT_EQ(pack.charge_to_float(), 55.2);
    for (int i = 1; i < 1200; ++i) {
        ASSERT_NEAR(pack.volts(), 55.2 - 0.001 * i, 1e-9) << i;
        ASSERT_EQ(pack.mode(), "Float Transition │ Linear Mode") << i;
    }
    EXPECT_EQ(pack.volts(), 54.0);
    EXPECT_EQ(pack.mode(), "Float │ Linear Mode");
    pack.cycles(100);
    EXPECT_EQ(pack.out.limits.control_voltage, 54.0);
}

TEST(ChargeVoltage, BackToBulkBySocByDifference)
{
    Pack pack(config::defaults(), 16, in_float());
    pack.telemetry.soc = 80;
    EXPECT_EQ(pack.volts(), 54.0);
    EXPECT_EQ(pack.mode(), "Float │ Linear Mode");
    EXPECT_FALSE(pack.control.events().voltage.entered_float);
    pack.cell(1, 3.379);
    EXPECT_EQ(pack.volts(), 54.0);
    pack.cell(1, 3.38);  // 0.080: not strict
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");

    Pack low(config::defaults(), 16, in_float());
    low.telemetry.soc = 79.999;
    EXPECT_EQ(low.volts(), 55.2);
}

TEST(ChargeVoltage, EnteringFloatSetsSocAndHistoryOnce)
{
    Pack pack(with([](auto& c) { c.soc_calculation = true; }));
    pack.telemetry.soc = 97;
    pack.charge_to_float();
    EXPECT_EQ(pack.out.derived.soc, 97.0);
    EXPECT_EQ(pack.cycle().derived.soc, 100.0);
    EXPECT_EQ(pack.control.history().automatic_syncs, 1);
    EXPECT_NEAR(static_cast<double>(*pack.control.history().timestamp_last_full_charge), pack.now.wall, 3);
    pack.cycles(300);
    EXPECT_EQ(pack.control.history().automatic_syncs, 1);
}

/// The example of section 5.3: fifteen cells 3.40, one 3.47.
TEST(ChargeVoltage, WorkedExampleOfAHighCell)
{
    Pack pack;
    pack.all(3.4);
    pack.cell(3, 3.47);
    EXPECT_EQ(pack.volts(), 54.45);
    EXPECT_EQ(pack.mode(), "Bulk (Cell OVP) │ Linear Mode");
    pack.cycles(10);
    EXPECT_EQ(pack.out.limits.control_voltage, 54.45);
    pack.cell(3, 3.44);
    for (int i = 0; i <= 58; ++i) {  // t0 .. t0 + 58
        ASSERT_EQ(pack.volts(), 54.45) << i;
        ASSERT_EQ(pack.mode(), "Bulk (Cell OVP) │ Linear Mode") << i;
    }
    EXPECT_EQ(pack.volts(), 54.45);
    EXPECT_EQ(pack.mode(), "Bulk (Cell OVP*) │ Linear Mode");
    for (int i = 1; i < 750; ++i) ASSERT_NEAR(pack.volts(), 54.45 + 0.001 * i, 1e-9) << i;
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Bulk (Cell OVP*) │ Linear Mode");  // still shown
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");
}

TEST(ChargeVoltage, ControllersInOneCycle)
{
    const auto first = [](std::int64_t mode) {
        Pack pack(with([&](auto& c) { c.cvl_controller_mode = mode; }));
        pack.all(3.4);
        pack.cycle();
        pack.cell(1, 3.5);
        pack.cell(2, 3.46);
        return pack.volts();
    };
    EXPECT_EQ(first(0), 55.2);
    EXPECT_NEAR(first(1), 54.56 - 0.06, 1e-9);
    EXPECT_NEAR(first(2), 55.2 - (0.05 - 0.01) * 0.2, 1e-9);
    EXPECT_NEAR(first(3), 54.5 + 0.01, 1e-9);
    EXPECT_EQ(first(7), 55.2);
}

TEST(ChargeVoltage, RecoveryRateZeroComesBackAtOnceAfterTheHold)
{
    Pack pack(with([](auto& c) { c.cvl_recovery_rate_v_per_sec = 0; }));
    pack.all(3.4);
    pack.cell(1, 3.5);
    pack.cycle();
    pack.cell(1, 3.4);
    pack.cycles(59);
    EXPECT_EQ(pack.out.limits.control_voltage, 54.45);
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Bulk (Cell OVP*) │ Linear Mode");
}

TEST(ChargeVoltage, ATargetThatCreepsUpUnderAHighCellLiftsNothing)
{
    Pack pack;
    pack.telemetry.cell_voltages.clear();
    pack.telemetry.voltage = 54.4;
    pack.telemetry.min_cell_voltage = 3.38;
    pack.telemetry.max_cell_voltage = 3.5;
    double volts = pack.volts();
    const auto rises_slowly = [&] {
        const double before = std::exchange(volts, pack.volts());
        return volts >= before - 1e-9 && volts <= before + 0.001 + 1e-9;
    };
    for (int i = 1; i < 300; ++i) {
        pack.telemetry.max_cell_voltage = 3.5 - 0.0001 * i;
        ASSERT_NEAR(pack.volts(), volts, 1e-9) << i;  // section 15, number 1: a cell is over
    }
    pack.telemetry.max_cell_voltage = 3.4;
    volts = pack.volts();
    EXPECT_NEAR(volts, 54.4, 1e-9);  // section 15, number 2: the pack's voltage
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(rises_slowly()) << i << ": " << volts;
}

TEST(ChargeVoltage, TextsInTheirOrder)
{
    Pack pack(with([](auto& c) {
        c.charge_mode = 2;
        c.soc_reset_after_days = 10;
    }));
    pack.telemetry.cell_balancing.assign(16, false);
    pack.telemetry.cell_balancing[4] = true;
    pack.telemetry.heating = true;
    pack.cell(1, 3.7);
    pack.cycle();
    EXPECT_EQ(pack.mode(), "Bulk (Cell OVP) & SoC Reset + Balancing + Heating │ Step Mode");

    Pack floating(config::defaults(), 16, in_float());
    floating.telemetry.heating = true;
    floating.telemetry.balancing = true;
    floating.cycle();
    EXPECT_EQ(floating.mode(), "Float │ Linear Mode");
}

TEST(ChargeVoltage, TheDropIsOnlyAddedToWhatIsPublished)
{
    Pack pack(with([](auto& c) { c.voltage_drop = 0.25; }));
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.out.limits.charge_voltage, 55.45);
    pack.all(3.45);  // the pack is full without the drop
    pack.cycle();
    EXPECT_TRUE(pack.control.voltage().timer_running());
}

TEST(ChargeVoltage, MissingDataGoesToFloatAndBackAtOnce)
{
    Pack pack;
    pack.all(3.45);
    pack.cycles(100);
    pack.cell(7, std::nullopt);
    EXPECT_EQ(pack.volts(), 54.0);
    EXPECT_EQ(pack.mode(), "Error, please check the logs!");
    EXPECT_EQ(pack.control.events().errors, 1U);
    pack.cell(7, 3.45);
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.mode(), "Absorption │ Linear Mode");
    pack.cycles(798);
    EXPECT_TRUE(pack.control.voltage().max_allowed());
    pack.cycles(2);  // the timer went on
    EXPECT_FALSE(pack.control.voltage().max_allowed());

    Pack blind;
    blind.telemetry.soc.reset();
    EXPECT_EQ(blind.volts(), 54.0);
    EXPECT_EQ(blind.mode(), "Error, please check the logs!");
}

TEST(ChargeVoltage, MissingDataWithARecoveryPendingRecoversFromThePresentVoltage)
{
    Pack pack(with([](auto& c) { c.cvl_recovery_hold_sec = 5; }));
    pack.all(3.44);
    pack.cell(1, 3.46);
    pack.cycle();
    pack.cell(1, 3.44);
    pack.cycles(20);
    const double ramping = *pack.out.limits.control_voltage;
    EXPECT_GT(ramping, 55.0);
    pack.cell(1, std::nullopt);
    EXPECT_EQ(pack.volts(), 54.0);
    pack.cell(1, 3.44);
    EXPECT_NEAR(pack.volts(), 54.0, 1e-9);
    EXPECT_NEAR(pack.volts(), 54.001, 1e-9);
}

TEST(ChargeVoltage, TransitionAfterMissingDataStepsBackToTheSlope)
{
    Pack pack;
    pack.charge_to_float();
    pack.cycles(100);
    pack.cell(1, std::nullopt);
    EXPECT_EQ(pack.volts(), 54.0);
    pack.cell(1, 3.45);
    EXPECT_NEAR(pack.volts(), 55.2 - 0.102, 1e-9);
}

TEST(ChargeVoltage, RA8_ALostPackNearTheTopIsAskedForFloatAtMost)
{
    Pack pack;
    pack.all(3.4);
    EXPECT_EQ(pack.volts(), 55.2);
    pack.cycles(10, false);
    EXPECT_EQ(pack.out.limits.control_voltage, 55.2);
    EXPECT_EQ(pack.volts(false), 54.0);
    EXPECT_EQ(pack.out.limits.charge_voltage, 54.0);
    EXPECT_EQ(pack.mode(), "Bulk │ Linear Mode");
    EXPECT_EQ(pack.volts(), 55.2);

    Pack safe;
    safe.all(3.375);
    safe.cycle();
    safe.cycles(30, false);
    EXPECT_EQ(safe.out.limits.control_voltage, 55.2);
}

TEST(ChargeVoltage, DebugTextsOnlyWhenAskedFor)
{
    Pack quiet;
    quiet.cycle();
    EXPECT_TRUE(quiet.out.limits.charge_mode_debug.empty());
    Pack pack(with([](auto& c) { c.gui_parameters_show_additional_info = true; }));
    pack.all(3.45);
    pack.cycles(3);
    const std::string_view text = pack.out.limits.charge_mode_debug;
    EXPECT_NE(text.find("Vmax 55.20 V"), text.npos) << text;
    EXPECT_LE(std::ranges::count(text, '\n'), 7);
    const std::string_view floats = pack.out.limits.charge_mode_debug_float;
    EXPECT_NE(floats.find("At max voltage 2 s > 900 s: no"), floats.npos) << floats;
    const std::string_view bulk = pack.out.limits.charge_mode_debug_bulk;
    EXPECT_NE(bulk.find("SoC 99.00 % < 80 %: no"), bulk.npos) << bulk;
    Pack debug(with([](auto& c) { c.logging = "DEBUG"; }));
    EXPECT_FALSE(debug.cycle().limits.charge_mode_debug.empty());
}

TEST(ChargeVoltage, ARestartKeepsThePhaseAndNothingElse)
{
    Pack pack;
    pack.all(3.4);
    pack.cell(1, 3.5);
    pack.cycle();
    Pack again(config::defaults(), 16, pack.control.stored());
    EXPECT_EQ(again.volts(), 55.2);

    pack.charge_to_float();
    ASSERT_FALSE(pack.control.stored().allow_max_voltage);
    Pack floating(config::defaults(), 16, pack.control.stored());
    EXPECT_EQ(floating.volts(), 54.0);
    EXPECT_EQ(floating.mode(), "Float │ Linear Mode");
    EXPECT_FALSE(floating.control.events().voltage.entered_float);
}

// Section 14, number 3.
TEST(ChargeVoltage, AFloorThatRisesLiftsNothingWhileACellIsOver)
{
    for (const int mode : {1, 2, 3}) {
        Pack pack(with([&](auto& c) {
            c.cvl_controller_mode = mode;
            c.use_bms_dvcc_values = true;
        }));
        pack.telemetry.min_battery_voltage = 40;
        pack.all(2.4);
        pack.cell(3, 3.7);
        for (int i = 0; i < 2000 && pack.volts() > 40; ++i) continue;
        ASSERT_EQ(pack.volts(), 40.0) << "mode " << mode;
        pack.telemetry.min_battery_voltage = 46;
        for (int i = 0; i < 200; ++i) ASSERT_EQ(pack.volts(), 40.0) << "mode " << mode << " after " << i << " s";
        pack.cell(3, 3.4);
        EXPECT_EQ(pack.volts(), 40.0) << "the hold begins";
        pack.cycles(100);
        EXPECT_GT(pack.volts(), 40.0) << "it comes back slowly";
    }
}

}  // namespace
}  // namespace bmsd::control
