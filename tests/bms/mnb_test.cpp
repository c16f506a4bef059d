// What is peculiar to the MNB board: it is read, counted, balanced and switched by bmsd.
#include <gtest/gtest.h>

#include <cmath>

#include "bms/types/max17853.h"
#include "support/random_reading.h"
#include "support/rig.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;
namespace chip = bms::max17853;

constexpr unsigned charge_line = 2, load_line = 3, generator_line = 4, fan_line = 17;

class Mnb : public testing::Test {
  protected:
    Mnb()
    {
        Telemetry& t = rig.truth.telemetry;
        t.cell_voltages = {3.30, 3.30, 3.30, 3.30, 3.30, 3.30, 3.30, 3.30};
        t.current = 0;
        t.temperatures = {20.0, 21.0, 22.0, 30.0};
        t.alarms = {};
    }
    static Reading battery()
    {
        std::mt19937_64 random(7);
        return random_reading(random, chip::cells);
    }
    void all_cells_at(double volts)
    {
        for (auto& cell : rig.truth.telemetry.cell_voltages) cell = volts;
    }
    void poll_after(Duration time)
    {
        rig.channel.time += time;
        ASSERT_TRUE(rig.poll());
    }
    bool line(unsigned number) { return rig.channel.driven.at(number); }
    /// Data written to `reg` since the last call of take_requests(), in order.
    std::vector<std::uint16_t> written(std::uint8_t reg)
    {
        std::vector<std::uint16_t> all;
        for (const Bytes& bytes : rig.channel.requests) {
            const auto request = chip::open_request(bytes);
            if (request && !request->read && request->reg == reg) all.push_back(request->data);
        }
        return all;
    }
    /// The chip answers reads of `reg` with `data`.
    void answer(std::uint8_t reg, std::uint16_t data)
    {
        rig.channel.damage = [=](std::size_t, ByteView bytes, Bytes& reply) {
            const auto request = chip::open_request(bytes);
            if (!request->read || request->reg != reg) return;
            const auto frame = chip::answer_frame(data);
            reply.assign(frame.begin(), frame.end());
        };
    }
    Rig rig{*bms::find("MNB"), battery()};
};

TEST(Max17853, FramesAreThoseOfTheSheet)
{
    EXPECT_EQ(to_hex(chip::write_frame(0x66, 0x0E21)), "3370e212");
    EXPECT_EQ(to_hex(chip::read_frame(0x66)), "b3100008");
    EXPECT_EQ(to_hex(chip::read_frame(0x48)), "a4700008");
    EXPECT_EQ(to_hex(chip::write_frame(0x01, 0)), "00b00000");
    EXPECT_EQ(to_hex(chip::answer_frame(0xA898)), "000a898c");
    const auto request = chip::open_request(*from_hex("3370e212"));
    ASSERT_TRUE(request);
    EXPECT_FALSE(request->read);
    EXPECT_EQ(request->reg, 0x66);
    EXPECT_EQ(request->data, 0x0E21);
    EXPECT_FALSE(chip::open_request(*from_hex("3370e213")));
    EXPECT_TRUE(chip::open_answer(*from_hex("000a898c")).sound);
    EXPECT_FALSE(chip::open_answer(*from_hex("000a888c")).sound);
}

TEST(Max17853, ScalesGoBothWays)
{
    EXPECT_NEAR(chip::cell_voltage(chip::cell_voltage_data(3.3)), 3.3, 0.00031);
    EXPECT_NEAR(chip::current(chip::current_data(-40)), -40, 0.0062);
    EXPECT_NEAR(chip::thermistor(chip::thermistor_data(25)), 25, 0.03);
    EXPECT_NEAR(chip::die_temperature(chip::die_temperature_data(31)), 31, 0.03);
    EXPECT_EQ(chip::cell_voltage_data(-1), 0);
    EXPECT_EQ(chip::raw_of(chip::cell_voltage_data(99)), chip::most_raw);
}

