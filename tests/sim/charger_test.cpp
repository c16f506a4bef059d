// The simulated power system obeys, but as late and as roughly as a real one.
#include "sim/charger.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/installation.h"

namespace bmsd::sim {
namespace {

constexpr Charger::Power sunny{.supply = 10000, .load = 0};
constexpr Charger::Power evening{.supply = 0, .load = 5000};

Orders orders(double cvl, double ccl, double dcl)
{
    return {.charge_voltage = cvl,
            .charge_current = ccl,
            .discharge_current = dcl,
            .may_charge = true,
            .may_discharge = true};
}

TEST(Charger, GivesNoMoreThanTheLimitOnceItHasSeenIt)
{
    Charger charger({.period = 3});
    double current = 0;
    for (int t = 0; t < 30; ++t) current = charger.step(1, orders(60, 80, 0), sunny, 50);
    EXPECT_NEAR(current, 80, 1e-9);
    charger.step(1, orders(60, 80, 0), sunny, 50);
    int late = 0;
    while (charger.step(1, orders(60, 10, 0), sunny, 50) > 10.001) ++late;
    EXPECT_GE(late, 1);
    EXPECT_LE(late, 3);
}

TEST(Charger, StopsWithoutALimit)
{
    Charger charger({});
    for (int t = 0; t < 30; ++t) charger.step(1, orders(60, 80, 80), sunny, 50);
    for (int t = 0; t < 5; ++t) charger.step(1, {}, sunny, 50);
    EXPECT_EQ(charger.step(1, {}, sunny, 50), 0);
    EXPECT_EQ(charger.step(1, {}, evening, 50), 0);
}

TEST(Charger, ServesLoadsUpToTheDischargeLimit)
{
    Charger charger({});
    EXPECT_NEAR(charger.step(1, orders(60, 80, 200), evening, 50), -100, 1e-9);
    for (int t = 0; t < 5; ++t) charger.step(1, orders(60, 80, 40), evening, 50);
    EXPECT_EQ(charger.step(1, orders(60, 80, 40), evening, 50), -40);
}

TEST(Charger, LoadsDoNotCountAgainstTheChargeLimit)
{
    Charger charger({});
    double current = 0;
    for (int t = 0; t < 60; ++t) current = charger.step(1, orders(60, 30, 100), {.supply = 10000, .load = 2500}, 50);
    EXPECT_NEAR(current, 30, 1e-9);
    // the kettle goes off: for a moment all of it goes into the battery
    EXPECT_GT(charger.step(0.1, orders(60, 30, 100), sunny, 50), 55);
}

struct Bench {
    Pack pack;
    Charger charger;
    double peak = 0, last = 0;

    Bench(const ChargerSpec& spec, double soc) : pack(made(soc)), charger(spec) {}

