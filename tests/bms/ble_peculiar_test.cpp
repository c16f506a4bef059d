// What is peculiar to single Bluetooth types: passwords, what is asked once a connection, signs, foreign frames.
#include <gtest/gtest.h>

#include "bms/language/ble.h"
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
        std::mt19937_64 random(11);
        return random_reading(random, cells);
    }
    /// How often something was written that begins so.
    std::size_t sent(std::string_view hex) const
    {
        return static_cast<std::size_t>(std::count_if(channel.sent.begin(), channel.sent.end(), [&](const auto& one) {
            return to_hex(one.bytes).starts_with(hex);
        }));
    }
    /// A device that stays silent when it is asked what begins so.
    void silence(std::string hex)
    {
        channel.damage = [hex = std::move(hex)](std::size_t, ByteView request, Bytes& reply) {
            if (to_hex(request).starts_with(hex)) reply.clear();
        };
    }
};

TEST(BlePeculiar, WithoutOneCellTheSumOfTheCellsIsNoVoltage)
{
    Telemetry t;
    t.cell_voltages = {3.301, 3.302, 3.303, 3.304};
    bms::ble::sum_cells(t);
    EXPECT_EQ(t.voltage, 13.21);
    t.cell_voltages[2].reset();
    bms::ble::sum_cells(t);
    EXPECT_EQ(t.voltage, std::nullopt);
    t.voltage = 13.2;
    t.cell_voltages.clear();
    bms::ble::sum_cells(t);
    EXPECT_EQ(t.voltage, std::nullopt) << "nor what was known before";
}

TEST(BlePeculiar, AbcFlagsThatAreNotAnsweredAreAskedForOnceAConnection)
{
    BleRig rig("abc");
    rig.silence("eec4");
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.sent("eec4"), 1U);
    EXPECT_FALSE(rig.reading.telemetry.problem_code);
    EXPECT_FALSE(rig.reading.telemetry.alarms[Alarm::internal_failure]);
    ++rig.channel.connections;
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.sent("eec4"), 2U);
}

TEST(BlePeculiar, AbcCellsWithAGapAreRefused)
{
    BleRig rig("abc", 8);
    ASSERT_TRUE(rig.identify());
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (to_hex(request).starts_with("eec2")) reply.erase(reply.begin() + 40, reply.begin() + 60);  // cells 1 to 4
    };
    EXPECT_FALSE(rig.poll());
}

TEST(BlePeculiar, AntSendsAConfiguredPasswordOnceAConnectionAndNoOther)
{
    BleRig open("ant");
    ASSERT_TRUE(open.identify());
    EXPECT_EQ(open.sent("7ea123"), 0U);
    BleRig locked("ant");
    locked.channel.password = "12345678";
    ASSERT_TRUE(locked.identify());
    ASSERT_TRUE(locked.poll());
    EXPECT_EQ(locked.sent("7ea123016a083132333435363738d9eeaa55"), 1U);
}

TEST(BlePeculiar, DpowercoreIsUnlockedByTheEndOfItsName)
{
    for (const auto& [name, times] :
         {std::pair("DXB-1350C0FE", 1U), {"TBA-1350C0FE", 0U}, {"DXB-1350XYZW", 0U}, {"", 0U}}) {
        BleRig rig("dpwrcore");
        rig.channel.name = name;
        ASSERT_TRUE(rig.identify()) << name;
        EXPECT_EQ(rig.sent("0e113a0305640000c0fe022a0d0a"), times) << name;
    }
}

TEST(BlePeculiar, DalySecondBlockThatIsNotAnsweredIsAskedForOnceAConnection)
{
    BleRig rig("daly", 8);
    rig.silence("d203003e");
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.sent("d203003e"), 1U);
    EXPECT_FALSE(rig.reading.telemetry.temperature_mosfet);
    EXPECT_TRUE(rig.reading.telemetry.cell_balancing.empty());
}

TEST(BlePeculiar, DalySwitchesItsFets)
{
    BleRig rig("daly", 8);
    ASSERT_TRUE(rig.identify());
    for (const bool off : {true, false}) {
        ASSERT_TRUE(rig.command(Command::Kind::force_charging_off, off ? 1 : 0));
        EXPECT_EQ(rig.reading.telemetry.charge_fet, !off);
        ASSERT_TRUE(rig.command(Command::Kind::force_discharging_off, off ? 1 : 0));
        EXPECT_EQ(rig.reading.telemetry.discharge_fet, !off);
    }
    EXPECT_EQ(rig.sent("d20600a500008a4a"), 1U);
    EXPECT_EQ(rig.sent("d20600a60001bb8a"), 1U);
}

TEST(BlePeculiar, LipowerLooksForItsAddressAndKeepsIt)
{
    BleRig rig("lipower");
    rig.silence("0b03");
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.sent("2203"), 2U);
    EXPECT_EQ(rig.sent("0b03") + rig.sent("0803"), 0U);
}

TEST(BlePeculiar, EcoworthyTakesNoFramesOfAnotherBattery)
{
    replay::RadioScript channel;
    channel.mac = "E2:E7:79:00:00:01";  // one digit from that of the frames
    const auto bytes = [](std::string_view hex) { return *from_hex(hex); };
    channel.add({"fff1",
                 {},
                 {bytes("e2e779000000a100000803440008006200640530ffc400002710000100010000000000000000000100020000"
                        "ffff00000000000000000000000100000000000000000000000000000000000000000000d3f6"),
                  bytes("e2e779000000a2000008035600040cfb0cfc0cfb0cf5ffffffffffffffffffffffffffffffffffffffffffff"
                        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff000200dc00d6fc18fc18"
                        "fc18fc18fc18fc18fc18110e")}});
    const config::Config config = generous();
    for (const bool own : {false, true}) {
        if (own) channel.mac = "E2:E7:79:00:00:00";
        const auto protocol = bms::find("aiobmsble_ecoworthy_bms")->make({config});
        Reading reading;
        EXPECT_EQ(run(protocol->identify(channel, reading)).has_value(), own);
    }
}

TEST(BlePeculiar, LithionicsLineThatLostItsFirstDigitIsNotBelieved)
{
    replay::RadioScript channel;
    const auto line = [](std::string_view text) { return Bytes(text.begin(), text.end()); };
    channel.add({"ffe1", {}, {line("399,350,350,350,349,55,48,-3,99,000000\r\n&,1,319,006391\r\n")}});
    const config::Config config = generous();
    const auto protocol = bms::find("aiobmsble_lithionics_bms")->make({config});
    Reading reading;
    EXPECT_FALSE(run(protocol->identify(channel, reading)));
    channel.add({"ffe1", {}, {line("1399,350,350,350,349,55,48,-3,99,000000\r\n")}});
    EXPECT_TRUE(run(protocol->identify(channel, reading)));
    EXPECT_EQ(reading.telemetry.voltage, 13.99);
}

TEST(BlePeculiar, JkCellFramesKeepComingWithoutBeingAskedFor)
{
    BleRig rig("jikong", 16);
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.sent("aa5590eb97"), 1U);
    EXPECT_EQ(rig.sent("aa5590eb96"), 1U);
}

TEST(BlePeculiar, EjShortFormAsksForTheCapacity)
{
    BleRig rig("ej");
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.sent("3a303031303331303030453035"), 1U);
    rig.silence("3a3030313033");
    EXPECT_FALSE(rig.poll()) << "its reply is needed";
}

}  // namespace
}  // namespace bmsd::test
