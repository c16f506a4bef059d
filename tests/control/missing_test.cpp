// Core/charge-control.md section 14, number 6: a value that is missing hides no other cell that goes high.
#include <gtest/gtest.h>

#include "bench.h"

namespace bmsd::control {
namespace {

/// Four cells near the top, in bulk; one of them becomes high while another or the SoC is missing.
struct Four : Bench {
    explicit Four(std::int64_t mode = 1, const Stored& stored = {}) : Bench(with_mode(mode), stored)
    {
        telemetry.cell_count = 4;
        telemetry.soc = 95;
        telemetry.cell_voltages = cells_of(4, 3.34);
        telemetry.voltage = 13.36;
    }
    static config::Config with_mode(std::int64_t mode)
    {
        config::Config config = config::defaults();
        config.cvl_controller_mode = mode;
        return config;
    }
    double volts(int count = 1)
    {
        cycles(count);
        return out.limits.control_voltage.value_or(-1);
    }
};

TEST(MissingData, AnotherCellThatGoesHighLowersTheVoltage)
{
    Four four;
    EXPECT_EQ(four.volts(), 13.8);
    four.telemetry.cell_voltages[3].reset();
    EXPECT_EQ(four.volts(), 13.5);  // float
    four.telemetry.cell_voltages[0] = 3.46;
    EXPECT_NEAR(four.volts(), 13.48 - 0.01, 1e-9);  // the missing one with its last reading
    EXPECT_EQ(four.out.limits.charge_mode, "Error, please check the logs!");
    four.telemetry.cell_voltages[0] = 3.48;
    EXPECT_NEAR(four.volts(), 13.50 - 0.03, 1e-9);
    four.telemetry.cell_voltages[1] = 3.30;
    EXPECT_NEAR(four.volts(), 13.46 - 0.03, 1e-9);
}

TEST(MissingData, ACellThatVanishesHighGoesOnLowering)
{
    Four four;
    four.telemetry.cell_voltages[0] = 3.48;
    EXPECT_NEAR(four.volts(), 13.5 - 0.03, 1e-9);
    four.telemetry.cell_voltages[0].reset();
    EXPECT_NEAR(four.volts(), 13.47, 1e-9);
    four.telemetry.cell_voltages[2] = 3.30;
    EXPECT_NEAR(four.volts(), 13.43, 1e-9);
}

TEST(MissingData, EachHighCellCounts)
{
    Four four;
    four.volts();
    four.telemetry.cell_voltages = {3.50, 3.52, 3.16, std::nullopt};
    EXPECT_NEAR(four.volts(), 13.52 - 0.12, 1e-9);
}

TEST(MissingData, AMissingSocHidesNoHighCell)
{
    for (const std::int64_t mode : {1, 3}) {
        Four four(mode);
        four.volts();
        four.telemetry.soc.reset();
        four.telemetry.cell_voltages[0] = 3.46;
        EXPECT_NEAR(four.volts(), mode == 1 ? 13.47 : 13.48, 1e-9);
    }
}

TEST(MissingData, TheIntegratingControllerGoesDownToo)
{
    Four four(2);
    four.volts();
    four.telemetry.soc.reset();
    four.telemetry.cell_voltages[0] = 3.50;
    const double step = (3.50 - 3.45 - 0.010) * four.config.cvl_icontroller_factor;
    EXPECT_NEAR(four.volts(), 13.5 - step, 1e-6);
    EXPECT_NEAR(four.volts(), 13.5 - 2 * step, 1e-6);
}

TEST(MissingData, TheVoltageComesBackByHoldAndRamp)
{
    Four four;
    four.volts();
    four.telemetry.soc.reset();
    four.telemetry.cell_voltages[0] = 3.46;
    four.volts();
    four.telemetry.soc = 95;
    four.telemetry.cell_voltages[0] = 3.34;
    EXPECT_NEAR(four.volts(), 13.47, 1e-9);
    EXPECT_EQ(four.out.limits.charge_mode, "Bulk (Cell OVP) │ Linear Mode");
    EXPECT_NEAR(four.volts(59), 13.47, 1e-9);
    EXPECT_NEAR(four.volts(), 13.471, 1e-9);
    EXPECT_NEAR(four.volts(), 13.472, 1e-9);
}

TEST(MissingData, AHighCellInFloatLowersTheVoltage)
{
    Stored stored;
    stored.allow_max_voltage = false;
    Four four(1, stored);
    EXPECT_EQ(four.volts(), 13.5);
    four.telemetry.cell_voltages[3].reset();
    four.telemetry.cell_voltages[0] = 3.46;
    EXPECT_NEAR(four.volts(), 13.47, 1e-9);
    four.telemetry.cell_voltages[3] = 3.34;
    four.telemetry.cell_voltages[0] = 3.34;
    EXPECT_NEAR(four.volts(), 13.47, 1e-9);
    EXPECT_EQ(four.out.limits.charge_mode, "Float │ Linear Mode");
}

// Section 14, number 3: after a lost link the integrating controller steps back to the float slope only when no cell is
// high.
TEST(MissingData, NoStepBackWhileTheIntegratingControllerSeesAHighCell)
{
    for (const bool high : {false, true}) {
        config::Config config = Four::with_mode(2);
        config.switch_to_float_wait_for_sec = 0;
        Four four(2);
        four.config = config;
        four.control.reconfigure(config, false, four.now);
        four.telemetry.cell_voltages = cells_of(4, 3.45);
        four.volts(4);
        ASSERT_EQ(four.out.limits.charge_mode, "Float Transition │ Linear Mode");
        ASSERT_GT(four.volts(), 13.7);
        four.cycles(12, false);
        ASSERT_NEAR(*four.out.limits.control_voltage, 13.5, 1e-9) << "lost";
        if (high) four.telemetry.cell_voltages[0] = 3.47;
        if (high) {
            EXPECT_NEAR(four.volts(), 13.5, 1e-9);
        } else {
            EXPECT_GT(four.volts(), 13.7) << "back on the slope";
        }
    }
}

TEST(MissingData, ABatteryWithoutSingleCellsCountsItsLastHighest)
{
    Four four;
    four.telemetry.cell_voltages.clear();
    four.telemetry.min_cell_voltage = 3.34;
    four.telemetry.max_cell_voltage = 3.48;
    four.telemetry.voltage = 13.5;
    EXPECT_NEAR(four.volts(), 13.47, 1e-9);
    four.telemetry.max_cell_voltage.reset();
    four.telemetry.voltage = 13.46;
    EXPECT_NEAR(four.volts(), 13.43, 1e-9);
}

// What it holds is not known: the sum of the others is the most that is sure.
TEST(MissingData, BesideACellNeverSeenAHighCellEndsTheCharge)
{
    Four four;
    four.telemetry.cell_voltages[3].reset();
    EXPECT_EQ(four.volts(), 13.5);
    four.telemetry.cell_voltages[0] = 3.46;
    EXPECT_NEAR(four.volts(), 11.6, 1e-9);
}

TEST(MissingData, ABmsMaximumThatVanishesGoesOnLowering)
{
    for (const std::int64_t mode : {1, 3}) {
        Four four(mode);
        four.telemetry.max_cell_voltage = 3.48;
        const double lowered = four.volts();
        EXPECT_NEAR(lowered, mode == 1 ? 13.36 - 0.03 : 13.36 - 0.03 + 0.01, 1e-9);
        four.telemetry.max_cell_voltage.reset();
        const double pressed = four.volts(200);
        EXPECT_NEAR(pressed, 13.36 - 0.3, 1e-9);  // section 15, numbers 1 and 2: nobody has seen it fall
        four.telemetry.max_cell_voltage = 3.34;
        EXPECT_GT(four.volts(200), pressed);
    }
}

// Nonsense, and it lowers: a lowest cell of the BMS above its highest one counts as a cell.
TEST(MissingData, ALowestCellAboveTheHighestOneCountsAsHigh)
{
    Four four;
    four.telemetry.min_cell_voltage = 3.60;
    four.telemetry.max_cell_voltage = 3.34;
    EXPECT_NEAR(four.volts(), 13.36 - 0.15, 1e-9);
    four.telemetry.cell_voltages.clear();  // single cells were there: this is missing data
    EXPECT_NEAR(four.volts(), 13.36 - 0.15, 1e-9);
}

// Section 14, number 4: at once only when no cell is over.
TEST(MissingData, BackToBulkWithACellOverTheVoltageComesSlowly)
{
    for (const bool over : {false, true}) {
        Stored stored;
        stored.allow_max_voltage = false;
        Four four(1, stored);
        four.telemetry.cell_voltages = cells_of(4, over ? 3.60 : 3.40);
        ASSERT_NEAR(four.volts(), 13.5, 1e-9) << "float";
        four.telemetry.soc = 10;
        EXPECT_NEAR(four.volts(), over ? 13.5 : 13.8, 1e-9) << "bulk, for want of charge";
        EXPECT_NEAR(four.volts(59), over ? 13.5 : 13.8, 1e-9);
        if (over) {
            EXPECT_LE(four.volts(200), 13.5) << "section 15, number 1: nothing rises while a cell is over";
            four.telemetry.cell_voltages = cells_of(4, 3.40);
            EXPECT_LE(four.volts(60), 13.6) << "from the pack's voltage";
        }
        EXPECT_GT(four.volts(5), 13.5) << "after the hold";
    }
}

TEST(MissingData, NothingLowersBelowTheLowVoltage)
{
    Four four;
    four.telemetry.cell_voltages = cells_of(4, 2.5);
    four.volts();
    four.telemetry.cell_voltages[3].reset();
    four.telemetry.cell_voltages[0] = 3.6;
    EXPECT_NEAR(four.volts(), 11.6, 1e-9);
}

}  // namespace
}  // namespace bmsd::control
