// What is peculiar to a GreenMeter with LiPro modules: many addresses, one battery.
#include <gtest/gtest.h>

#include "bms/language/wire.h"
#include "modbus_rig.h"

namespace bmsd::test {
namespace {

class Ecs : public ModbusBattery {
  protected:
    Ecs() : ModbusBattery("Ecs", 15) { rig.config.lipro_end_address = 4; }
    /// `what` happens to replies of the device at `address` to requests for `start`.
    void at(std::uint8_t address, std::uint16_t start, std::function<void(Bytes&)> what)
    {
        rig.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
            if (request[0] == address && read_be(&request[2], 2) == start) what(reply);
        };
    }
};

TEST_F(Ecs, AsksAsItsSheetSays)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"010300000001840a", "0203000000018439", "03030000000185e8", "040300000001845f",
                                        "0103001e0001e40c", "0103001f0001b5cc", "0103002e0002a402", "01030002000265cb",
                                        "0103006c00020416", "0103007200026410", "010300800002c5e3", "0103008200012422",
                                        "01030083000175e2", "0103006600016415", "01030067000135d5", "020300640001c5e6",
                                        "0203006600016426", "030300640001c437", "03030066000165f7", "040300640001c580",
                                        "0403006600016440"}));
}

TEST_F(Ecs, WantsEvenParity)
{
    EXPECT_EQ(bms::find("Ecs")->lines.front().parity, bms::Parity::even);
}

TEST_F(Ecs, ModulesMayBeMissing)
{
    rig.config.lipro_start_address = 15;
    rig.config.lipro_end_address = 20;  // the battery has modules up to 16
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.cell_voltages.size(), 2U);
    EXPECT_EQ(rig.reading.telemetry.cell_count, 15);
    rig.config.lipro_start_address = 17;
    ASSERT_TRUE(rig.identify()) << "also all of them";
    EXPECT_TRUE(rig.reading.telemetry.cell_voltages.empty());
    EXPECT_TRUE(rig.poll());
}

TEST_F(Ecs, TheMeterIsNoModule)
{
    rig.config.lipro_start_address = 1;
    rig.config.lipro_end_address = 3;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.cell_voltages.size(), 2U);
}

TEST_F(Ecs, OtherDevicesInTheRangeAreNoModules)
{
    at(3, 0, [](Bytes& reply) { reply = *from_hex("030302006901aa"); });
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.cell_voltages.size(), 2U);
}

TEST_F(Ecs, AModuleThatDoesNotAnswerLeavesItsPlaceEmpty)
{
    ASSERT_TRUE(rig.identify());
    at(3, 100, [](Bytes& reply) { reply.clear(); });
    ASSERT_TRUE(rig.poll());
    const Telemetry& t = rig.reading.telemetry;
    ASSERT_EQ(t.cell_voltages.size(), 3U);
    EXPECT_TRUE(t.cell_voltages[0]);
    EXPECT_FALSE(t.cell_voltages[1]);
    EXPECT_FALSE(t.cell_balancing[1]);
    EXPECT_TRUE(t.cell_voltages[2]);
}

TEST_F(Ecs, WhenNoModuleAnswersTheCycleFails)
{
    ASSERT_TRUE(rig.identify());
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (request[0] != 1) reply.clear();
    };
    EXPECT_EQ(rig.poll().error(), bms::Refusal::silence);
}

TEST_F(Ecs, ALowStateOfChargeWithAWrongHighWord)
{
    changes.put(128, 0, "c350ffff");
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.soc, 50.0);
    changes.put(128, 0, "86a10001");
    ASSERT_TRUE(poll());
    EXPECT_EQ(rig.reading.telemetry.soc, 100.0) << "100.001 %: counted a little too far";
    for (const auto* wrong : {"c3500002", "ffff0001", "c350fffe"}) {  // 181.072 %, 131.071 %, 2.8 million %
        changes.put(128, 0, wrong);
        ASSERT_TRUE(poll()) << "the rest of the reply counts";
        EXPECT_FALSE(rig.reading.telemetry.soc) << wrong;
    }
}

TEST_F(Ecs, CodesSayWhyItIsOff)
{
    struct Row {
        std::string_view code;
        Alarm charging, discharging;
        std::uint8_t level;
    };
    for (const Row& row : {Row{"0001", Alarm::high_voltage, Alarm::low_voltage, 2},
                           Row{"0002", Alarm::high_charge_current, Alarm::high_discharge_current, 1},
                           Row{"0003", Alarm::high_charge_temperature, Alarm::high_temperature, 1},
                           Row{"0004", Alarm::high_charge_temperature, Alarm::high_temperature, 1},
                           Row{"0005", Alarm::low_charge_temperature, Alarm::low_temperature, 1},
                           Row{"0006", Alarm::low_charge_temperature, Alarm::low_temperature, 1}}) {
        changes.put(130, 0, row.code).put(131, 0, row.code);
        ASSERT_TRUE(rig.identify());
        const Telemetry& t = rig.reading.telemetry;
        EXPECT_EQ(t.charge_fet, false);
        EXPECT_EQ(t.discharge_fet, false);
        int raised = 0;
        for (const Level& level : t.alarms.levels) raised += level.value_or(0) > 0 ? 1 : 0;
        EXPECT_EQ(raised, 2) << row.code;
        EXPECT_EQ(t.alarms[row.charging], row.level);
        EXPECT_EQ(t.alarms[row.discharging], row.level);
        EXPECT_FALSE(t.alarms[Alarm::low_soc]) << "only eight alarms are given";
    }
}

TEST_F(Ecs, ADischargeLimitMayBeNegative)
{
    changes.put(30, 0, "ff83");
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.max_discharge_current, 125);
}

TEST_F(Ecs, OnlyItsOwnAddressOfThoseConfigured)
{
    for (std::uint8_t address = 0; address <= 2; ++address) {
        const auto protocol = bms::find("Ecs")->make({rig.config, address, 19200});
        Reading reading;
        const auto taken = test::run(protocol->identify(rig.channel, reading));
        EXPECT_EQ(taken.has_value(), address != 2) << int{address};
    }
}

TEST(WordPairs, LowWordFirst)
{
    std::uint8_t data[4];
    bms::u32be_low_first.put(data, 100000);
    EXPECT_EQ(to_hex(data), "86a00001");
    EXPECT_EQ(bms::u32be_low_first.get(data), 100000);
    bms::i32be_low_first.put(data, -66005);
    EXPECT_EQ(to_hex(data), "fe2bfffe");
    EXPECT_EQ(bms::i32be_low_first.get(data), -66005);
}

}  // namespace
}  // namespace bmsd::test
