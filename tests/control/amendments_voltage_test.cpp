// What the field found, as core/charge-control.md section 15 says it: the charge voltage under high cells and chargers
// that do not obey, and what is full.
#include <gtest/gtest.h>

#include <cmath>

#include "pack.h"

namespace bmsd::control {
namespace {

/// Only the charge voltage is of interest: the currents are not limited by the cells.
config::Config free_current(std::int64_t mode = 1)
{
    return with([&](auto& c) {
        c.cccm_cv_enable = c.dccm_cv_enable = false;
        c.cvl_controller_mode = mode;
    });
}

struct High : Pack {
    explicit High(std::int64_t mode = 1, double current = 5) : Pack(free_current(mode))
    {
        all(3.4);
        telemetry.current = current;
        cycle();
    }
};

TEST(Amendments, A15_01_NothingRisesWhileACellIsOverInAnyMode)
{
    for (const std::int64_t mode : {0, 1, 2, 3}) {
        High pack(mode);
        pack.cell(16, 3.46);
        double before = pack.volts();
        for (int i = 0; i < 300; ++i) {
            pack.all(3.4 + 0.0001 * i);  // the charger lifts the others
            pack.cell(16, 3.46);
            const double now = pack.volts(i % 50 != 7);
            ASSERT_LE(now, before) << "mode " << mode << ", " << i;
            before = now;
        }
    }
}

TEST(Amendments, A15_01_AGapLiftsNothingUnderAHighCell)
{
    for (const std::int64_t mode : {0, 1, 2, 3}) {
        High pack(mode);
        pack.cell(16, 3.46);
        pack.cycles(5);
        pack.cell(3, std::nullopt);
        const double before = pack.volts();
        EXPECT_LE(before, 54.0);
        pack.cell(3, 3.4);
        pack.cycles(100);
        EXPECT_LE(*pack.out.limits.control_voltage, before) << "mode " << mode;
    }
}

TEST(Amendments, A15_01_ACellThatDoesNotFallPressesTheVoltageDownToTheLowest)
{
    for (const std::int64_t mode : {1, 2, 3}) {
        High pack(mode);
        pack.cell(16, 3.47);
        pack.cycles(30);
        const double before = *pack.out.limits.control_voltage;
        EXPECT_TRUE(mode != 1 || std::abs(before - (54.47 - 0.02)) < 1e-9);
        const double first = pack.volts();
        EXPECT_LT(first, before - 0.01) << "mode " << mode;
        pack.cell(16, 3.50);
        const double second = pack.volts();
        EXPECT_LT(second - first, -0.04) << "the steps follow the excess, mode " << mode;
        pack.cycles(900);
        EXPECT_EQ(pack.out.limits.control_voltage, 46.4) << "mode " << mode;
    }
}

TEST(Amendments, A15_01_ACellThatFallsIsGivenItsTime)
{
    High pack;
    double cell = 3.48;
    for (int i = 0; i < 600; ++i) {
        pack.cell(16, cell -= 0.00005);
        pack.cycle();
    }
    EXPECT_NEAR(*pack.out.limits.control_voltage, 54.45 - (0.03 - 0.03), 0.02);
    EXPECT_GT(*pack.out.limits.control_voltage, 54.40);
}

TEST(Amendments, A15_01_RecoveryBeginsWhenNoCellIsOver)
{
    High pack;
    pack.cell(16, 3.47);
    pack.cycles(10);
    const double low = *pack.out.limits.control_voltage;
    pack.all(3.42);
    pack.cell(16, 3.451);  // the sum has risen, and with it what mode 1 asks for
    for (int i = 0; i < 25; ++i) ASSERT_LE(pack.volts(), low);
    pack.cell(16, 3.45);
    for (int i = 0; i < 60; ++i) ASSERT_LE(pack.volts(), low);
    pack.cycles(2);
    EXPECT_GT(*pack.out.limits.control_voltage, low);
}

TEST(Amendments, A15_01_InFloatTheLimitIsThatOfFloat)
{
    Pack pack(free_current(), 16, in_float());
    pack.telemetry.current = 5;
    pack.all(3.4);
    pack.cell(16, 3.46);
    pack.cycles(31);
    const double before = *pack.out.limits.control_voltage;
    EXPECT_LT(pack.volts(), before - 0.005);
    EXPECT_EQ(pack.mode(), "Float │ Linear Mode");
}

TEST(Amendments, A15_02_NothingIsPressedFarBelowAPackThatIsNotCharged)
{
    for (const std::int64_t mode : {1, 2, 3}) {
        High pack(mode, 0);
        pack.cell(16, 3.53);
        const double sum = 15 * 3.4 + 3.53;
        for (int i = 0; i < 1200; ++i) ASSERT_GE(pack.volts(), sum - 0.3 - 1e-6) << "mode " << mode << ", " << i;
        EXPECT_NEAR(*pack.out.limits.control_voltage, sum - 0.3, 0.001) << "mode " << mode;
    }
}

TEST(Amendments, A15_02_NothingIsPressedFurtherWhenTheChargeHasStopped)
{
    for (const std::int64_t mode : {1, 2, 3}) {
        High pack(mode);
        pack.cell(16, 3.53);
        pack.cycles(35);  // the cell does not fall, and is charged
        pack.telemetry.current = 0;
        const double least = std::min(*pack.out.limits.control_voltage, 15 * 3.4 + 3.53 - 0.3);
        for (int i = 0; i < 60; ++i) ASSERT_GE(pack.volts(), least - 1e-6) << "mode " << mode << ", " << i;
    }
}

TEST(Amendments, A15_02_WhenTheCauseIsGoneItComesBackFromThePacksVoltage)
{
    for (const std::int64_t mode : {1, 2, 3}) {
        High pack(mode, 0);
        pack.cell(16, 3.53);
        pack.cycles(600);
        pack.cell(16, 3.45);
        const double sum = 15 * 3.4 + 3.45;
        EXPECT_NEAR(pack.volts(), sum, 1e-6) << "mode " << mode;
        pack.cycles(59);
        EXPECT_NEAR(*pack.out.limits.control_voltage, sum, 1e-6) << "mode " << mode;
        pack.cycles(101);
        EXPECT_NEAR(*pack.out.limits.control_voltage, sum + 0.1, 0.002) << "mode " << mode;
    }
}

TEST(Amendments, A15_02_WhatAChargerWasAboveItIsTakenOff)
{
    High pack;
    pack.cell(16, 3.47);
    pack.cycles(40);  // still charged while C is so far below the pack:
    const double below = 15 * 3.4 + 3.47 - *pack.out.limits.control_voltage;
    pack.telemetry.current = 0;
    pack.cell(16, 3.44);
    const double sum = 15 * 3.4 + 3.44;
    pack.cycles(40);
    EXPECT_NEAR(pack.volts(), sum - below, 0.05);
    EXPECT_LT(*pack.out.limits.control_voltage, sum - 0.1);
}

/// Chargers may give 20 A.
struct Disobeyed : Pack {
    Disobeyed() : Pack(config::defaults())
    {
        telemetry.max_charge_current = 20;
        telemetry.current = 20;
        all(3.35);
        cycle();
    }
};

TEST(Amendments, A15_03_AnIgnoredLimitActsThroughTheVoltage)
{
    Disobeyed pack;
    pack.telemetry.current = 22.1;
    pack.cycles(30);
    EXPECT_EQ(pack.out.limits.control_voltage, 55.2);
    EXPECT_NEAR(pack.volts(), 53.6 - 0.01, 1e-9);
    EXPECT_TRUE(pack.control.events().voltage.ccl_ignored);
    EXPECT_EQ(pack.mode(), "Bulk (CCL ignored) │ Linear Mode");
    EXPECT_NEAR(pack.volts(), 53.6 - 0.02, 1e-9);
    EXPECT_FALSE(pack.control.events().voltage.ccl_ignored) << "told once";
    pack.telemetry.current = 20.5;  // not yet
    EXPECT_NEAR(pack.volts(), 53.6 - 0.03, 1e-9);
    pack.telemetry.current = 20;
    EXPECT_NEAR(pack.volts(), 53.6 - 0.03, 1e-9);
    EXPECT_EQ(pack.mode(), "Bulk (Cell OVP) │ Linear Mode");
    pack.cycles(59);
    EXPECT_NEAR(*pack.out.limits.control_voltage, 53.57, 1e-9);
    pack.cycles(100);
    EXPECT_NEAR(*pack.out.limits.control_voltage, 53.67, 0.002);
}

TEST(Amendments, A15_03_NothingHappensWhereChargersObey)
{
    const auto ignored = [](double limit, double current, int seconds) {
        Pack pack(with([](auto& c) { c.max_battery_charge_current = 200; }));
        pack.telemetry.max_charge_current = limit;
        pack.telemetry.current = limit;
        pack.cycle();
        pack.telemetry.current = current;
        pack.cycles(seconds);
        return pack.mode().contains("CCL ignored");
    };
    EXPECT_FALSE(ignored(20, 22, 600));
    EXPECT_FALSE(ignored(20, 25, 30));
    EXPECT_TRUE(ignored(20, 25, 40));
    EXPECT_FALSE(ignored(100, 105, 600));
    EXPECT_TRUE(ignored(100, 105.1, 40));
    EXPECT_FALSE(ignored(20, -90, 600));
    Disobeyed short_one;
    for (int i = 0; i < 100; ++i) {
        short_one.telemetry.current = i % 25 == 0 ? 20 : 40;
        short_one.cycle();
    }
    EXPECT_EQ(short_one.out.limits.control_voltage, 55.2);
    short_one.telemetry.current = 20;
    short_one.cycle();
    short_one.telemetry.current.reset();
    short_one.cycles(100);
    EXPECT_EQ(short_one.out.limits.control_voltage, 55.2);
}

TEST(Amendments, A15_03_AlsoInFloatAndWithoutAController)
{
    Pack floating(config::defaults(), 16, in_float());
    floating.telemetry.max_charge_current = 0;
    floating.telemetry.current = 10;
    floating.all(3.3);
    floating.cycles(41);
    EXPECT_LT(*floating.out.limits.control_voltage, 52.75);
    EXPECT_EQ(floating.mode(), "Float (CCL ignored) │ Linear Mode");
    Pack none(with([](auto& c) { c.cvl_controller_mode = 0; }));
    none.telemetry.max_charge_current = 0;
    none.telemetry.current = 10;
    none.cycles(41);
    EXPECT_LT(*none.out.limits.control_voltage, 52.75);
}

/// A SoC reset at 3.60 V is on.
struct Reset : Pack {
    Reset(double soc = 99)
        : Pack(with_reset([](auto& c) {
              c.soc_reset_cell_voltage = 3.6;
              c.soc_calculation = true;
          }))
    {
        telemetry.soc = soc;
        all(3.45);
        cycles(2);
        EXPECT_TRUE(control.voltage().soc_reset_requested());
    }
    bool ended() const { return control.events().voltage.reset_by_trip; }
};

TEST(Amendments, A15_06_ATripOfTheBmsEndsASocReset)
{
    Reset pack(80);
    pack.cell(5, 3.551);
    pack.telemetry.charge_fet = false;
    pack.cycle();
    EXPECT_TRUE(pack.ended());
    EXPECT_TRUE(pack.control.events().voltage.entered_float);
    EXPECT_FALSE(pack.control.voltage().soc_reset_requested());
    EXPECT_GT(pack.control.stored().soc_reset_last_reached, 1700000000);
    EXPECT_EQ(pack.mode(), "Float Transition │ Linear Mode");
    EXPECT_EQ(pack.control.history().automatic_syncs, 1);
    pack.cycle();
    EXPECT_FALSE(pack.ended());
    EXPECT_EQ(pack.out.derived.soc, 100.0);
}

TEST(Amendments, A15_06_AStartWithATrippedPackIsNoEndOfAReset)
{
    Pack pack(with_reset([](auto& c) { c.soc_reset_cell_voltage = 3.6; }));
    pack.all(3.58);
    pack.telemetry.charge_fet = false;
    pack.cycle();  // section 13, number 11: float is never entered by a start
    EXPECT_TRUE(pack.control.voltage().max_allowed());
    EXPECT_TRUE(pack.control.voltage().soc_reset_requested());
    pack.cycle();  // still tripped while the reset is on
    EXPECT_TRUE(pack.control.events().voltage.reset_by_trip);
    EXPECT_FALSE(pack.control.voltage().max_allowed());
}

TEST(Amendments, A15_06_TheFloatAfterATripLastsAlthoughOneCellIsAhead)
{
    Reset pack(100);
    pack.all(3.4);
    pack.cell(5, 3.605);  // 205 mV ahead: more than brings a battery back to bulk
    pack.telemetry.charge_fet = false;
    pack.cycle();
    ASSERT_TRUE(pack.ended());
    pack.cycles(100);
    EXPECT_TRUE(pack.mode().starts_with("Float")) << pack.mode();
    pack.telemetry.charge_fet = true;
    pack.cell(5, 3.41);  // at rest they are together again
    pack.cycles(100);
    EXPECT_TRUE(pack.mode().starts_with("Float")) << pack.mode();
    pack.cell(5, 3.55);  // and now it is a reason
    pack.cycle();
    EXPECT_TRUE(pack.mode().starts_with("Bulk")) << pack.mode();
}

TEST(Amendments, A15_06_ByItsAlarmTooButOnlyNearTheResetVoltage)
{
    Reset alarm;
    alarm.cell(5, 3.56);
    alarm.telemetry.alarms[Alarm::high_cell_voltage] = 1;
    alarm.cycle();
    EXPECT_FALSE(alarm.ended());
    alarm.telemetry.alarms[Alarm::high_cell_voltage] = 2;
    alarm.cycle();
    EXPECT_TRUE(alarm.ended());
    Reset low;
    low.cell(5, 3.549);
    low.telemetry.charge_fet = false;
    low.cycles(5);
    EXPECT_FALSE(low.ended());
    EXPECT_TRUE(low.control.voltage().soc_reset_requested());
    Pack none;
    none.all(3.45);
    none.cell(1, 3.66);
    none.telemetry.charge_fet = false;
    none.cycles(5);
    EXPECT_FALSE(none.control.events().voltage.reset_by_trip);
    EXPECT_TRUE(none.control.voltage().max_allowed());
}

TEST(Amendments, A15_07_FullIsFullInFloatToo)
{
    Stored stored = in_float();
    stored.soc_calc = 91;
    Pack pack(with([](auto& c) { c.soc_calculation = true; }), 16, stored);
    pack.telemetry.current = 0;
    pack.all(3.455);
    int told = 0;
    for (int i = 0; i < 901; ++i) {
        pack.cycle();
        told += pack.control.events().voltage.full;
    }
    EXPECT_EQ(told, 0);
    EXPECT_NEAR(*pack.out.derived.soc, 91, 0.01);
    pack.cycle();
    EXPECT_TRUE(pack.control.events().voltage.full);
    EXPECT_FALSE(pack.control.events().voltage.entered_float);
    pack.cycle();
    EXPECT_EQ(pack.out.derived.soc, 100.0);
    EXPECT_EQ(pack.mode(), "Float │ Linear Mode");
    for (int i = 0; i < 2000; ++i) {
        pack.cycle();
        told += pack.control.events().voltage.full;
    }
    EXPECT_EQ(told, 0) << "once";
}

TEST(Amendments, A15_07_NeitherUnbalancedNorWithAGapNorTwiceAfterFloatWasEntered)
{
    const auto full = [](auto change) {
        Stored stored = in_float();
        stored.soc_calc = 91;
        Pack pack(with([](auto& c) { c.soc_calculation = true; }), 16, stored);
        pack.telemetry.current = 0;
        for (int i = 0; i < 1000; ++i) {
            pack.all(3.455);
            pack.cycle(change(pack, i));
            if (pack.control.events().voltage.full) return true;
        }
        return false;
    };
    EXPECT_TRUE(full([](Pack&, int) { return true; }));
    EXPECT_FALSE(full([](Pack& p, int) { return p.cell(1, 3.475), true; }));
    EXPECT_FALSE(full([](Pack& p, int i) { return p.cell(1, i == 500 ? 3.475 : 3.455), true; }));
    EXPECT_FALSE(full([](Pack& p, int i) { return p.all(i == 500 ? 3.41 : 3.455), true; }));
    EXPECT_TRUE(full([](Pack& p, int i) { return p.all(i == 500 ? 3.43 : 3.455), true; }));
    EXPECT_FALSE(full([](Pack&, int i) { return i < 500 || i > 520; }));
    Pack entered;
    entered.charge_to_float();
    entered.cycles(2000);
    EXPECT_FALSE(entered.control.events().voltage.full);
}

}  // namespace
}  // namespace bmsd::control
