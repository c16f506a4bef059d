// What is peculiar to EG4 LL batteries: patience, and alarms worked out from thresholds.
#include <gtest/gtest.h>

#include "bms/types/eg4_ll_judge.h"
#include "modbus_rig.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;
using bms::eg4::Judge;
using bms::eg4::Thresholds;

constexpr std::uint16_t telemetry = 0, settings = 45, hardware = 105;

class Eg4Ll : public ModbusBattery {
  protected:
    Eg4Ll() : ModbusBattery("EG4_LL", 4) {}
};

TEST_F(Eg4Ll, AsksAsItsSheetSays)
{
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"010300690017d5d8", "01030000002705d0", "0103002d005b9438"}));
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.take_requests(), std::vector<std::string>{"01030000002705d0"});
}

TEST_F(Eg4Ll, ASilentLineIsAskedOnce)
{
    changes.silence(hardware);
    EXPECT_EQ(identify().error(), bms::Refusal::silence);
    EXPECT_EQ(rig.channel.requests.size(), 1U);
    EXPECT_EQ(rig.channel.time, Instant(600ms));
}

TEST_F(Eg4Ll, OfTheUsualAddressesOnlyTheLastIsWaitedFor)
{
    std::vector<int> addresses;
    for (const bms::Line& line : bms::find("EG4_LL")->lines) addresses.push_back(line.address);
    EXPECT_EQ(addresses, (std::vector{0x01, 0x40, 0x10})) << "as the sheet names them";
    rig.config.bms_type = {"EG4_LL"};
    changes.silence(hardware);
    EXPECT_FALSE(identify());
    EXPECT_EQ(rig.channel.time, Instant(1500ms)) << "the others have their turn";
    const auto last = bms::find("EG4_LL")->make({rig.config, 0x10, 9600});
    Reading reading;
    EXPECT_FALSE(run(last->identify(rig.channel, reading)));
    EXPECT_GT(rig.channel.time, Instant(50s));
}

TEST_F(Eg4Ll, NamedAloneItIsWaitedFor)
{
    rig.config.bms_type = {"EG4_LL"};
    rig.config.battery_addresses = {"0x01"};
    changes.silence(hardware, 9);
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.channel.time, Instant(9 * (1500ms + 3s)));
    rig.channel.time += 90s;
    const Instant before = rig.channel.time;
    changes.silence(hardware);
    EXPECT_FALSE(identify());
    EXPECT_GT(rig.channel.time - before, 50s);
    EXPECT_LE(rig.channel.time - before, 61500ms);
}

TEST_F(Eg4Ll, OnAPortWhereOthersAnswerADeadOneIsNotWaitedFor)
{
    rig.config.bms_type = {"EG4_LL"};
    ASSERT_TRUE(identify());
    const Instant before = rig.channel.time;
    changes.silence(hardware);
    EXPECT_FALSE(identify());
    EXPECT_EQ(rig.channel.time - before, 1500ms);
}

TEST_F(Eg4Ll, ADamagedAnswerIsAskedForThrice)
{
    int asked = 0;
    rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
        if (++asked <= 2) reply[5] ^= 1;
    };
    EXPECT_TRUE(rig.identify());
    asked = -1000;
    rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) { reply[5] ^= 1; };
    rig.channel.requests.clear();
    EXPECT_EQ(rig.identify().error(), bms::Refusal::bad_checksum);
    EXPECT_EQ(rig.channel.requests.size(), 3U);
}

TEST_F(Eg4Ll, WithoutSettingsTheDefaultsJudge)
{
    changes.silence(settings).put(telemetry, 4, "0ed9");  // 3.801 V: above the warning of 3.6 V
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.alarms[Alarm::high_cell_voltage], 1);
    EXPECT_EQ(rig.reading.telemetry.charge_fet, false);
}

TEST_F(Eg4Ll, ItsOwnThresholdsJudge)
{
    changes.put(settings, 44, "0ed80ed8").put(telemetry, 4, "0ed9");  // 3.8 V: protection
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.alarms[Alarm::high_cell_voltage], 2);
}

TEST_F(Eg4Ll, SensorsThreeAndFourAreNotAlwaysFitted)
{
    changes.put(telemetry, 66, "00fe0005");
    ASSERT_TRUE(identify());
    const auto& sensors = rig.reading.telemetry.temperatures;
    EXPECT_EQ(sensors[0], 0);
    EXPECT_EQ(sensors[1], -2);
    EXPECT_FALSE(sensors[2]);
    EXPECT_EQ(sensors[3], 5);
}

TEST_F(Eg4Ll, TheVoltageIsThatOfTheCells)
{
    changes.put(telemetry, 0, "ffff").put(telemetry, 4, "0d0a0d0b00000d0c");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.voltage, 10.017);
    EXPECT_FALSE(rig.reading.telemetry.cell_voltages[2]);
}

TEST_F(Eg4Ll, MoreThanSixteenCellsAreSixteen)
{
    changes.put(telemetry, 72, "0014");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.cell_count, 16);
}

TEST_F(Eg4Ll, WhatNoBatteryTellsIsRefused)
{
    changes.put(telemetry, 72, "0000");
    EXPECT_EQ(identify().error(), bms::Refusal::bad_content) << "no cells";
    changes.put(telemetry, 4, "0000000000000000");
    EXPECT_EQ(identify().error(), bms::Refusal::bad_content) << "no cell above 0 V";
    changes.put(telemetry, 4, "1389");
    EXPECT_EQ(identify().error(), bms::Refusal::implausible) << "5.001 V";
    changes.put(telemetry, 48, "0065");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.soc, 100) << "101 %";
}