TEST_F(Mnb, IsSetUpInTheOrderOfItsSheet)
{
    ASSERT_TRUE(rig.identify());
    const auto requests = rig.take_requests();
    EXPECT_EQ(requests[0], to_hex(chip::write_frame(0x01, 0)));
    EXPECT_EQ(requests[6], to_hex(chip::write_frame(0x14, 0x0002)));
    EXPECT_EQ(requests[16], to_hex(chip::write_frame(0x20, 11311 << 2))) << "3.45 V, the configured maximum";
    EXPECT_EQ(requests[18], to_hex(chip::write_frame(0x22, 9508 << 2))) << "2.90 V";
    EXPECT_EQ(requests[37], to_hex(chip::write_frame(0x6B, 0x0001)));
    EXPECT_EQ(requests[38], to_hex(chip::write_frame(0x66, 0x0E21))) << "the first cycle";
}

TEST_F(Mnb, AScanThatNeverEndsIsRefusedAfterASecond)
{
    answer(chip::scan_control, chip::scan_done);
    const Instant before = rig.channel.time;
    EXPECT_EQ(rig.identify().error(), bms::Refusal::device_error);
    EXPECT_LT(rig.channel.time - before, 1200ms);
}

TEST_F(Mnb, CellsThatCannotBeAreRefused)
{
    for (const std::uint16_t data : {std::uint16_t{0}, std::uint16_t{0xFFFC}, chip::cell_voltage_data(4.51)}) {
        answer(chip::first_cell + 7, data);
        EXPECT_EQ(rig.identify().error(), bms::Refusal::implausible) << data;
    }
}

TEST_F(Mnb, WithoutOutputLinesThereIsNoBattery)
{
    rig.channel.drives = false;
    EXPECT_EQ(rig.identify().error(), bms::Refusal::link_lost);
}

TEST_F(Mnb, CountsItsCharge)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.soc, 50);
    EXPECT_EQ(rig.reading.telemetry.capacity_remaining, 64.8);
    rig.truth.telemetry.current = -36;
    poll_after(1s);
    EXPECT_EQ(rig.reading.telemetry.capacity_remaining, 64.8) << "nothing is known of the time before";
    const Instant first = rig.channel.time;
    poll_after(10s);
    const double flows = *rig.reading.telemetry.current;
    EXPECT_NEAR(flows, -36, 0.02);
    const double counted = 64.8 + flows * to_seconds(rig.channel.time - first) / 3600;
    EXPECT_NEAR(*rig.reading.telemetry.capacity_remaining, counted, 0.001);
    ASSERT_TRUE(rig.identify()) << "lost and found";
    poll_after(1s);
    EXPECT_NEAR(*rig.reading.telemetry.capacity_remaining, counted, 0.002) << "it goes on where it was";
}

TEST_F(Mnb, AFullAndAnEmptyCellSetTheCounter)
{
    rig.truth.telemetry.cell_voltages[2] = 3.41;  // above 3.45 - 0.05
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.soc, 100);
    all_cells_at(3.2);
    rig.truth.telemetry.cell_voltages[2] = 2.94;  // below 2.90 + 0.05
    poll_after(1s);
    EXPECT_EQ(rig.reading.telemetry.soc, 0);
}

TEST_F(Mnb, ChargingStopsAtAFullCellAndGoesOnWellBelow)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_TRUE(line(charge_line));
    all_cells_at(3.41);
    poll_after(1s);
    EXPECT_FALSE(line(charge_line));
    EXPECT_EQ(rig.reading.telemetry.charge_fet, false);
    EXPECT_EQ(rig.reading.telemetry.max_charge_current, 0);
    all_cells_at(3.31);
    poll_after(1s);
    EXPECT_FALSE(line(charge_line)) << "not yet";
    all_cells_at(3.29);
    poll_after(1s);
    EXPECT_TRUE(line(charge_line));
    EXPECT_EQ(rig.reading.telemetry.max_charge_current, rig.config.max_battery_charge_current);
}

