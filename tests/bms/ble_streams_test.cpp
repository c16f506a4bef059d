// What is peculiar to single Bluetooth types: batteries that talk by themselves, names that are keys, states that are
// told in part only.
#include <gtest/gtest.h>

#include "replay/radio_channel.h"
#include "support/random_reading.h"
#include "support/rig.h"

namespace bmsd::test {
namespace {

struct BleRig : RigOn<replay::RadioDevice> {
    explicit BleRig(std::string_view id, std::size_t cells = 4)
        : RigOn(*bms::find("aiobmsble_" + std::string(id) + "_bms"), battery(cells))
    {
    }
    static Reading battery(std::size_t cells)
    {
        std::mt19937_64 random(12);
        Reading reading = random_reading(random, cells);
        reading.telemetry.alarms = {};
        return reading;
    }
    std::size_t sent(std::string_view hex) const
    {
        return static_cast<std::size_t>(std::count_if(channel.sent.begin(), channel.sent.end(), [&](const auto& one) {
            return to_hex(one.bytes).starts_with(hex);
        }));
    }
};

TEST(BleStreams, RenogyTellsNoFetWhereItsBitsAreNotUsed)
{
    BleRig rig("renogy");
    rig.truth.telemetry.charge_fet = rig.truth.telemetry.discharge_fet = std::nullopt;
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(rig.reading.telemetry.charge_fet);
    EXPECT_FALSE(rig.reading.telemetry.discharge_fet);
    rig.truth.telemetry.charge_fet = rig.truth.telemetry.discharge_fet = false;
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.reading.telemetry.charge_fet, false);
}

TEST(BleStreams, RenogyWithMoreThanIsFullIsRefused)
{
    BleRig rig("renogy");
    rig.truth.telemetry.capacity = 100;
    rig.truth.telemetry.capacity_remaining = 100.4;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.soc, 100);
    rig.truth.telemetry.capacity_remaining = 101;
    EXPECT_FALSE(rig.poll());
    rig.truth.telemetry.capacity = 0;
    EXPECT_FALSE(rig.poll());
}

TEST(BleStreams, SuperbCountsOnlyNotificationsOfItsSize)
{
    const bms::Entry& entry = *bms::find("aiobmsble_superb_bms");
    replay::RadioScript channel;
    channel.only_size = entry.gatt.front().only_size;
    channel.add({"",
                 std::nullopt,
                 {*from_hex("00755e64000001a4becccccd416289c5000000"),
                  *from_hex("00755e64000001a4becccccd416289c500000000"), *from_hex("0075")}});
    const config::Config config = generous();
    const auto protocol = entry.make({config});
    Reading reading;
    ASSERT_TRUE(run(protocol->identify(channel, reading)));
    EXPECT_EQ(reading.telemetry.soc, 94);
    EXPECT_EQ(reading.telemetry.voltage, 14.159);
    EXPECT_TRUE(std::find(channel.refusals.begin(), channel.refusals.end(), bms::Refusal::bad_length) !=
                channel.refusals.end());
}

TEST(BleStreams, SuperbV2IsAskedAgainWhenItsAnswerIsLost)
{
    BleRig rig("superb_v2");
    int lost = 2;
    rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
        if (lost-- > 0) reply.clear();
    };
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.sent("215400"), 3U);
}

TEST(BleStreams, OgtCannotBeReadWithoutItsName)
{
    for (const char* name : {"", "SmartBat", "SmartBat-C12", "SmartBat-B", "SmartBat-B12x", "SmartBat-B70000"}) {
        BleRig rig("ogt");
        rig.channel.name = name;
        EXPECT_EQ(rig.identify().error(), bms::Refusal::unsupported) << name;
        EXPECT_TRUE(rig.channel.sent.empty());
    }
}

TEST(BleStreams, OgtLooksForTheEndOfTheCellsOnce)
{
    BleRig rig("ogt");
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.cell_count, 4);
    const std::size_t first = rig.channel.sent.size();
    ASSERT_TRUE(rig.poll());
    const std::size_t second = rig.channel.sent.size() - first;
    EXPECT_EQ(second, 6U + 4U);
    EXPECT_EQ(first, second + 3U) << "voltage and full capacity when it is greeted, and the cell that is not there";
}

TEST(BleStreams, AShuntThatFallsSilentIsGreetedAnew)
{
    BleRig rig("pro");
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(rig.channel.away);
    struct Mute final : bms::Device {
        std::size_t receive(ByteView input, Bytes&) override { return input.size(); }
    } mute;
    replay::RadioDevice silent(mute);
    EXPECT_FALSE(run(rig.protocol->poll(silent, rig.reading)));
    EXPECT_TRUE(silent.away);
}

TEST(BleStreams, ASecondSensorThatNeverToldAnythingIsNotThere)
{
    BleRig rig("redodo");
    rig.truth.telemetry.temperatures[1] = 0;
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(rig.reading.telemetry.temperatures[1]);
    rig.truth.telemetry.temperatures[1] = -3;
    ASSERT_TRUE(rig.poll());
    rig.truth.telemetry.temperatures[1] = 0;
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.reading.telemetry.temperatures[1], 0) << "frost is frost";
}

TEST(BleStreams, TwoFetsThatAreOffWhileACurrentFlowsCountAsOn)
{
    BleRig rig("tdt");
    rig.truth.telemetry.charge_fet = rig.truth.telemetry.discharge_fet = false;
    rig.truth.telemetry.current = 0;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.telemetry.charge_fet, false);
    rig.truth.telemetry.current = -3;
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.reading.telemetry.charge_fet, true);
    EXPECT_EQ(rig.reading.telemetry.discharge_fet, true);
}

TEST(BleStreams, AnOldBalancerTellsNoCurrent)
{
    BleRig rig("neey", 16);
    rig.truth.identity.model_name = "GW-24S4EB";
    ASSERT_TRUE(rig.identify());
    EXPECT_FALSE(rig.reading.telemetry.current);
    EXPECT_FALSE(rig.reading.telemetry.soc);
    EXPECT_TRUE(rig.reading.telemetry.temperature_mosfet);
    EXPECT_EQ(rig.reading.telemetry.cell_count, 16);
}

TEST(BleStreams, FewerCellsThanBeforeAreRefusedUntilTheNextConnection)
{
    BleRig rig("ws_nova", 4);
    ASSERT_TRUE(rig.identify());
    rig.truth.telemetry.cell_voltages.resize(3);
    EXPECT_FALSE(rig.poll());
    ++rig.channel.connections;
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.reading.telemetry.cell_count, 3);
}

}  // namespace
}  // namespace bmsd::test
