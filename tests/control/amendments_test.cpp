// What the field found, as core/charge-control.md section 15 says it: whether a reading, the cells and the clock can be
// believed.
#include <gtest/gtest.h>

#include "pack.h"

namespace bmsd::control {
namespace {

Bench device()
{
    return Bench(config::defaults(), {}, Traits{});
}

TEST(Amendments, A15_12_ABmsThatRepeatsItselfIsNotThere)
{
    Bench bench = device();
    bench.telemetry.current = 5;
    bench.cycles(601);  // the first picture and 600 s
    EXPECT_EQ(bench.out.state.online, true);
    EXPECT_TRUE(bench.control.events().still);
    bench.cycle();
    EXPECT_FALSE(bench.control.events().still) << "told once";
    bench.cycles(10);
    EXPECT_EQ(bench.out.state.online, false);
    bench.telemetry.cell_voltages[7] = 3.301;
    bench.cycle();
    EXPECT_EQ(bench.out.state.online, true);
    bench.cycles(598);
    EXPECT_EQ(bench.out.state.online, true) << "another ten minutes";
}

TEST(Amendments, A15_12_LittleCurrentOrAnythingThatMovesIsNoStillness)
{
    const auto online_after = [](auto change, const Traits& facts = {}) {
        Bench bench(config::defaults(), {}, facts);
        bench.telemetry.current = 5;
        for (int i = 0; i < 900; ++i) {
            change(bench.telemetry, i);
            bench.cycle();
        }
        return bench.out.state.online == true;
    };
    EXPECT_FALSE(online_after([](Telemetry&, int) {}));
    EXPECT_FALSE(online_after([](Telemetry& t, int i) { t.current = 5 + 0.01 * (i % 7); })) << "only the current moves";
    EXPECT_FALSE(online_after([](Telemetry& t, int) { t.current = -5; }));
    EXPECT_TRUE(online_after([](Telemetry& t, int) { t.current = 2; }));
    EXPECT_TRUE(online_after([](Telemetry& t, int) { t.capacity.reset(); }));
    EXPECT_TRUE(online_after([](Telemetry& t, int) { t.cell_voltages.clear(); })) << "coarse values may stand still";
    EXPECT_TRUE(online_after([](Telemetry&, int) {}, Traits{.can_repeat = false}));
    EXPECT_TRUE(online_after([](Telemetry& t, int i) { t.soc = 60 + i / 500; }));
    EXPECT_TRUE(online_after([](Telemetry& t, int i) { t.voltage = 52.8 + 0.01 * (i / 500); }));
    EXPECT_TRUE(online_after([](Telemetry& t, int i) { t.capacity_remaining = 60 + i / 500; }));
}

void no_cells(Pack& pack)
{
    for (Number& cell : pack.telemetry.cell_voltages) cell.reset();
}

TEST(Amendments, A15_13_WithoutAnyCellTheVoltageIsFloatAndThenTheCurrentsAQuarter)
{
    Pack pack;
    pack.cycles(5);
    EXPECT_EQ(pack.ccl(), 50);
    for (std::size_t i = 1; i <= 16; ++i) pack.cell(i, 65.535);  // impossible is gone, too
    EXPECT_LE(pack.volts(), 54.0);
    pack.cycles(599);
    EXPECT_EQ(pack.ccl(), 12.5);
    EXPECT_TRUE(pack.control.events().cells_gone);
    EXPECT_EQ(pack.charge_text(), "Cells missing");
    EXPECT_EQ(pack.dcl(), 15);
    EXPECT_EQ(pack.discharge_text(), "Cells missing");
    EXPECT_FALSE(pack.control.events().cells_gone) << "told once";
}

TEST(Amendments, A15_13_OneCellBackForAMinuteEndsIt)
{
    Pack pack;
    pack.cycles(5);
    no_cells(pack);
    pack.cycles(700);
    pack.all(3.3);
    EXPECT_LE(pack.volts(), 54.0);
    pack.cycles(30);
    no_cells(pack);  // the minute begins again
    pack.cycle();
    pack.all(3.3);
    pack.cycles(59);
    EXPECT_EQ(pack.ccl(), 12.5);
    EXPECT_LE(*pack.out.limits.control_voltage, 54.0);
    pack.cycles(60);
    EXPECT_EQ(pack.out.limits.control_voltage, 55.2);
    EXPECT_EQ(pack.ccl(), 50);
    no_cells(pack);
    pack.cycles(50);
    pack.all(3.3);
    EXPECT_EQ(pack.volts(), 55.2) << "less than a minute is a missing reading, no more";
}

TEST(Amendments, A15_13_ABatteryThatNeverHadCellsIsNotLimited)
{
    Pack pack;
    pack.telemetry.cell_voltages.clear();
    pack.cycles(700);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);
}

/// What one reply with 8 of 16 cells says.
void half(Pack& pack)
{
    pack.telemetry.cell_count = 8;
    pack.all(3.3, 8);
}

TEST(Amendments, A15_14_AReplyWithHalfTheCellsMovesNothing)
{
    Pack pack;
    pack.cycles(5);
    half(pack);
    for (int i = 0; i < 9; ++i) EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);
    EXPECT_EQ(pack.out.telemetry.cell_voltages.size(), 16U);
    pack.telemetry.cell_count = 16;  // the list alone is too short
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.out.telemetry.cell_voltages.size(), 16U);
    pack.all(3.3, 16);
    EXPECT_EQ(pack.volts(), 55.2);
    EXPECT_EQ(pack.out.state.online, true);
}

