#include "control/derived.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench.h"

namespace bmsd::control {
namespace {

Derived temperatures(const config::Config& config, const Telemetry& telemetry)
{
    Derived out;
    derive_temperatures(config, telemetry, out);
    return out;
}

TEST(Temperatures, LimitedAndRounded)
{
    Telemetry t;
    t.temperatures = {-40.0, 21.46, 300.0, std::nullopt};
    t.temperature_mosfet = 101.5;
    const Derived d = temperatures(config::defaults(), t);
    EXPECT_EQ(d.temperatures[0], -20.0);
    EXPECT_EQ(d.temperatures[1], 21.5);
    EXPECT_EQ(d.temperatures[2], 100.0);
    EXPECT_EQ(d.temperatures[3], std::nullopt);
    EXPECT_EQ(d.temperature_mosfet, 100.0);
}

TEST(Temperatures, RS12_AdjustedFromTheRawReadingInEveryCycle)
{
    config::Config config = config::defaults();
    config.temperature_1_adjust = {-2, 1.1};
    config.temperature_mos_adjust = {5, 1};
    Bench bench(config);
    bench.telemetry.temperatures = {30.0, std::nullopt, std::nullopt, std::nullopt};
    for (const bool good : {true, true, false, false, true}) {
        bench.cycle(good);
        EXPECT_DOUBLE_EQ(*bench.out.derived.temperatures[0], 31.0);
        EXPECT_EQ(bench.out.derived.temperature_mosfet, 35.0);
    }
    bench.telemetry.temperatures[0] = 20.0;
    EXPECT_DOUBLE_EQ(*bench.cycle().derived.temperatures[0], 20.0);
}

TEST(Temperatures, OnlySelectedSensorsCount)
{
    config::Config config = config::defaults();
    config.temperature_source_battery = {2, 3};
    Telemetry t;
    t.temperatures = {-5.0, 20.0, 24.0, 90.0};
    const Derived d = temperatures(config, t);
    EXPECT_EQ(d.temperature, 22.0);
    EXPECT_EQ(d.min_temperature, 20.0);
    EXPECT_EQ(d.max_temperature_sensor, 3);
    EXPECT_EQ(d.temperatures[0], -5.0);
}

TEST(Temperatures, EqualOnesTheLowestNumberIsColdestTheHighestHottest)
{
    Telemetry t;
    t.temperatures = {25.0, 25.0, 25.0, std::nullopt};
    const Derived d = temperatures(config::defaults(), t);
    EXPECT_EQ(d.min_temperature_sensor, 1);
    EXPECT_EQ(d.max_temperature_sensor, 3);
}

TEST(Temperatures, NoneSelectedIsNone)
{
    config::Config config = config::defaults();
    config.temperature_source_battery = {3};
    const Derived d = temperatures(config, healthy());
    EXPECT_EQ(d.temperature, std::nullopt);
    EXPECT_EQ(d.min_temperature, std::nullopt);
    EXPECT_EQ(d.min_temperature_sensor, 0);
}

Derived midpoint(const Cells& cells, std::size_t count)
{
    config::Config config = config::defaults();
    config.midpoint_enable = true;
    Telemetry t;
    t.cell_voltages = cells;
    Derived out;
    derive_midpoint(config, t, count, out);
    return out;
}

TEST(Midpoint, WorkedExampleOfTheSheet)
{
    const Derived d = midpoint({3.35, 3.30, 3.31, 3.32, 3.36}, 5);
    EXPECT_NEAR(*d.mid_voltage, 8.305, 1e-9);
    EXPECT_NEAR(*d.mid_voltage_deviation, 0.225056, 1e-6);
}

TEST(Midpoint, RS11_AnyMissingCellMakesItUnknown)
{
    EXPECT_EQ(midpoint({3.35, 3.30, std::nullopt, 3.32, 3.36}, 5).mid_voltage, std::nullopt);
    EXPECT_EQ(midpoint({3.35, std::nullopt, 3.31, 3.32, 3.36}, 5).mid_voltage, std::nullopt);
    EXPECT_EQ(midpoint({3.35, 3.30, 3.31, 3.32, 65.535}, 5).mid_voltage_deviation, std::nullopt);
    EXPECT_EQ(midpoint({3.35, 3.30, 3.31, 3.32}, 5).mid_voltage, std::nullopt);
    EXPECT_EQ(midpoint({3.35, 3.30, 3.31}, 3).mid_voltage, std::nullopt);

    config::Config config = config::defaults();
    config.midpoint_enable = true;
    Bench bench(config);
    EXPECT_NEAR(*bench.cycle().derived.mid_voltage, 26.4, 1e-9);
    bench.telemetry.cell_voltages[8].reset();
    bench.cycle();
    EXPECT_EQ(bench.out.derived.mid_voltage, std::nullopt);
    EXPECT_EQ(bench.out.derived.mid_voltage_deviation, std::nullopt);
}

TEST(Midpoint, OnlyWhenAskedFor)
{
    Derived out;
    out.mid_voltage = 1;
    derive_midpoint(config::defaults(), healthy(), 16, out);
    EXPECT_EQ(out.mid_voltage, std::nullopt);
}

Derived capacity(bool calculated, const Number& full, const Number& remaining, const Number& soc)
{
    config::Config config = config::defaults();
    config.soc_calculation = calculated;
    Telemetry t;
    t.capacity = full;
    t.capacity_remaining = remaining;
    Derived out;
    derive_capacity(config, t, soc, out);
    return out;
}

TEST(Capacity, OrderOfItsSources)
{
    EXPECT_EQ(capacity(true, 40.0, 11.0, 50.0).capacity, 20.0);
    EXPECT_EQ(capacity(true, std::nullopt, 11.0, 50.0).capacity, 11.0);
    EXPECT_EQ(capacity(false, 40.0, 11.0, 50.0).capacity, 11.0);
    EXPECT_EQ(capacity(false, 40.0, std::nullopt, 50.0).capacity, 20.0);
    EXPECT_EQ(capacity(false, 40.0, std::nullopt, std::nullopt).capacity, std::nullopt);
}

TEST(Capacity, ConsumedIsNeverPositive)
{
    EXPECT_EQ(capacity(false, 40.0, 11.0, 50.0).consumed_ah, -29.0);
    EXPECT_EQ(capacity(false, 40.0, 41.0, 100.0).consumed_ah, -1.0);
    EXPECT_FALSE(std::signbit(*capacity(false, 40.0, 40.0, 100.0).consumed_ah));
    EXPECT_EQ(capacity(true, 40.0, 11.0, 50.0).consumed_ah_bms, -29.0);
    EXPECT_EQ(capacity(false, std::nullopt, 11.0, 50.0).consumed_ah, std::nullopt);
}

TEST(CellExtremes, RD27_TheWiderOfCellsAndBms)
{
    Telemetry t = healthy();
    t.cell_voltages[4] = 3.25;
    t.cell_voltages[9] = 3.25;
    t.cell_voltages[6] = 3.4;
    t.max_cell_voltage = 3.39;  // narrower: older than the cells
    t.max_cell_number = 2;
    t.min_cell_voltage = 3.1;
    t.min_cell_number = 12;
    Derived d;
    derive_cells(config::defaults(), t, d);
    EXPECT_EQ(d.max_cell_voltage, 3.4);
    EXPECT_EQ(d.max_cell, 7);
    EXPECT_EQ(d.min_cell_voltage, 3.1);
    EXPECT_EQ(d.min_cell, 12);
    EXPECT_NEAR(*d.cell_diff, 0.3, 1e-9);
    t.max_cell_voltage = 3.45;
    derive_cells(config::defaults(), t, d);
    EXPECT_EQ(d.max_cell_voltage, 3.45);
    EXPECT_EQ(d.max_cell, 2);
    t.min_cell_voltage.reset();
    derive_cells(config::defaults(), t, d);
    EXPECT_EQ(d.min_cell, 5);  // the first of equal ones
}

TEST(CellExtremes, UnusableCellsAreMissing)
{
    Telemetry t = healthy();
    t.cell_voltages[0] = 65.535;
    t.cell_voltages[1] = std::nullopt;
    t.cell_voltages[2] = std::numeric_limits<double>::quiet_NaN();
    t.cell_voltages[3] = -0.1;
    Derived d;
    derive_cells(config::defaults(), t, d);
    EXPECT_EQ(d.min_cell, 5);
    EXPECT_NEAR(*d.cell_sum, 12 * 3.3, 1e-9);
    EXPECT_EQ(d.max_cell_voltage, 3.3);
}

TEST(CellExtremes, UnusableCellsAreNotShown)
{
    Bench bench;
    bench.telemetry.cell_voltages[3] = 65.535;
    bench.cycle();
    EXPECT_EQ(bench.out.telemetry.cell_voltages[3], std::nullopt);
    EXPECT_EQ(bench.out.telemetry.cell_voltages[2], 3.3);
}

TEST(CellExtremes, WithoutCellsNothing)
{
    Telemetry t;
    Derived d;
    derive_cells(config::defaults(), t, d);
    EXPECT_EQ(d.cell_sum, std::nullopt);
    EXPECT_EQ(d.cell_diff, std::nullopt);
    EXPECT_EQ(d.balancing, false);
    t.balancing = true;
    derive_cells(config::defaults(), t, d);
    EXPECT_EQ(d.balancing, true);
}

}  // namespace
}  // namespace bmsd::control
