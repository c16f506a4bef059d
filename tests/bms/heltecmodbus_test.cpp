// What is peculiar to Heltec Smart boards.
#include <gtest/gtest.h>

#include "modbus_rig.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;

class HeltecModbus : public ModbusBattery {
  protected:
    HeltecModbus() : ModbusBattery("HeltecModbus", 8) {}
};

TEST_F(HeltecModbus, AsksExactlyTheBlocksOfItsSheet)
{
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"01030007000d35ce", "0103004b0001f41c", "0103002900061400", "01030026000165c1",
                                        "010300020004e5c9", "010300bf0001b5ee", "0103002700027400", "010300c2000125f6",
                                        "0103004c000205dc", "0103007800010413", "0103004e0002a41c", "010300710001d411",
                                        "01030098000245e4", "01030070000185d1", "0103009c00020425", "01030051000815dd",
                                        "0103008b0002b421", "01030076000165d0"}));
}

TEST_F(HeltecModbus, ARequestHasThreeAttempts)
{
    ASSERT_TRUE(identify());
    rig.take_requests();
    changes.silence(156, 2);
    const Instant before = rig.channel.time;
    ASSERT_TRUE(poll());
    EXPECT_EQ(rig.take_requests().size(), 9U + 2U);
    EXPECT_EQ(rig.channel.time - before, 2 * 400ms + 1s) << "a late reply must not come into the next request";
    changes.silence(156, 3);
    EXPECT_EQ(poll().error(), bms::Refusal::silence) << "nothing old passes for fresh";
}

TEST_F(HeltecModbus, SettingsHaveFourAttemptsAndAreReadLater)
{
    changes.silence(39, 3);
    ASSERT_TRUE(identify());
    EXPECT_TRUE(rig.reading.identity.production_date);
    rig.reading = {};
    changes.silence(39, 4);
    ASSERT_TRUE(identify());
    EXPECT_FALSE(rig.reading.identity.production_date);
    rig.take_requests();
    ASSERT_TRUE(poll());
    EXPECT_TRUE(rig.reading.identity.production_date);
    ASSERT_TRUE(poll());
    EXPECT_EQ(rig.take_requests().size(), 1U + 1U + 9U + 10U) << "once it came it is not asked for again";
}

TEST_F(HeltecModbus, ATypeNameThatIsNoTextIsNoMatch)
{
    for (const auto* name : {"0d0a0d0b", "00425953", "20200059", "595980ff"}) {
        changes.put(7, 0, name);
        EXPECT_EQ(identify().error(), bms::Refusal::bad_content) << name;
        EXPECT_EQ(rig.take_requests().size(), 3U) << name;
    }
}

TEST_F(HeltecModbus, TheWarmerOfMosfetAndBalancerIsShown)
{
    changes.put(112, 0, "5040");  // balancer 40 degC, MOSFET 24 degC
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.temperature_mosfet, 40);
    changes.put(112, 0, "4050");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.temperature_mosfet, 40);
}

TEST_F(HeltecModbus, EveryWarningBitHasItsAlarm)
{
    struct Row {
        std::string_view word;  // as on the wire, low byte first
        Alarm alarm;
        std::uint8_t level;
    };
    for (const Row& row :
         {Row{"01000000", Alarm::high_cell_voltage, 2}, Row{"08000000", Alarm::high_voltage, 2},
          Row{"40000000", Alarm::high_discharge_current, 1}, Row{"c0000000", Alarm::high_discharge_current, 2},
          Row{"00010000", Alarm::high_discharge_current, 2}, Row{"00800000", Alarm::high_voltage, 2},
          Row{"00400000", Alarm::low_soc, 2}, Row{"00000100", Alarm::internal_failure, 2},
          Row{"00000080", Alarm::internal_failure, 2}}) {
        changes.put(156, 0, row.word);
        ASSERT_TRUE(identify());
        const Alarms& alarms = rig.reading.telemetry.alarms;
        for (std::size_t i = 0; i < alarm_count; ++i) {
            if (i == static_cast<std::size_t>(row.alarm)) {
                EXPECT_EQ(alarms.levels[i], row.level) << row.word;
            } else {
                EXPECT_EQ(alarms.levels[i].value_or(0), 0) << row.word << ' ' << alarm_names[i];
            }
        }
    }
    changes.put(156, 0, "04000000");
    ASSERT_TRUE(identify());
    for (const Level& level : rig.reading.telemetry.alarms.levels) EXPECT_EQ(level.value_or(0), 0) << "bit 2";
}

TEST_F(HeltecModbus, TheLowSocAlarmIsThatOfItsOwnSoc)
{
    ASSERT_TRUE(identify());
    EXPECT_TRUE(rig.reading.telemetry.alarms[Alarm::low_soc]);
    rig.config.soc_calculation = true;
    ASSERT_TRUE(poll());
    EXPECT_FALSE(rig.reading.telemetry.alarms[Alarm::low_soc]);
}

TEST_F(HeltecModbus, ADateThatIsNoneIsAbsent)
{
    changes.put(39, 0, "e707110d");  // month 13
    ASSERT_TRUE(identify());
    EXPECT_FALSE(rig.reading.identity.production_date);
    changes.put(39, 0, "e7071106");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.identity.production_date, "2023-06-17");
}

TEST_F(HeltecModbus, ValuesNoBatteryHasAreRefused)
{
    ASSERT_TRUE(identify());
    const auto poll_with = [&](std::uint16_t start, std::string_view data) {
        changes = ModbusChanges();
        changes.put(start, 0, data);
        return poll();
    };
    const Telemetry& t = rig.reading.telemetry;
    EXPECT_EQ(poll_with(81, "8913").error(), bms::Refusal::implausible) << "a cell of 5.001 V";
    EXPECT_EQ(poll_with(76, "ffffffff").error(), bms::Refusal::implausible) << "-1 mV";
    EXPECT_EQ(poll_with(76, "a1860100").error(), bms::Refusal::implausible) << "100.001 V";
    ASSERT_TRUE(poll_with(120, "6564"));
    EXPECT_EQ(t.soc, 100) << "101 %";
    ASSERT_TRUE(poll_with(120, "6465"));
    EXPECT_EQ(t.soc, 100);
    EXPECT_FALSE(t.soh) << "101 %";
    ASSERT_TRUE(poll_with(78, "a1860100"));
    EXPECT_FALSE(t.current) << "1000.01 A";
    ASSERT_TRUE(poll_with(113, "2800"));
    EXPECT_FALSE(t.temperatures[0]) << "the end of the scale: no sensor";
    EXPECT_EQ(t.temperatures[1], 0) << "frost is near, and a reading";
    for (const auto* count : {"0001", "2101"}) {
        changes = ModbusChanges();
        changes.put(75, 0, count);
        EXPECT_EQ(identify().error(), bms::Refusal::bad_content) << count;
    }
}

}  // namespace
}  // namespace bmsd::test
