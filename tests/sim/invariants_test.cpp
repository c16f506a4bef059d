// The checkers themselves: each sees the breach it is there for, and lets through what is allowed.
#include "invariants.h"

#include <gtest/gtest.h>

#include "config/schema.h"

namespace bmsd::sim {
namespace {

/// Control as it could behave, cycle by cycle: 16 cells, defaults, bulk at 55.2 V, 50 and 60 A.
struct Scene {
    config::Config config = config::defaults();
    Telemetry telemetry;
    control::Input input;
    control::Now now{1000, 1.7e9};
    Snapshot out;
    Limits before;
    control::Stored stored, stored_before;
    Invariants invariants;
    bool first = true;

    Scene()
    {
        telemetry.cell_count = 16;
        cells(3.3);
        telemetry.soc = 60;
        telemetry.temperatures[0] = 25;
        out.derived.soc = 60;
        out.derived.min_cell_voltage = out.derived.max_cell_voltage = 3.3;
        Limits& l = out.limits;
        l.control_voltage = l.charge_voltage = 55.2;
        l.battery_low_voltage = 46.4;
        l.max_charge_cell_voltage = 3.45;
        l.charge_mode = "Bulk";
        limit(l.charge, 50, 50);
        limit(l.discharge, 60, 60);
    }

    void cells(double voltage)
    {
        telemetry.cell_voltages.assign(16, voltage);
        telemetry.voltage = 16 * voltage;
    }
    static void limit(CurrentLimit& limit, double applied, double target)
    {
        limit.applied = applied;
        limit.target = target;
        limit.allowed = applied > 0;
    }
    void ccl(double applied, double target) { limit(out.limits.charge, applied, target); }
    void c(double volts) { out.limits.control_voltage = out.limits.charge_voltage = volts; }

    /// `count` cycles as things are.
    Scene& cycle(bool good = true, int count = 1)
    {
        for (int i = 0; i < count; ++i) {
            input.good = good;
            input.telemetry = &telemetry;
            invariants.check({config, input, now, before, out, stored_before, stored, first});
            before = out.limits;
            stored_before = stored;
            first = false;
            ++now.steady;
            ++now.wall;
        }
        return *this;
    }
    bool broke(std::string_view number) const
    {
        for (const Broken& b : invariants.broken()) {
            if (b.invariant.starts_with(number)) return true;
        }
        return false;
    }
    std::string all() const
    {
        std::string text;
        for (const Broken& b : invariants.broken()) text += b.invariant + ": " + b.what + "\n";
        return text;
    }
};

TEST(Invariants, AQuietBatteryBreaksNone)
{
    Scene s;
    EXPECT_EQ(s.cycle(true, 100).all(), "");
}

TEST(Invariants, One)
{
    Scene nan, high;
    nan.c(std::numeric_limits<double>::quiet_NaN());
    EXPECT_TRUE(nan.cycle().broke("1 (CVL"));
    high.ccl(50.1, 50);
    EXPECT_TRUE(high.cycle().broke("1 (range"));
}

TEST(Invariants, Two)
{
    Scene s, reset;
    s.c(55.21);
    EXPECT_TRUE(s.cycle().broke("2"));
    reset.c(58.4);
    reset.out.limits.charge_mode = "Bulk & SoC Reset";
    EXPECT_EQ(reset.cycle().all(), "");
    reset.out.limits.charge_mode = "Bulk";
    EXPECT_TRUE(reset.cycle().broke("2"));
}

TEST(Invariants, TwoEndsARaisedVoltageAfterADay)
{
    Scene s;
    s.cells(3.5);
    s.ccl(0, 0);
    s.c(58.4);
    s.out.limits.charge_mode = "Bulk & SoC Reset";
    EXPECT_EQ(s.cycle(true, 86000).all(), "");
    EXPECT_TRUE(s.cycle(true, 1000).broke("2"));
}

TEST(Invariants, Three)
{
    Scene s, integrating;
    s.telemetry.cell_voltages[3] = 3.46;
    s.ccl(0.2, 0.2);
    s.c(52.96);
    EXPECT_EQ(s.cycle().all(), "");
    s.c(52.97);
    EXPECT_TRUE(s.cycle().broke("3"));
    integrating.config.cvl_controller_mode = 2;
    integrating.ccl(0.2, 0.2);
    integrating.c(54);
    integrating.telemetry.cell_voltages[3] = 3.47;
    integrating.cycle();
    integrating.c(54.001);
    EXPECT_TRUE(integrating.cycle().broke("3"));
}

TEST(Invariants, Four)
{
    Scene s;
    s.telemetry.cell_voltages[3] = 3.46;
    s.ccl(0.2, 0.2);
    s.c(52.95);
    s.cycle();
    s.cells(3.3);
    s.cycle(true, 59);
    s.c(52.951);
    EXPECT_EQ(s.cycle().all(), "");
    s.c(52.953);
    EXPECT_TRUE(s.cycle().broke("4"));
    Scene early;
    early.telemetry.cell_voltages[3] = 3.46;
    early.ccl(0.2, 0.2);
    early.c(52.95);
    early.cycle();
    early.cells(3.3);
    early.cycle(true, 58);
    early.c(52.951);
    EXPECT_TRUE(early.cycle().broke("4"));
}

TEST(Invariants, Five)
{
    Scene s, rising, failed;
    s.telemetry.cell_voltages[2].reset();
    s.out.limits.charge_mode = "Error, please check the logs!";
    EXPECT_TRUE(s.cycle().cycle().broke("5 (C"));
    rising.c(53);
    rising.cycle();
    rising.telemetry.soc.reset();
    rising.out.derived.soc.reset();
    rising.c(53.1);
    EXPECT_TRUE(rising.cycle().broke("5 (C"));
    failed.ccl(20, 50);
    failed.cycle();
    failed.ccl(21, 50);
    EXPECT_TRUE(failed.cycle(false).broke("5 (limits"));
}

TEST(Invariants, SixTheLastReadingGoesOnLimiting)
{
    Scene s;
    s.telemetry.temperatures[0] = 2;
    s.ccl(12.5, 12.5);
    s.out.limits.discharge.target = s.out.limits.discharge.applied = 21;  // of 60, by the curve at 2 degC
    s.cycle();
    s.telemetry.temperatures[0].reset();
    EXPECT_EQ(s.cycle(true, 50).all(), "");
    s.out.limits.charge.target = 50;
    EXPECT_TRUE(s.cycle().broke("6"));
}

TEST(Invariants, Seven)
{
    Scene zero, third, late;
    for (Scene* s : {&zero, &third, &late}) s->cycle();
    zero.ccl(50, 0);
    EXPECT_TRUE(zero.cycle().broke("7"));
    third.ccl(50, 33);
    EXPECT_TRUE(third.cycle().broke("7"));
    late.ccl(50, 40);
    EXPECT_EQ(late.cycle(true, 61).all(), "");
    EXPECT_TRUE(late.cycle().broke("7"));
}

TEST(Invariants, Eight)
{
    Scene early, steep, small;
    for (Scene* s : {&early, &steep, &small}) {
        s->ccl(s == &small ? 0 : 10, 10);
        if (s == &small) s->ccl(0, 0);
        s->cycle();
    }
    early.ccl(10, 50);
    early.cycle(true, 29);
    early.ccl(11, 50);
    EXPECT_TRUE(early.cycle().broke("8"));
    steep.ccl(10, 50);
    steep.cycle(true, 30);
    steep.ccl(15, 50);
    EXPECT_EQ(steep.cycle().all(), "");
    steep.ccl(20.1, 50);
    EXPECT_TRUE(steep.cycle().broke("8"));
    small.ccl(0, 0.7);
    small.cycle(true, 100);
    small.ccl(0.7, 0.7);
    EXPECT_TRUE(small.cycle().broke("8"));
}

TEST(Invariants, Nine)
{
    const auto breaks = [](auto change) {
        Scene s;
        s.cycle();
        change(s);
        s.cycle();
        return s.broke("6, 9");
    };
    EXPECT_FALSE(breaks([](Scene&) {}));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.cell_voltages[0] = 3.5; }));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.max_cell_voltage = 3.5; }));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.cell_voltages[0] = 2.8; }));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.cell_voltages[0] = 0.9; }));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.temperatures[1] = 0; }));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.temperatures[1] = 55; }));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.temperature_mosfet = 90; }));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.charge_fet = false; }));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.discharge_fet = false; }));
    EXPECT_TRUE(breaks([](Scene& s) { s.telemetry.max_charge_current = -5; }));
}