TEST_F(Mnb, LoadsAreShedAtAnEmptyCellAndTheGeneratorStarts)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_TRUE(line(load_line));
    EXPECT_FALSE(line(generator_line));
    all_cells_at(2.94);
    poll_after(1s);
    EXPECT_FALSE(line(load_line));
    EXPECT_TRUE(line(generator_line));
    EXPECT_EQ(rig.reading.telemetry.max_discharge_current, 0);
    all_cells_at(3.06);
    poll_after(1s);
    EXPECT_TRUE(line(load_line));
    EXPECT_TRUE(line(generator_line)) << "until the charge is above 35 %";
    rig.truth.telemetry.current = 90;
    poll_after(1900s);
    EXPECT_GT(*rig.reading.telemetry.soc, 35);
    EXPECT_FALSE(line(generator_line));
}

TEST_F(Mnb, LimitsGoDownTowardsTheLastVoltage)
{
    all_cells_at(3.35);
    ASSERT_TRUE(rig.identify());
    EXPECT_NEAR(*rig.reading.telemetry.max_charge_current, 0.5 * rig.config.max_battery_charge_current, 0.2);
    EXPECT_EQ(rig.reading.telemetry.max_discharge_current, rig.config.max_battery_discharge_current);
}

TEST_F(Mnb, TheFanHasAHysteresis)
{
    rig.truth.telemetry.temperatures[3] = 46;
    ASSERT_TRUE(rig.identify());
    EXPECT_TRUE(line(fan_line));
    rig.truth.telemetry.temperatures[3] = 41;
    poll_after(1s);
    EXPECT_TRUE(line(fan_line));
    rig.truth.telemetry.temperatures[3] = 39;
    poll_after(1s);
    EXPECT_FALSE(line(fan_line));
}

TEST_F(Mnb, ABoardThatIsNotReadChargesAndDischargesNothing)
{
    ASSERT_TRUE(rig.identify());
    answer(chip::first_cell, 0);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(line(charge_line));
        EXPECT_FALSE(rig.poll());
    }
    EXPECT_FALSE(line(charge_line));
    EXPECT_FALSE(line(load_line));
    rig.channel.damage = nullptr;
    poll_after(1s);
    EXPECT_TRUE(line(charge_line));
}

TEST_F(Mnb, BalancesWhileCharging)
{
    rig.truth.telemetry.cell_voltages[0] = 3.38;
    rig.truth.telemetry.current = 10;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.balancing, false) << "the current of the cycle before counts";
    EXPECT_EQ(rig.protocol->rest(), Duration::zero());
    rig.take_requests();
    poll_after(1s);
    EXPECT_EQ(rig.reading.telemetry.balancing, true);
    EXPECT_EQ(rig.reading.telemetry.cell_balancing[0], true);
    EXPECT_EQ(rig.reading.telemetry.cell_balancing[1], false);
    EXPECT_EQ(rig.protocol->rest(), 3s);
    EXPECT_EQ(written(chip::first_timer), std::vector<std::uint16_t>{15});
    EXPECT_EQ(written(chip::first_timer + 1), std::vector<std::uint16_t>{0});
    EXPECT_EQ(written(chip::balance_control), std::vector<std::uint16_t>{0x20F2}) << "80 mV: the longest duty";
    rig.take_requests();
    poll_after(3s);
    EXPECT_TRUE(written(chip::balance_control).empty()) << "it runs";
    rig.truth.telemetry.current = 0;
    poll_after(3s);
    poll_after(3s);
    EXPECT_EQ(rig.reading.telemetry.balancing, false);
    EXPECT_EQ(rig.protocol->rest(), Duration::zero());
}

TEST_F(Mnb, AFullCellIsBalancedWhateverFlows)
{
    rig.truth.telemetry.cell_voltages[0] = 3.46;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.balancing, true);
}

TEST_F(Mnb, AFaultOfTheBalancerEndsItsRun)
{
    rig.truth.telemetry.cell_voltages[0] = 3.46;
    ASSERT_TRUE(rig.identify());
    answer(chip::balance_control, 0xC000);
    rig.take_requests();
    poll_after(3s);
    EXPECT_EQ(rig.reading.telemetry.balancing, false);
    EXPECT_EQ(written(chip::balance_control), std::vector<std::uint16_t>{0});
    EXPECT_EQ(written(chip::balance_enable), std::vector<std::uint16_t>{0});
}

