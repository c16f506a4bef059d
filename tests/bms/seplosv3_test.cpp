// What is peculiar to Seplos V3 boards.
#include <gtest/gtest.h>

#include "modbus_rig.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t parameters = 0x1300, pack = 0x1000, cells = 0x1100, states = 0x1200, maker = 0x1700;

class Seplosv3 : public ModbusBattery {
  protected:
    Seplosv3() : ModbusBattery("Seplosv3", 16) {}
};

TEST_F(Seplosv3, AsksAsItsSheetSaysAlsoAtAddressZero)
{
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.take_requests(), (std::vector<std::string>{"00041700000a7468", "0004170a000a546a", "00041715000fa5af",
                                                             "00041714000175ab", "00041300006a7570", "0004100000127516",
                                                             "00041100001a752c", "00011200009038cf"}));
}

TEST_F(Seplosv3, ParametersAreReadEveryHalfMinute)
{
    ASSERT_TRUE(identify());
    rig.take_requests();
    ASSERT_TRUE(poll());
    EXPECT_EQ(rig.take_requests().size(), 3U);
    rig.channel.time += 30s;
    ASSERT_TRUE(poll());
    EXPECT_EQ(rig.take_requests().size(), 4U) << "due again";
}

TEST_F(Seplosv3, ParametersThatDidNotArriveStayDue)
{
    ASSERT_TRUE(identify());
    rig.channel.time += 30s;
    changes.silence(parameters, 1);
    EXPECT_EQ(poll().error(), bms::Refusal::silence);
    rig.take_requests();
    ASSERT_TRUE(poll());
    EXPECT_EQ(rig.take_requests().size(), 4U);
}

TEST_F(Seplosv3, ASilentAddressCostsAFifthOfASecond)
{
    changes.silence(maker);
    EXPECT_EQ(identify().error(), bms::Refusal::silence);
    EXPECT_EQ(rig.channel.time, Instant(200ms));
}

TEST_F(Seplosv3, AnotherMakerIsNoMatch)
{
    changes.put(maker, 0, "41434d45");
    EXPECT_EQ(identify().error(), bms::Refusal::bad_content);
}

TEST_F(Seplosv3, OnlyItsOwnAddressIsTaken)
{
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply[0] = 1; };
    EXPECT_EQ(rig.identify().error(), bms::Refusal::bad_checksum);
}

TEST_F(Seplosv3, EveryEventHasItsAlarm)
{
    struct Row {
        std::size_t byte;
        std::string_view bits;
        Alarm alarm;
        std::uint8_t level;
    };
    for (const Row& row : {Row{9, "01", Alarm::high_cell_voltage, 1},
                           Row{9, "02", Alarm::high_cell_voltage, 2},
                           Row{9, "04", Alarm::low_cell_voltage, 1},
                           Row{9, "20", Alarm::high_voltage, 2},
                           Row{9, "80", Alarm::low_voltage, 2},
                           Row{10, "01", Alarm::high_charge_temperature, 1},
                           Row{10, "08", Alarm::low_charge_temperature, 2},
                           Row{10, "20", Alarm::high_temperature, 2},
                           Row{10, "40", Alarm::low_temperature, 1},
                           Row{11, "20", Alarm::high_internal_temperature, 2},
                           Row{12, "01", Alarm::high_charge_current, 1},
                           Row{12, "04", Alarm::high_charge_current, 2},
                           Row{13, "04", Alarm::high_charge_current, 2},
                           Row{12, "08", Alarm::high_discharge_current, 1},
                           Row{12, "40", Alarm::high_discharge_current, 2},
                           Row{13, "01", Alarm::high_discharge_current, 2},
                           Row{13, "08", Alarm::high_discharge_current, 2},
                           Row{14, "04", Alarm::low_soc, 1},
                           Row{14, "08", Alarm::low_soc, 2},
                           Row{14, "10", Alarm::cell_imbalance, 1},
                           Row{17, "10", Alarm::cell_imbalance, 2},
                           Row{17, "01", Alarm::internal_failure, 2},
                           Row{17, "80", Alarm::internal_failure, 2}}) {
        rig.truth.telemetry.alarms = {};
        changes = ModbusChanges();
        changes.put(states, row.byte, row.bits);
        ASSERT_TRUE(identify());
        const Alarms& alarms = rig.reading.telemetry.alarms;
        for (std::size_t i = 0; i < alarm_count; ++i) {
            const bool expected = i == static_cast<std::size_t>(row.alarm);
            EXPECT_EQ(alarms.levels[i].value_or(0), expected ? row.level : 0)
                << row.byte << ' ' << row.bits << ' ' << alarm_names[i];
        }
    }
}

TEST_F(Seplosv3, TheDischargeCurrentItAsksForIsAnAmount)
{
    changes.put(parameters, 2 * 0x67, "ff4c");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.requested_discharge_current, 180);
}

TEST_F(Seplosv3, WithoutASerialNumberTheCommonRuleNamesIt)
{
    changes.put(0x1715, 0, "00");
    ASSERT_TRUE(identify());
    EXPECT_FALSE(rig.reading.identity.serial_number);
    EXPECT_EQ(rig.reading.identity.unique_id,
              "HW12_" + std::to_string(static_cast<int>(*rig.truth.telemetry.capacity)) + ".0Ah");
}

TEST_F(Seplosv3, ValuesNoBatteryHasAreRefused)
{
    changes.put(parameters, 2, "0011");
    EXPECT_EQ(identify().error(), bms::Refusal::bad_content) << "17 cells";
    changes.put(parameters, 2, "0000");
    EXPECT_EQ(identify().error(), bms::Refusal::bad_content) << "no cells";
    changes.put(parameters, 2, "0010").put(pack, 10, "03e9");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.soc, 100) << "100.1 %";
    changes.put(pack, 0, "2711");
    EXPECT_EQ(identify().error(), bms::Refusal::implausible) << "100.01 V";
}

}  // namespace
}  // namespace bmsd::test