    static PackSpec made(double soc)
    {
        PackSpec spec;
        spec.cells.assign(16, {.capacity = 100, .soc = soc});
        spec.guards = usual_guards(Chemistry::lfp, 16, 200, 200);
        return spec;
    }
    void run(double seconds, double cvl, double ccl)
    {
        for (double t = 0; t < seconds; t += 1) {
            last = pack.step(1, charger.step(1, orders(cvl, ccl, 100), sunny, pack.voltage()));
            peak = std::max(peak, pack.voltage());
        }
    }
};

TEST(Charger, GoesFromConstantCurrentToConstantVoltage)
{
    Bench bench({.resistance = 0.03}, 0.9);
    bench.run(60, 55.2, 50);
    EXPECT_NEAR(bench.last, 50, 1e-6);
    bench.run(7200, 55.2, 50);
    EXPECT_NEAR(bench.pack.voltage(), 55.2, 0.05);
    EXPECT_LT(bench.last, 2);
    EXPECT_LT(bench.peak, 55.5);
    EXPECT_GT(bench.pack.soc(), 0.98);
}

TEST(Charger, ASlowRegulatorOvershoots)
{
    Bench quick({.resistance = 0.01, .gain = 0.8}, 0.9), slow({.resistance = 0.03, .gain = 0.1}, 0.9);
    quick.run(3600, 54.4, 100);
    slow.run(3600, 54.4, 100);
    EXPECT_LT(quick.peak, 54.45);
    EXPECT_GT(slow.peak, quick.peak + 0.1);
    EXPECT_NEAR(slow.pack.voltage(), 54.4, 0.1);  // but it gets there
}

TEST(Charger, AHastyRegulatorRings)
{
    Bench calm({.resistance = 0.01, .gain = 0.8}, 0.98), hasty({.resistance = 0.004, .gain = 1}, 0.98);
    calm.run(600, 54.4, 100);
    hasty.run(600, 54.4, 100);
    double calm_step = 0, hasty_step = 0;
    for (int i = 0; i < 10; ++i) {
        const double calm_before = calm.last, hasty_before = hasty.last;
        calm.run(1, 54.4, 100);
        hasty.run(1, 54.4, 100);
        calm_step = std::max(calm_step, std::abs(calm.last - calm_before));
        hasty_step = std::max(hasty_step, std::abs(hasty.last - hasty_before));
    }
    EXPECT_GT(hasty_step, 10 * calm_step);
}

TEST(Charger, OnlyAGridFeederBringsTheVoltageDown)
{
    Bench keeps({.drains = false}, 1.0), drains({.drains = true}, 1.0);
    keeps.run(600, 54.0, 100);
    drains.run(600, 54.0, 100);
    EXPECT_GT(keeps.pack.voltage(), 54.5);
    EXPECT_NEAR(drains.pack.voltage(), 54.0, 0.1);
}

TEST(Charger, IgnoresChangesWithinItsDeadBand)
{
    Charger charger({.period = 1, .deadband = 0.05});
    charger.step(1, orders(55.2, 80, 0), sunny, 50);
    charger.step(1, orders(55.17, 80, 0), sunny, 50);
    EXPECT_EQ(charger.seen().charge_voltage, 55.2);
    charger.step(1, orders(55.1, 80, 0), sunny, 50);
    EXPECT_EQ(charger.seen().charge_voltage, 55.1);
}

TEST(Day, SunIsUpFromSixToSix)
{
    const Day day({.peak = 4000, .clouds = 0, .mains = 100});
    EXPECT_EQ(day.supply(0), 100);
    EXPECT_EQ(day.supply(5.9 * 3600), 100);
    EXPECT_NEAR(day.supply(12 * 3600), 4100, 1e-6);
    EXPECT_EQ(day.supply(36 * 3600), day.supply(12 * 3600));
    EXPECT_GT(day.temperature(16 * 3600), day.temperature(4 * 3600));
}

TEST(Day, RepeatsItselfAndIsNotFlat)
{
    const Day day({.clouds = 1, .seed = 7}), same({.clouds = 1, .seed = 7}), other({.clouds = 1, .seed = 8});
    double least = 1e9, most = 0;
    bool differs = false;
    for (double t = 36000; t < 46000; t += 10) {
        EXPECT_EQ(day.supply(t), same.supply(t));
        EXPECT_EQ(day.load(t), same.load(t));
        differs = differs || day.supply(t) != other.supply(t);
        least = std::min(least, day.load(t));
        most = std::max(most, day.load(t));
    }
    EXPECT_TRUE(differs);
    EXPECT_GT(most, least + 1000);
}

TEST(Installation, ADayChargesAndANightDischarges)
{
    InstallationSpec spec;
    spec.pack = Bench::made(0.5);
    spec.start = 6 * 3600;
    Installation site(spec);
    for (int t = 0; t < 12 * 3600; ++t) site.step(1, orders(55.2, 50, 50));
    const double evening_soc = site.pack().soc();
    EXPECT_GT(evening_soc, 0.9);
    for (int t = 0; t < 12 * 3600; t += 60) site.step(60, orders(55.2, 50, 50));
    EXPECT_LT(site.pack().soc(), evening_soc - 0.2);
    EXPECT_NEAR(site.time(), 30 * 3600, 1e-6);
}

}  // namespace
}  // namespace bmsd::sim
