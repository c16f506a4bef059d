#include "control/controller.h"

#include <gtest/gtest.h>

// what is stored is written with the members that matter
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#include "bench.h"

namespace bmsd::control {
namespace {

Snapshot registered(Bench& bench)
{
    bench.input.good = true;
    bench.input.telemetry = &bench.telemetry;
    bench.control.start(bench.input, bench.now, bench.out);
    return bench.out;
}

TEST(Registration, WhatTheServiceStartsWith)
{
    Bench bench;
    bench.telemetry.max_charge_current = 30;
    bench.telemetry.max_discharge_current = 500;
    bench.telemetry.capacity_remaining = 61;
    const Snapshot s = registered(bench);
    EXPECT_EQ(s.limits.charge.applied, 30.0);
    EXPECT_EQ(s.limits.discharge.applied, 60.0);
    EXPECT_FALSE(s.limits.charge.allowed);
    EXPECT_DOUBLE_EQ(*s.limits.charge_voltage, 55.2);
    EXPECT_DOUBLE_EQ(*s.limits.max_charge_cell_voltage, 3.45);
    EXPECT_TRUE(s.limits.charge_mode.empty());
    EXPECT_EQ(s.derived.voltage, std::nullopt);
    EXPECT_EQ(s.derived.soc, std::nullopt);
    EXPECT_EQ(s.derived.capacity, 61.0);
    EXPECT_EQ(s.telemetry.capacity, 100.0);
    EXPECT_EQ(s.telemetry.soc, std::nullopt);
    EXPECT_EQ(s.state.state, 0);
    EXPECT_EQ(s.state.mode, 3);
    EXPECT_EQ(s.state.device_state, std::nullopt);
    EXPECT_EQ(s.state.bms_cable, std::nullopt);
    EXPECT_TRUE(s.state.connection_information.empty());
}

TEST(Registration, WithStoredFloatTheFloatVoltage)
{
    Bench bench(config::defaults(), {.allow_max_voltage = false});
    EXPECT_DOUBLE_EQ(*registered(bench).limits.charge_voltage, 54.0);
}

TEST(Registration, WithoutCellCountNoVoltage)
{
    Bench bench;
    bench.telemetry.cell_count.reset();
    const Snapshot s = registered(bench);
    EXPECT_EQ(s.limits.charge_voltage, std::nullopt);
    EXPECT_EQ(s.limits.charge.applied, 50.0);
}

TEST(Registration, InvalidSettingsShowFromTheStart)
{
    Bench bench(config::defaults(), {}, {.settings_invalid = true});
    EXPECT_EQ(registered(bench).state.state, 10);
    EXPECT_EQ(bench.out.state.error_code, 119);
    bench.cycle();
    EXPECT_EQ(bench.out.state.state, 10);
    EXPECT_EQ(bench.out.limits.charge.applied, 50.0);  // calculated as usual
    bench.control.reconfigure(bench.config, false, bench.now);
    bench.cycle();
    EXPECT_EQ(bench.out.state.state, 9);
    EXPECT_EQ(bench.out.state.error_code, std::nullopt);
}

TEST(LostLink, WithoutAnyGoodReadNothingFlowsAfterTenSeconds)
{
    Bench bench;
    registered(bench);
    bench.cycles(10, false);
    EXPECT_EQ(bench.out.limits.charge.applied, 50.0);
    EXPECT_FALSE(bench.out.limits.charge.allowed);
    bench.cycle(false);
    EXPECT_EQ(bench.out.limits.charge.applied, 0.0);
    EXPECT_EQ(bench.out.limits.discharge.applied, 0.0);
    EXPECT_EQ(bench.out.state.state, 0);
    EXPECT_EQ(bench.out.state.mode, 252);
}

TEST(LostLink, RA7_BlockOnDisconnectBlocksAfterTenSecondsAndRecoversByHoldAndRamp)
{
    config::Config config = config::defaults();
    config.block_on_disconnect = true;
    Bench bench(config);
    bench.cycle();
    const auto reason = bench.out.limits.charge.reason;
    bench.cycles(10, false);
    EXPECT_EQ(bench.out.limits.charge.applied, 50.0);
    EXPECT_TRUE(bench.out.limits.discharge.allowed);
    bench.cycle(false);
    EXPECT_EQ(bench.out.limits.charge.applied, 0.0);
    EXPECT_EQ(bench.out.limits.discharge.applied, 0.0);
    EXPECT_FALSE(bench.out.limits.charge.allowed);
    EXPECT_EQ(bench.out.limits.charge.reason, reason);
    EXPECT_EQ(bench.out.state.state, 9);
    EXPECT_EQ(bench.out.state.device_state, 260);
    bench.cycles(30);
    EXPECT_EQ(bench.out.limits.charge.applied, 0.0);
    bench.cycle();
    EXPECT_EQ(bench.out.limits.charge.applied, 0.0);
    EXPECT_EQ(bench.cycle().limits.charge.applied, 5.0);
    EXPECT_EQ(bench.cycle().limits.charge.applied, 10.0);
}

TEST(LostLink, RA8_NoHigherThanFloatWhenThePackWasNearTheTop)
{
    Bench high;
    high.telemetry.cell_voltages[3] = 3.38;
    high.cycles(2);
    EXPECT_DOUBLE_EQ(*high.out.limits.control_voltage, 55.2);
    high.cycles(10, false);
    EXPECT_DOUBLE_EQ(*high.out.limits.control_voltage, 55.2);
    high.cycle(false);
    EXPECT_DOUBLE_EQ(*high.out.limits.control_voltage, 54.0);

    Bench safe;
    safe.cycles(2);
    safe.cycles(30, false);
    EXPECT_DOUBLE_EQ(*safe.out.limits.control_voltage, 55.2);
}

TEST(Standby, FetStatesThatVanish)
{
    Bench bench;
    bench.cycle();
    EXPECT_EQ(bench.out.state.state, 9);
    bench.telemetry.charge_fet.reset();
    bench.telemetry.discharge_fet.reset();
    bench.cycle();
    EXPECT_EQ(bench.out.state.state, 14);
    EXPECT_EQ(bench.out.state.mode, 4);
    EXPECT_EQ(bench.out.limits.charge.applied, 50.0);

    Bench never;
    never.telemetry.charge_fet.reset();
    never.telemetry.discharge_fet.reset();
    EXPECT_EQ(never.cycle().state.state, 9);
}

/// At the top and balanced: float comes 901 s after the first of these.
void full(Bench& bench)
{
    bench.telemetry.cell_voltages = cells_of(16, 3.45);
    bench.telemetry.voltage = 55.2;
    bench.telemetry.soc = 97;
}

TEST(Full, EnteringFloatFillsTheCountersOnce)
{
    config::Config config = config::defaults();
    config.soc_calculation = true;
    config.soc_reset_after_days.reset();
    Bench bench(config);
    full(bench);
    bench.cycles(901);
    ASSERT_FALSE(bench.control.events().voltage.entered_float);
    bench.cycle();
    EXPECT_TRUE(bench.control.events().voltage.entered_float);
    EXPECT_EQ(bench.out.history.automatic_syncs, 1);
    EXPECT_EQ(bench.out.time_since_last_full_charge, 0);
    EXPECT_EQ(bench.out.derived.soc, 97.0);
    bench.cycle();
    EXPECT_FALSE(bench.control.events().voltage.entered_float);
    EXPECT_EQ(bench.out.derived.soc, 100.0);
    EXPECT_EQ(bench.out.time_since_last_full_charge, 1);
    EXPECT_FALSE(bench.control.stored().allow_max_voltage);
    bench.telemetry.cell_voltages[2].reset();  // missing data in float are no change to float
    bench.cycles(3);
    bench.telemetry.cell_voltages[2] = 3.45;
    bench.cycles(3);
    EXPECT_EQ(bench.control.history().automatic_syncs, 1);
}

TEST(Full, TheRestartKeepsFloatAndCountsNothing)
{
    config::Config config = config::defaults();
    config.soc_reset_after_days.reset();
    Bench bench(config);
    full(bench);
    bench.cycles(902);
    Bench after(config, bench.control.stored());
    full(after);
    after.now = bench.now;
    after.cycle();
    EXPECT_EQ(after.out.limits.charge_mode.view().substr(0, 5), "Float");
    EXPECT_EQ(after.control.history().automatic_syncs, 1);
}

TEST(Errors, MissingCellsCountOnceACycle)
{
    Bench bench;
    bench.telemetry.cell_voltages[5].reset();
    bench.cycles(179);
    EXPECT_EQ(bench.out.state.error_code, std::nullopt);
    EXPECT_EQ(bench.out.limits.charge_mode.view(), "Error, please check the logs!");
    EXPECT_EQ(bench.cycle().state.error_code, 8);
    bench.telemetry.cell_voltages[5] = 3.3;
    bench.cycles(4 * 60, true, 60);
    EXPECT_EQ(bench.out.state.error_code, std::nullopt);  // they have become rare
}

TEST(Errors, RS5_MissingCellsStopTheEmptyRule)
{
    config::Config config = config::defaults();
    config.soc_calculation = true;
    Bench bench(config);
    bench.telemetry.current = -1;
    bench.telemetry.cell_voltages[3] = 2.85;
    bench.telemetry.cell_voltages[0].reset();
    bench.cycles(120);
    EXPECT_GT(bench.out.derived.soc, 59.0);
    bench.telemetry.cell_voltages = cells_of(15, 2.85);
    bench.cycles(120);
    EXPECT_GT(bench.out.derived.soc, 59.0);
    bench.telemetry.cell_voltages = cells_of(16, 3.2);
    bench.telemetry.cell_voltages[3] = 2.85;
    bench.cycles(62);
    EXPECT_EQ(bench.out.derived.soc, 0.0);

    Bench extremes(config);  // a BMS without single cells
    extremes.telemetry.current = -1;
    extremes.telemetry.cell_voltages.clear();
    extremes.telemetry.min_cell_voltage = 2.85;
    extremes.cycles(62);
    EXPECT_EQ(extremes.out.derived.soc, 0.0);
}

TEST(Reload, LimitsFallAtOnceAndRiseByHoldAndRamp)
{
    config::Config config = config::defaults();
    Bench bench(config);
    bench.cycles(3);
    config.max_battery_charge_current = 40;
    config.max_cell_voltage = 3.4;
    bench.control.reconfigure(config, false, bench.now);
    bench.cycle();
    EXPECT_EQ(bench.out.limits.charge.applied, 40.0);
    EXPECT_DOUBLE_EQ(*bench.out.limits.control_voltage, 54.4);

    config.max_battery_charge_current = 80;
    config.max_cell_voltage = 3.5;
    bench.control.reconfigure(config, false, bench.now);
    bench.cycles(30);
    EXPECT_EQ(bench.out.limits.charge.applied, 40.0);
    EXPECT_DOUBLE_EQ(*bench.out.limits.control_voltage, 54.4);
    bench.cycles(2);
    EXPECT_EQ(bench.out.limits.charge.applied, 45.0);
    bench.cycles(40);
    EXPECT_EQ(bench.out.limits.charge.applied, 80.0);
    EXPECT_GT(*bench.out.limits.control_voltage, 54.4);
    EXPECT_LT(*bench.out.limits.control_voltage, 54.5);
    bench.cycles(1700);
    EXPECT_DOUBLE_EQ(*bench.out.limits.control_voltage, 56.0);
    EXPECT_EQ(bench.out.limits.charge_mode.view(), "Bulk │ Linear Mode");
}

TEST(Reload, KeepsTheBatteryAndItsCounters)
{
    config::Config config = config::defaults();
    Bench bench(config);
    bench.telemetry.current = -36;
    bench.cycles(11);
    config.soc_calculation = true;
    config.time_to_soc_points = {0};
    bench.control.reconfigure(config, false, bench.now);
    bench.cycle();
    EXPECT_EQ(bench.out.derived.soc, 60.0);  // goes on from where the BMS was
    EXPECT_EQ(bench.out.derived.time_to_soc.size(), 1U);
    EXPECT_FALSE(bench.out.derived.time_to_soc[0].text.empty());
    EXPECT_NEAR(*bench.control.history().total_ah_drawn, 36.0 * 11 / 3600, 1e-9);
}

TEST(HiddenAlarms, RA1_WarningsDuringASocReset)
{
    config::Config config = config::defaults();
    config.soc_reset_after_days = 30;
    Bench bench(config);
    bench.telemetry.alarms[Alarm::high_voltage] = 1;
    bench.cycle();
    ASSERT_TRUE(bench.control.voltage().soc_reset_requested());
    EXPECT_EQ(bench.out.alarms[Alarm::high_voltage], 0);
    EXPECT_EQ(bench.out.telemetry.alarms[Alarm::high_voltage], 1);
    bench.telemetry.alarms[Alarm::high_voltage] = 2;
    EXPECT_EQ(bench.cycle().alarms[Alarm::high_voltage], 2);
}

// The sheet of HLPdataBMS4S, section 9: the BMS ends the charge, no bulk, absorption or float.
TEST(Registration, ABmsThatChargesByItselfHasItsMaximumAtAllTimes)
{
    Stored in_float;
    in_float.allow_max_voltage = false;
    Bench bench(config::defaults(), in_float, Traits{.charges_itself = true});
    bench.telemetry.cell_voltages[3] = 3.6;
    bench.cycles(10);
    EXPECT_EQ(bench.out.limits.charge_voltage, 55.2);
    EXPECT_EQ(bench.out.limits.charge_mode, "Keep always max voltage");
    EXPECT_EQ(bench.out.limits.charge.applied, 0) << "the current limits of a high cell hold all the same";
    bench.control.reconfigure(bench.config, false, bench.now);
    EXPECT_EQ(bench.cycle().limits.charge_mode, "Keep always max voltage");
}

}  // namespace
}  // namespace bmsd::control
