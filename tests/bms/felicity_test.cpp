// What is peculiar to Felicity batteries.
#include <gtest/gtest.h>

#include "modbus_rig.h"
#include "util/log.h"

namespace bmsd::test {
namespace {

std::string logged;

class Felicity : public ModbusBattery {
  protected:
    Felicity() : ModbusBattery("Felicity", 8) {}
};

TEST_F(Felicity, AsksInTheOrderOfItsSheet)
{
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"0103f80b0001c4a8", "0103f8040005f568", "0103132a0010614a", "0103130b0001f14c",
                                        "010313060002208e", "0103131c0004814b", "010313020003a08f", "0103132a0010614a",
                                        "0103130a0001a08c", "0103133900055140"}));
}

TEST_F(Felicity, ItsLimitsAreReadOnlyWhenTheyAreUsed)
{
    ASSERT_TRUE(identify());
    EXPECT_TRUE(rig.reading.telemetry.max_charge_current);
    rig.config.use_bms_dvcc_values = false;
    rig.take_requests();
    ASSERT_TRUE(poll());
    for (const auto& request : rig.take_requests()) EXPECT_NE(request, "0103131c0004814b");
    EXPECT_FALSE(rig.reading.telemetry.max_charge_current);
    EXPECT_FALSE(rig.reading.telemetry.max_battery_voltage);
}

TEST_F(Felicity, CellsMayLieInAnySlots)
{
    changes.put(0x132A, 0, "7fff0ce47fff0ce5");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.cell_count, 6);
    ASSERT_EQ(rig.reading.telemetry.cell_voltages.size(), 6U);
    EXPECT_EQ(rig.reading.telemetry.cell_voltages[0], 3.3);
    EXPECT_EQ(rig.reading.telemetry.cell_voltages[1], 3.301);
}

TEST_F(Felicity, ACellThatVanishesLeavesItsPlaceEmpty)
{
    ASSERT_TRUE(identify());
    changes.put(0x132A, 2, "7fff");
    ASSERT_TRUE(poll());
    ASSERT_EQ(rig.reading.telemetry.cell_voltages.size(), 8U);
    EXPECT_FALSE(rig.reading.telemetry.cell_voltages[1]);
    EXPECT_TRUE(rig.reading.telemetry.cell_voltages[2]);
}

TEST_F(Felicity, SlotsThatHoldNoCellAreNoMatch)
{
    for (const auto* slot : {"01f3", "1389", "0000", "ffff"}) {
        changes.put(0x132A, 4, slot);
        EXPECT_EQ(identify().error(), bms::Refusal::bad_content) << slot;
    }
    std::string none;
    for (int i = 0; i < 16; ++i) none += "7fff";
    changes.put(0x132A, 0, none);
    EXPECT_EQ(identify().error(), bms::Refusal::bad_content);
}

TEST_F(Felicity, MissingSensorsAreAbsent)
{
    changes.put(0x130A, 0, "7fff").put(0x1339, 0, "0000fff67fff0014");
    ASSERT_TRUE(identify());
    const Telemetry& t = rig.reading.telemetry;
    EXPECT_FALSE(t.temperature_mosfet);
    EXPECT_EQ(t.temperatures[0], -10);
    EXPECT_FALSE(t.temperatures[1]);
    EXPECT_EQ(t.temperatures[2], 20);
    EXPECT_FALSE(t.temperatures[3]);
}

TEST_F(Felicity, TheSerialNumberIsWrittenAsStoredSettingsKnowIt)
{
    changes.put(0xF804, 0, "02e912ca04d2001603e9");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.identity.unique_id, "74548101234221001");
}

TEST_F(Felicity, EachRequestIsRepeatedOnce)
{
    changes.silence(0x1306, 1);
    ASSERT_TRUE(identify());
    changes.silence(0x1306, 2);
    EXPECT_EQ(identify().error(), bms::Refusal::silence);
}

TEST_F(Felicity, ValuesNoBatteryHasCostThemselvesAndAVoltageTheReply)
{
    ASSERT_TRUE(identify());
    changes.put(0x130B, 0, "0065");
    ASSERT_TRUE(poll());
    EXPECT_EQ(rig.reading.telemetry.soc, 100) << "101 %";
    changes.put(0x130B, 0, "006f");
    ASSERT_TRUE(poll());
    EXPECT_FALSE(rig.reading.telemetry.soc) << "111 %";
    changes.put(0x130B, 0, "0064").put(0x1306, 0, "14d2d8ef");
    ASSERT_TRUE(poll());
    EXPECT_FALSE(rig.reading.telemetry.current) << "1000.1 A";
    EXPECT_EQ(rig.reading.telemetry.voltage, 53.3);
    changes.put(0x1306, 0, "2711");
    EXPECT_EQ(poll().error(), bms::Refusal::implausible) << "100.01 V";
}

TEST_F(Felicity, UnknownFaultBitsAreToldOnce)
{
    log::set_level(log::Level::info);
    log::set_sink([](log::Level, std::string_view text) { logged += std::string(text) + "\n"; });
    logged.clear();
    changes.put(0x1302, 4, "8005");  // bit 15 and bit 0 nobody knows, bit 2 is a cell that is too full
    ASSERT_TRUE(identify());
    ASSERT_TRUE(poll());
    log::set_sink(nullptr);
    EXPECT_EQ(logged, "Felicity, fault word: 0x8001, bits nobody can name\n");
    EXPECT_EQ(rig.reading.telemetry.alarms[Alarm::high_cell_voltage], 2);
}

}  // namespace
}  // namespace bmsd::test