TEST(Invariants, Ten)
{
    Scene blocked, safe;
    blocked.config.block_on_disconnect = true;
    blocked.cycle();
    EXPECT_EQ(blocked.cycle(false, 10).all(), "");
    EXPECT_TRUE(blocked.cycle(false).broke("10"));
    safe.cycle();
    safe.cycle(false, 1800);
    EXPECT_EQ(safe.all(), "");
    EXPECT_TRUE(safe.cycle(false).broke("10"));
    Scene unsafe;
    unsafe.out.derived.max_cell_voltage = 3.4;
    unsafe.cycle();
    EXPECT_EQ(unsafe.cycle(false, 60).all(), "");
    EXPECT_TRUE(unsafe.cycle(false).broke("10"));
}

void enter_float(Scene& s)
{
    s.out.limits.charge_mode = "Float Transition";
    s.stored.allow_max_voltage = false;
}

TEST(Invariants, Eleven)
{
    Scene early, late, low;
    for (Scene* s : {&early, &late, &low}) {
        s->cells(3.45);
        s->ccl(0.25, 0.25);
        s->cycle();
        s->out.limits.charge_mode = "Absorption";
    }
    early.cycle(true, 899);
    enter_float(early);
    EXPECT_TRUE(early.cycle().broke("11"));
    late.cycle(true, 900);
    enter_float(late);
    EXPECT_EQ(late.cycle().all(), "");
    low.cycle(true, 500);
    low.cells(3.41);
    low.cycle();
    low.cells(3.45);
    low.cycle(true, 600);
    enter_float(low);
    EXPECT_TRUE(low.cycle().broke("11"));
}

TEST(Invariants, TwelveAndFourteen)
{
    Scene s;
    s.cells(3.45);
    s.ccl(0.25, 0.25);
    s.cycle(true, 901);
    enter_float(s);
    s.cycle();
    for (int i = 0; i < 1200; ++i) {
        s.c(55.2 - 0.001 * i);
        s.cycle();
    }
    s.c(54.0);
    s.out.limits.charge_mode = "Float";
    EXPECT_EQ(s.cycle(true, 100).all(), "");
    Scene slow;
    slow.cells(3.45);
    slow.ccl(0.25, 0.25);
    slow.cycle(true, 901);
    enter_float(slow);
    slow.cycle(true, 1200);
    EXPECT_TRUE(slow.cycle(true, 3).broke("12"));
    Scene start;
    start.stored.allow_max_voltage = start.stored_before.allow_max_voltage = false;
    start.out.limits.charge_mode = "Float";
    start.ccl(40, 50);
    start.cycle();
    EXPECT_TRUE(start.broke("14 (C"));
    EXPECT_TRUE(start.broke("14 (limits"));
}

}  // namespace
}  // namespace bmsd::sim