TEST_F(Mnb, ChecksumsAreTrustedOnceTheyWereAllRight)
{
    const auto spoil = [](std::size_t, ByteView bytes, Bytes& reply) {
        if (chip::open_request(bytes)->reg == chip::current_sense) reply[3] ^= 1;
    };
    rig.channel.damage = spoil;
    EXPECT_TRUE(rig.identify()) << "how the chip counts is not sure";
    rig.channel.damage = nullptr;
    ASSERT_TRUE(rig.poll());
    rig.channel.damage = spoil;
    EXPECT_EQ(rig.poll().error(), bms::Refusal::bad_checksum);
}

TEST_F(Mnb, StatusBitsAreAlarms)
{
    answer(chip::fema1, 1U << 6);
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.alarms[Alarm::internal_failure], 2);
    answer(chip::status1, 1U << 7 | 1U << 14);
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.alarms[Alarm::high_temperature], 2);
    EXPECT_EQ(rig.reading.telemetry.alarms[Alarm::high_charge_temperature], 2);
    EXPECT_EQ(rig.reading.telemetry.alarms[Alarm::internal_failure], 0) << "a power-on reset is none";
}

TEST_F(Mnb, FrostIsNotLost)
{
    rig.truth.telemetry.temperatures = {-5.0, -6.0, -7.0, 10.0};
    ASSERT_TRUE(rig.identify());
    EXPECT_NEAR(*rig.reading.telemetry.temperatures[0], -5, 0.06);
    EXPECT_NEAR(*rig.reading.telemetry.temperatures[2], -7, 0.06);
}

TEST_F(Mnb, AShortedThermistorIsNoMeasurementAndAnOpenOneIsFrost)
{
    answer(chip::first_thermistor, 0);
    ASSERT_TRUE(rig.identify());
    EXPECT_NEAR(*rig.reading.telemetry.temperatures[0], 20, 0.06) << "the other one of the pair";
    answer(chip::first_thermistor + 1, 0xFFFC);
    ASSERT_TRUE(rig.poll());
    EXPECT_NEAR(*rig.reading.telemetry.temperatures[0], -12.7, 0.06);
    rig.channel.damage = [](std::size_t, ByteView bytes, Bytes& reply) {
        const auto request = chip::open_request(bytes);
        const auto frame = chip::answer_frame(0);
        if (request->read && (request->reg | 1U) == 0x5B) reply.assign(frame.begin(), frame.end());
    };
    ASSERT_TRUE(rig.poll());
    EXPECT_NE(rig.reading.telemetry.temperatures[0], std::nullopt);
    EXPECT_NEAR(*rig.reading.telemetry.temperatures[1], 21, 0.06);
}

TEST_F(Mnb, ACurrentAtAnEndOfItsRangeIsUnknown)
{
    ASSERT_TRUE(rig.identify());
    poll_after(1s);
    for (const std::uint16_t data : {std::uint16_t{0}, std::uint16_t{0xFFFC}}) {
        answer(chip::current_sense, data);
        poll_after(10s);
        EXPECT_EQ(rig.reading.telemetry.current, std::nullopt);
        EXPECT_EQ(rig.reading.telemetry.soc, std::nullopt) << "nor is it known what is left";
        EXPECT_EQ(rig.reading.telemetry.capacity_remaining, std::nullopt);
        EXPECT_FALSE(line(generator_line));
    }
    rig.channel.damage = nullptr;
    poll_after(1s);
    EXPECT_NEAR(*rig.reading.telemetry.capacity_remaining, 64.8, 0.01) << "it goes on";
}

TEST_F(Mnb, ALineThatFailsDoesNotKeepTheOthersAsTheyWere)
{
    ASSERT_TRUE(rig.identify());
    rig.channel.broken_line = charge_line;
    all_cells_at(2.94);
    EXPECT_EQ(rig.poll().error(), bms::Refusal::link_lost);
    EXPECT_FALSE(line(load_line));
    EXPECT_TRUE(line(generator_line));
}

}  // namespace
}  // namespace bmsd::test