TEST_F(Eg4Ll, TheIdHasTheAddressBehindTheSerialNumber)
{
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.identity.unique_id, "SN123456781");
    changes.put(hardware, 30, "00");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.identity.unique_id,
              "HW12_" + std::to_string(static_cast<int>(*rig.truth.telemetry.capacity)) + ".0Ah_0x01");
}

class Eg4Judge : public testing::Test {
  protected:
    Eg4Judge()
    {
        for (const double cell : {3.3, 3.31, 3.32, 3.3}) t.cell_voltages.push_back(cell);
        t.voltage = 13.23;
        t.current = 0;
        t.soc = 50;
        t.temperatures[0] = t.temperatures[1] = 20;
        t.temperature_mosfet = 30;
    }
    void judge_at(double seconds_later) { judge.judge(t, Instant(seconds(seconds_later))); }
    Judge judge;
    Telemetry t;
};

TEST_F(Eg4Judge, NothingIsWrongWithAGoodBattery)
{
    judge_at(0);
    for (std::size_t i = 0; i < alarm_count; ++i) EXPECT_EQ(t.alarms.levels[i].value_or(0), 0) << alarm_names[i];
    EXPECT_EQ(t.charge_fet, true);
    EXPECT_EQ(t.discharge_fet, true);
    EXPECT_EQ(t.balancing, false);
    EXPECT_FALSE(t.alarms[Alarm::fuse_blown]) << "it has no such alarm";
}

TEST_F(Eg4Judge, AnOvercurrentCountsWhenItLasts)
{
    t.current = 220;
    judge_at(0);
    judge_at(9.9);
    EXPECT_EQ(t.alarms[Alarm::high_charge_current], 0);
    judge_at(10);
    EXPECT_EQ(t.alarms[Alarm::high_charge_current], 2);
    EXPECT_EQ(t.charge_fet, false);
    EXPECT_EQ(t.discharge_fet, true);
    t.current = 219;
    judge_at(11);
    EXPECT_EQ(t.alarms[Alarm::high_charge_current], 0);
    t.current = 220;
    judge_at(12);
    EXPECT_EQ(t.alarms[Alarm::high_charge_current], 0) << "it begins anew";
    t.current = -250;
    judge_at(20);
    judge_at(22);
    EXPECT_EQ(t.alarms[Alarm::high_discharge_current], 2) << "the second level is quicker";
    EXPECT_EQ(t.discharge_fet, false);
}

TEST_F(Eg4Judge, AShortCircuitCountsAtOnce)
{
    t.current = -350;
    judge_at(0);
    EXPECT_EQ(t.alarms[Alarm::high_discharge_current], 2);
    EXPECT_EQ(t.charge_fet, false);
    EXPECT_EQ(t.discharge_fet, false);
}

TEST_F(Eg4Judge, ColdStopsCharging)
{
    t.temperatures[1] = 0;
    judge_at(0);
    EXPECT_EQ(t.alarms[Alarm::low_charge_temperature], 2);
    EXPECT_EQ(t.alarms[Alarm::low_temperature], 0);
    EXPECT_EQ(t.charge_fet, false);
    EXPECT_EQ(t.discharge_fet, true);
    t.temperatures[1] = 1;
    judge_at(1);
    EXPECT_EQ(t.alarms[Alarm::low_charge_temperature], 1);
    EXPECT_EQ(t.charge_fet, true) << "a warning of temperature stops nothing";
}

TEST_F(Eg4Judge, ALowCellStopsDischargingAlreadyWhenItWarns)
{
    t.cell_voltages[2] = 2.5;
    judge_at(0);
    EXPECT_EQ(t.alarms[Alarm::low_cell_voltage], 1);
    EXPECT_EQ(t.discharge_fet, false);
    EXPECT_EQ(t.charge_fet, true);
}

TEST_F(Eg4Judge, MissingCellsAreNoLowCells)
{
    t.cell_voltages[2].reset();
    judge_at(0);
    EXPECT_EQ(t.alarms[Alarm::low_cell_voltage], 0);
}

TEST_F(Eg4Judge, BalancesHighCellsThatDiffer)
{
    t.cell_voltages = {3.40, 3.44, 3.41, 3.40};
    judge_at(0);
    EXPECT_EQ(t.balancing, false) << "exactly the difference is not more";
    t.cell_voltages[1] = 3.441;
    judge_at(1);
    EXPECT_EQ(t.balancing, true);
    EXPECT_EQ(t.balance_fet, true);
    t.cell_voltages[0] = 3.399;
    judge_at(2);
    EXPECT_EQ(t.balancing, false);
}

TEST(Eg4Thresholds, WhatIsNotSetKeepsItsDefault)
{
    const Bytes nothing(bms::eg4::settings_size);
    Thresholds none = bms::eg4::read_thresholds(nothing);
    EXPECT_EQ(none.charge_delay_1, 0) << "a delay may be nothing";
    none.charge_delay_1 = none.discharge_delay_1 = 10;
    none.charge_delay_2 = none.discharge_delay_2 = 2;
    EXPECT_EQ(none, Thresholds{});
}

TEST(Eg4Thresholds, SurviveTheTrip)
{
    Thresholds set;
    set.high_pack_warn = 57.6;
    set.low_pack_protect = 44.8;
    set.cold_charge_warn = -5;
    set.charge_delay_1 = 30;
    Bytes data(bms::eg4::settings_size);
    bms::eg4::write_thresholds(set, data);
    EXPECT_EQ(bms::eg4::read_thresholds(data), set);
}

}  // namespace
}  // namespace bmsd::test
