// The simulated battery obeys physics and its BMS protects it.
#include "sim/pack.h"

#include <gtest/gtest.h>

#include "model/plausible.h"

namespace bmsd::sim {
namespace {

PackSpec sixteen_lfp(double soc)
{
    PackSpec spec;
    spec.cells.assign(16, {.capacity = 100, .soc = soc});
    spec.guards = usual_guards(Chemistry::lfp, 16, 100, 100);
    return spec;
}

void run(Pack& pack, double seconds, double amperes)
{
    for (double t = 0; t < seconds; t += 1) pack.step(1, amperes);
}

TEST(Chemistry, VoltageRisesWithTheStateOfCharge)
{
    for (const auto chemistry : {Chemistry::lfp, Chemistry::nmc}) {
        double before = 0;
        for (int permille = -90; permille <= 1050; permille += 5) {
            const double now = open_circuit_voltage(chemistry, permille / 1000.0);
            EXPECT_GT(now, before) << name(chemistry) << " at " << permille;
            before = now;
        }
        EXPECT_DOUBLE_EQ(open_circuit_voltage(chemistry, 0), voltages(chemistry).empty);
        EXPECT_DOUBLE_EQ(open_circuit_voltage(chemistry, 1), voltages(chemistry).full);
        EXPECT_DOUBLE_EQ(open_circuit_voltage(chemistry, 7), open_circuit_voltage(chemistry, 1.3));  // no end in sight
    }
}

TEST(Chemistry, ColdResists)
{
    EXPECT_DOUBLE_EQ(resistance_factor(25), 1);
    EXPECT_GT(resistance_factor(0), 1.8);
    EXPECT_LT(resistance_factor(45), 1);
    EXPECT_EQ(resistance_factor(-200), resistance_factor(-100));
}

TEST(Pack, AnHourAtATenthOfTheCapacityMovesATenthOfTheCharge)
{
    Pack pack(sixteen_lfp(0.5));
    run(pack, 3600, -10);
    EXPECT_NEAR(pack.soc(), 0.4, 0.001);
    run(pack, 3600, 10);
    EXPECT_NEAR(pack.soc(), 0.5, 0.001);
    Reading reading;
    pack.fill(reading);
    EXPECT_NEAR(*reading.telemetry.total_ah_drawn, 10, 1e-3);
    EXPECT_NEAR(*reading.telemetry.total_ah_charged, 10, 1e-3);
    EXPECT_GT(*reading.telemetry.charged_energy, *reading.telemetry.discharged_energy);  // some became heat
}

TEST(Pack, VoltageFollowsTheCurrentAtOnceAndThenSlowly)
{
    Pack pack(sixteen_lfp(0.5));
    const double resting = pack.voltage();
    pack.step(1, 100);
    const double first = pack.voltage() - resting;
    EXPECT_NEAR(first, 16 * 0.0005 * 100 * resistance_factor(20), 0.02);
    run(pack, 300, 100);
    EXPECT_GT(pack.voltage() - resting, first + 0.4);  // polarised
    pack.step(1, 0);
    EXPECT_GT(pack.voltage(), resting + 0.3);  // and it takes its time to relax
}

TEST(Pack, AFullCellStopsChargingUntilItHasComeDown)
{
    Pack pack(sixteen_lfp(0.97));
    for (int t = 0; t < 3600 && pack.charge_fet(); ++t) pack.step(1, 50);
    ASSERT_FALSE(pack.charge_fet());
    const auto level = [&] {
        return std::max(*pack.alarms()[Alarm::high_cell_voltage], *pack.alarms()[Alarm::high_voltage]);
    };
    EXPECT_EQ(level(), 2);
    EXPECT_LT(pack.highest_cell(), 3.70);
    EXPECT_EQ(pack.step(1, 50), 0);
    EXPECT_EQ(pack.step(1, -20), -20);  // discharging goes on
    for (int t = 0; t < 3600 && !pack.charge_fet(); ++t) pack.step(1, -20);
    EXPECT_TRUE(pack.charge_fet());
    EXPECT_LT(pack.highest_cell(), 3.5);
}

TEST(Pack, AnEmptyCellStopsDischarging)
{
    Pack pack(sixteen_lfp(0.03));
    for (int t = 0; t < 3600 && pack.discharge_fet(); ++t) pack.step(1, -50);
    ASSERT_FALSE(pack.discharge_fet());
    EXPECT_EQ(pack.step(1, -50), 0);
    EXPECT_EQ(pack.step(1, 20), 20);
    for (int t = 0; t < 3600 && !pack.discharge_fet(); ++t) pack.step(1, 20);
    EXPECT_TRUE(pack.discharge_fet());
}

TEST(Pack, TooMuchCurrentTripsAfterItsDelayAndComesBackAfterAPause)
{
    Pack pack(sixteen_lfp(0.5));
    run(pack, 9, -130);
    EXPECT_TRUE(pack.discharge_fet());
    run(pack, 2, -130);
    EXPECT_FALSE(pack.discharge_fet());
    EXPECT_EQ(pack.alarms()[Alarm::high_discharge_current], 2);
    run(pack, 60, -50);
    EXPECT_TRUE(pack.discharge_fet());
    EXPECT_EQ(pack.alarms()[Alarm::high_discharge_current], 0);
}

TEST(Pack, ColdStopsChargingOnly)
{
    PackSpec spec = sixteen_lfp(0.5);
    spec.heat.start = spec.heat.ambient = -8;
    Pack pack(spec);
    run(pack, 10, 0);
    EXPECT_FALSE(pack.charge_fet());
    EXPECT_TRUE(pack.discharge_fet());
    EXPECT_EQ(pack.alarms()[Alarm::low_charge_temperature], 2);
}

TEST(Pack, TheHeaterWarmsAColdPackAndTakesItsChargeFromIt)
{
    PackSpec spec = sixteen_lfp(0.5);
    spec.heat.start = spec.heat.ambient = -8;
    spec.heat.heater_power = 200;
    Pack pack(spec);
    run(pack, 3600, 0);
    EXPECT_GT(pack.temperature(), 0);
    EXPECT_LT(pack.soc(), 0.49);
}

TEST(Pack, CurrentWarmsCellsAndMosfets)
{
    Pack pack(sixteen_lfp(0.9));
    run(pack, 1200, -100);
    EXPECT_GT(pack.temperature(), 22);
    EXPECT_GT(pack.mosfet_temperature(), pack.temperature() + 15);
}

TEST(Pack, TheBalancerBleedsTheHighCellsOnly)
{
    PackSpec spec = sixteen_lfp(0.985);
    spec.cells[4].soc = 0.999;
    Pack pack(spec);
    pack.step(1, 0);
    Reading reading;
    pack.fill(reading);
    for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(reading.telemetry.cell_balancing[i], i == 4) << i;
    EXPECT_EQ(reading.telemetry.balancing, true);
    EXPECT_EQ(reading.telemetry.max_cell_number, 5);
    const double before = pack.cell_soc(4) - pack.cell_soc(0);
    run(pack, 3600, 0);
    EXPECT_NEAR(before - (pack.cell_soc(4) - pack.cell_soc(0)), 0.001, 0.0005);  // 0.1 A of 100 Ah
}

TEST(Pack, TellsEverythingAGoodBmsDoes)
{
    PackSpec spec = sixteen_lfp(0.5);
    spec.heat.heater_power = 100;
    Pack pack(spec);
    pack.step(1, 12.345);
    Reading reading;
    pack.fill(reading);
    const Telemetry& t = reading.telemetry;
    EXPECT_EQ(t.cell_count, 16);
    EXPECT_EQ(t.cell_voltages.size(), 16U);
    EXPECT_NEAR(*t.voltage, pack.voltage(), 0.02);
    EXPECT_DOUBLE_EQ(*t.current, 12.35);
    EXPECT_EQ(t.soc, 50);
    EXPECT_EQ(t.capacity, 100);
    EXPECT_NEAR(*t.capacity_remaining, 50, 0.01);
    EXPECT_TRUE(t.temperatures[0] && t.temperatures[1] && !t.temperatures[2] && t.temperature_mosfet);
    EXPECT_TRUE(t.heater_fet && t.heating && t.balance_fet && t.charge_fet && t.discharge_fet);
    for (const Level& level : t.alarms.levels) EXPECT_EQ(level, 0);
    EXPECT_TRUE(implausible(t).empty());
    EXPECT_TRUE(reading.identity.serial_number && reading.identity.model_name);
}

TEST(Pack, ItsMeterErrsAsItIsTold)
{
    PackSpec spec = sixteen_lfp(0.5);
    spec.meter = {.cell_noise = 0.002, .current_gain = 1.1, .soc_error = -20};
    Pack pack(spec);
    run(pack, 3600, 10);
    Reading reading;
    double least = 9, most = 0;
    for (int i = 0; i < 200; ++i) {
        pack.fill(reading);
        least = std::min(least, *reading.telemetry.cell_voltages[0]);
        most = std::max(most, *reading.telemetry.cell_voltages[0]);
    }
    EXPECT_DOUBLE_EQ(*reading.telemetry.current, 11);
    EXPECT_EQ(reading.telemetry.soc, 41);
    EXPECT_GT(most - least, 0.004);
    EXPECT_LT(most - least, 0.013);
}

TEST(Pack, ObeysTheSwitchesOfAHost)
{
    Pack pack(sixteen_lfp(0.5));
    Reading reading;
    pack.fill(reading);
    reading.telemetry.charge_fet = false;
    reading.telemetry.soc = 80;
    pack.obey(reading);
    pack.step(1, 20);
    EXPECT_EQ(pack.current(), 0);
    pack.fill(reading);
    EXPECT_EQ(reading.telemetry.charge_fet, false);
    EXPECT_EQ(reading.telemetry.soc, 80);
    pack.obey(reading);  // nothing changed: nothing happens
    reading.telemetry.charge_fet = true;
    pack.obey(reading);
    pack.step(1, 20);
    EXPECT_EQ(pack.step(1, 20), 20);
}

TEST(Pack, AHostCannotSwitchAProtectionOff)
{
    PackSpec spec = sixteen_lfp(0.5);
    spec.heat.start = spec.heat.ambient = -8;
    Pack pack(spec);
    run(pack, 10, 0);
    Reading reading;
    pack.fill(reading);
    ASSERT_EQ(reading.telemetry.charge_fet, false);
    reading.telemetry.charge_fet = true;
    pack.obey(reading);
    run(pack, 2, 20);
    EXPECT_EQ(pack.current(), 0);
}

}  // namespace
}  // namespace bmsd::sim