TEST(Amendments, A15_14_OnlyTheSameOtherCountForAMinuteIsAChange)
{
    Pack pack;
    pack.cycles(5);
    half(pack);
    pack.cycles(40);
    pack.telemetry.cell_count = 7;
    pack.cycle();
    half(pack);
    pack.cycles(60);
    EXPECT_EQ(pack.out.telemetry.cell_count, 16);
    EXPECT_EQ(pack.out.state.online, false) << "refused replies are failed reads";
    pack.cycle();
    EXPECT_TRUE(pack.control.events().count_changed);
    EXPECT_EQ(pack.out.limits.control_voltage, 27.6);
    EXPECT_EQ(pack.out.state.online, true);
    pack.cycle();
    EXPECT_FALSE(pack.control.events().count_changed);
    pack.all(3.3, 7);  // the list is known anew, too
    pack.cycle();
    EXPECT_EQ(pack.out.telemetry.cell_voltages.size(), 8U);
}

TEST(Amendments, A15_14_AListThatGrowsAtTheStartIsNoChange)
{
    Pack pack;
    pack.all(3.3, 4);  // frame by frame
    pack.cycle();
    pack.all(3.3, 12);
    pack.cycle();
    pack.all(3.3, 16);
    EXPECT_EQ(pack.volts(), 55.2);
}

TEST(Amendments, A15_18_AClockThatJumpsByDaysMustHoldForTenMinutes)
{
    Pack pack(with_reset(), 16, reset_days_ago(5));
    pack.cycles(5);
    pack.now.wall += 300 * 86400.0;
    pack.cycles(500);
    EXPECT_FALSE(pack.control.voltage().soc_reset_requested());
    pack.now.wall -= 300 * 86400.0;  // it was wrong
    pack.cycles(700);
    EXPECT_FALSE(pack.control.voltage().soc_reset_requested());
    pack.now.wall += 300 * 86400.0;
    pack.cycles(599);
    EXPECT_FALSE(pack.control.voltage().soc_reset_requested());
    pack.cycles(2);
    EXPECT_TRUE(pack.control.voltage().soc_reset_requested());
}

TEST(Amendments, A15_18_SmallJumpsCountAtOnceButNotDayAfterDay)
{
    Pack pack(with_reset(), 16, reset_days_ago(14.5));
    pack.cycles(5);
    pack.now.wall += 0.6 * 86400;
    pack.cycle();
    EXPECT_TRUE(pack.control.voltage().soc_reset_requested());
    Pack hopping(with_reset(), 16, reset_days_ago(5));
    hopping.cycles(5);
    for (int i = 0; i < 30; ++i) {
        hopping.now.wall += 0.9 * 86400;
        hopping.cycles(10);
    }
    EXPECT_FALSE(hopping.control.voltage().soc_reset_requested());
}

TEST(Amendments, A15_18_AFirstClockBefore2020WaitsToo)
{
    Pack pack(with_reset());
    Controller late(with_reset(), {}, {}, {1000, 86400});
    Input input;
    input.good = true;
    input.telemetry = &pack.telemetry;
    Snapshot out;
    late.start(input, {1000, 86400}, out);
    for (int i = 0; i < 599; ++i) late.step(input, {1001.0 + i, 1.7e9 + i}, out);
    EXPECT_FALSE(late.voltage().soc_reset_requested());
    for (int i = 599; i < 610; ++i) late.step(input, {1001.0 + i, 1.7e9 + i}, out);
    EXPECT_TRUE(late.voltage().soc_reset_requested());
}

}  // namespace
}  // namespace bmsd::control
