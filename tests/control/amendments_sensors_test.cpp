// Readings of sensors that cannot be are absent (core/charge-control.md section 15, number 4).
#include <gtest/gtest.h>

#include <cmath>

#include "pack.h"

namespace bmsd::control {
namespace {

/// Four battery sensors and one of the MOSFETs, all at 20 degC.
struct Sensors : Pack {
    explicit Sensors(const config::Config& c = config::defaults()) : Pack(c)
    {
        telemetry.temperatures = {20.0, 20.5, 19.8, 20.1};
        telemetry.temperature_mosfet = 30;
        cycles(5);
    }
    Number& sensor(std::size_t number) { return telemetry.temperatures[number - 1]; }
    Number shown(std::size_t number) const { return out.derived.temperatures[number - 1]; }
    bool failure() const { return out.alarms[Alarm::internal_failure] == std::uint8_t{1}; }
};

TEST(Amendments, A15_04_AnImpossibleReadingIsAbsentAndTheLastOneLimits)
{
    for (const double impossible : {-273.1, -50.1, 150.1, 655.35, std::nan("")}) {
        Sensors pack;
        EXPECT_FALSE(pack.failure());
        pack.sensor(4) = impossible;
        EXPECT_EQ(pack.ccl(), 50) << impossible;
        EXPECT_EQ(pack.out.limits.discharge.applied, 60.0);
        EXPECT_EQ(pack.shown(4), std::nullopt);
        EXPECT_EQ(pack.out.telemetry.temperatures[3], std::nullopt);
        EXPECT_TRUE(pack.failure());
        EXPECT_TRUE(pack.control.events().sensor_lost);
        pack.cycle();
        EXPECT_FALSE(pack.control.events().sensor_lost) << "told once";
        pack.sensor(4) = 21;
        pack.cycle();
        EXPECT_EQ(pack.shown(4), 21.0);
        EXPECT_FALSE(pack.failure());
    }
}

TEST(Amendments, A15_04_DecisionsGoByTheReadingTextsByItsLimits)
{
    Sensors pack(with([](auto& c) {
        c.temperatures_while_charging = {-40, -30, 60, 120};
        c.max_charge_current_t_fraction = {0.1, 1, 1, 0.2};
    }));
    for (std::size_t i = 1; i <= 4; ++i) pack.sensor(i) = -40;
    pack.cycles(70);
    EXPECT_EQ(pack.shown(1), -20.0);
    EXPECT_EQ(pack.out.limits.charge.applied, 5.0);
}

TEST(Amendments, A15_04_ASensorThatJumpsMustBeSteadyForAMinute)
{
    Sensors pack;
    pack.sensor(4) = -1;  // it would stop the charge
    pack.cycles(59);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);
    EXPECT_EQ(pack.shown(4), std::nullopt);
    EXPECT_TRUE(pack.failure());
    pack.sensor(4) = 3;  // not steady
    pack.cycles(60);
    EXPECT_EQ(pack.shown(4), std::nullopt);
    pack.sensor(4).reset();
    pack.cycle();
    pack.sensor(4) = 3;
    pack.cycles(60);
    EXPECT_EQ(pack.shown(4), std::nullopt) << "it begins again after a gap";
    pack.cycle();
    EXPECT_EQ(pack.shown(4), 3.0);
    EXPECT_FALSE(pack.failure());
    EXPECT_LT(*pack.out.limits.charge.target, 50);
}

TEST(Amendments, A15_04_WhatABatteryCanDoIsNoJump)
{
    const auto counts = [](double value, double after) {
        Sensors pack;
        pack.sensor(4).reset();
        pack.cycles(static_cast<int>(after) - 1);
        pack.sensor(4) = value;
        pack.cycle();
        return pack.shown(4).has_value();
    };
    EXPECT_TRUE(counts(40, 1));
    EXPECT_TRUE(counts(0.2, 1));
    EXPECT_FALSE(counts(40.2, 1));
    EXPECT_FALSE(counts(0, 5));
    EXPECT_TRUE(counts(-5, 6));
    Sensors broken;
    broken.sensor(4) = -60;
    broken.cycles(100);
    broken.sensor(4) = -45;  // a wire that wanders back into the range is still broken
    broken.cycle();
    EXPECT_EQ(broken.shown(4), std::nullopt);
    EXPECT_EQ(broken.out.limits.discharge.applied, 60.0);
}

TEST(Amendments, A15_04_ALostSensorLimitsTheChargeTheOthersDecideTheDischarge)
{
    Sensors pack;
    pack.sensor(4) = 2;
    pack.cycles(100);
    const double with_it = *pack.out.limits.discharge.applied;
    EXPECT_LT(with_it, 60);
    pack.sensor(4).reset();
    pack.cycles(599);
    EXPECT_EQ(pack.out.limits.discharge.applied, with_it) << "its last reading, while it says something";
    EXPECT_TRUE(pack.failure());
    pack.cycles(100);
    EXPECT_EQ(pack.out.limits.discharge.applied, 60.0);
    EXPECT_LE(*pack.out.limits.charge.applied, 12.5);
    EXPECT_EQ(pack.charge_text(), "Temp");
    for (std::size_t i = 1; i <= 4; ++i) pack.sensor(i).reset();
    pack.cycles(700);
    EXPECT_EQ(pack.out.limits.discharge.applied, 15.0) << "no other is left";
}

TEST(Amendments, A15_04_TheMosfetSensorToo)
{
    Sensors pack;
    pack.telemetry.temperature_mosfet = -100;
    pack.cycles(599);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);
    EXPECT_TRUE(pack.failure());
    EXPECT_EQ(pack.out.derived.temperature_mosfet, std::nullopt);
    pack.cycle();
    EXPECT_EQ(pack.out.limits.charge.applied, 12.5);
    EXPECT_EQ(pack.charge_text(), "MOSFET");
    EXPECT_EQ(pack.out.limits.discharge.applied, 15.0);
    EXPECT_TRUE(pack.control.events().sensor_stale);
}

TEST(Amendments, A15_04_ASensorThatWasNeverThereLimitsNothing)
{
    Pack pack;
    pack.telemetry.temperatures = {};
    pack.telemetry.temperature_mosfet.reset();
    pack.telemetry.temperatures[2] = -273.1;
    pack.cycles(700);
    EXPECT_EQ(pack.out.limits.charge.applied, 50.0);
    EXPECT_EQ(pack.out.limits.discharge.applied, 60.0);
    EXPECT_NE(pack.out.alarms[Alarm::internal_failure], std::uint8_t{1});
}

TEST(Amendments, A15_04_OneMissingReplyIsNoLostSensor)
{
    Sensors pack;
    pack.sensor(2).reset();
    pack.cycles(9);
    EXPECT_FALSE(pack.failure());
    pack.cycles(2);
    EXPECT_TRUE(pack.failure());
    pack.sensor(2) = 20;
    pack.cycle();
    EXPECT_FALSE(pack.failure());
}

}  // namespace
}  // namespace bmsd::control
