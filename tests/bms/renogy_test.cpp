// What is peculiar to Renogy batteries.
#include <gtest/gtest.h>

#include "modbus_rig.h"

namespace bmsd::test {
namespace {

class Renogy : public ModbusBattery {
  protected:
    Renogy() : ModbusBattery("Renogy", 4) {}
};

TEST_F(Renogy, NoReplyIsAsLongAsTheOneBefore)
{
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"300314020008e41d", "3003138800010485", "3003140c000885de", "3003140a0002e5d8",
                                        "300313f60008a49b", "300313b600022548", "3003138900049546", "300313ad0001154e",
                                        "300313b20004e48b", "300313b000018548", "3003139a00046483"}));
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"3003138800010485", "3003138900049546", "300313ad0001154e", "300313b20004e48b",
                                        "300313b000018548", "3003139a00046483"}))
        << "the number of cells stands between two blocks of the same length";
}

TEST_F(Renogy, FrostIsFrost)
{
    changes.put(0x13AD, 0, "ff9c").put(0x139A, 0, "ffce");
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.temperatures[0], -10.0);
    EXPECT_EQ(rig.reading.telemetry.cell_temperatures[0], -5.0);
}

TEST_F(Renogy, ASecondSensorThatNeverTellsAnythingIsNotThere)
{
    changes.put(0x13B0, 0, "0000");
    ASSERT_TRUE(identify());
    EXPECT_FALSE(rig.reading.telemetry.temperatures[1]);
    changes.put(0x13B0, 0, "fffe");
    ASSERT_TRUE(poll());
    EXPECT_EQ(rig.reading.telemetry.temperatures[1], -0.2);
    changes.put(0x13B0, 0, "0000");
    ASSERT_TRUE(poll());
    EXPECT_EQ(rig.reading.telemetry.temperatures[1], 0);
}

TEST_F(Renogy, WithoutAMakerTheModelAlone)
{
    changes.silence(0x140C);
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.identity.hardware_version, "Model-16S");
}

TEST_F(Renogy, ALateSerialNumberIsAskedForThrice)
{
    changes.silence(0x13F6, 2);
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.identity.unique_id, "SN12345678");
}

TEST_F(Renogy, WithoutASerialNumberThereIsNoIdOfItsOwn)
{
    changes.silence(0x13F6);
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.identity.unique_id, std::nullopt);
}

TEST_F(Renogy, ATextThatIsNoneIsNoMatch)
{
    for (const auto* text : {"0d0a0d0b", "20202000", "00525a41", "525aff41"}) {
        changes.put(0x1402, 0, text);
        EXPECT_EQ(identify().error(), bms::Refusal::bad_content) << text;
    }
}

TEST_F(Renogy, CountsOfCellsItCannotHave)
{
    for (const auto* count : {"0000", "0011", "ffff"}) {
        changes.put(0x1388, 0, count);
        EXPECT_EQ(identify().error(), bms::Refusal::bad_content) << count;
    }
}

TEST_F(Renogy, ABatteryOfNoCapacityIsNone)
{
    changes.put(0x13B6, 0, "00000000");
    EXPECT_EQ(identify().error(), bms::Refusal::bad_content);
}

TEST_F(Renogy, ALittleMoreThanFullIsFull)
{
    changes.put(0x13B6, 0, "000186a0").put(0x13B2, 0, "ffaa0088000187b0");  // 100.272 of 100 Ah
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.soc, 100.0);
    changes.put(0x13B2, 0, "ffaa00880001a5e0");  // 108 Ah
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.soc, 100.0);
    changes.put(0x13B2, 0, "ffaa00880001b198");  // 111 Ah: no state of charge, but the rest of the reply counts
    ASSERT_TRUE(identify());
    EXPECT_EQ(rig.reading.telemetry.soc, std::nullopt);
    EXPECT_DOUBLE_EQ(*rig.reading.telemetry.voltage, 13.6);
}

TEST_F(Renogy, AVoltageNoBatteryHasIsRefused)
{
    changes.put(0x13B2, 2, "03e9");  // 100.1 V
    EXPECT_EQ(identify().error(), bms::Refusal::implausible);
    EXPECT_EQ(rig.channel.refusals, std::vector{bms::Refusal::implausible});
}

}  // namespace
}  // namespace bmsd::test
