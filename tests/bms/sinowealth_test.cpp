// What is peculiar to boards with a SinoWealth chip: docs/bms/sinowealth.md
#include <gtest/gtest.h>

#include "support/random_reading.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {
namespace {

const bms::Entry& entry = *bms::find("Sinowealth");

struct Sinowealth : testing::Test {
    Rig rig{entry, [] {
                std::mt19937_64 random(7);
                return random_reading(random, 4);
            }()};
    const Telemetry& shown() const { return rig.reading.telemetry; }
    /// Data of one register in the next replies.
    void tell(std::uint8_t number, const char* hex)
    {
        rig.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
            if (request[1] != number) return;
            reply = *from_hex(hex);
            Bytes all(request.begin(), request.end());
            append(all, reply);
            reply.push_back(checksum::crc8(all));
        };
    }
};

TEST_F(Sinowealth, ChecksumsOfTheSheet)
{
    EXPECT_EQ(checksum::crc8(*from_hex("0a01020d03")), 0xFD);
    EXPECT_EQ(checksum::crc8(*from_hex("0a0b02340d")), 0x0F);
    EXPECT_EQ(checksum::crc8(*from_hex("0a08020e7d")), 0x19);
}

TEST_F(Sinowealth, AsksInTheOrderOfTheSheet)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"0a1702", "0a1104", "0a1302", "0a1502", "0a1602", "0a0b02", "0a1004", "0a0102",
                                        "0a0202", "0a0302", "0a0402", "0a0c02", "0a0d02", "0a1204", "0a1402"}));
    rig.truth.telemetry.temperatures[1].reset();
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests().size(), 14U) << "one sensor";
    EXPECT_FALSE(shown().temperatures[1]);
}

TEST_F(Sinowealth, EachRegisterHasOneRepeat)
{
    ASSERT_TRUE(rig.identify());
    std::size_t asked = 0;
    rig.channel.damage = [&](std::size_t, ByteView request, Bytes& reply) {
        if (request[1] == 0x14 && asked++ == 0) reply[0] ^= 1;
    };
    EXPECT_TRUE(rig.poll());
    EXPECT_EQ(asked, 2U);
    rig.channel.damage = [&](std::size_t, ByteView request, Bytes& reply) {
        if (request[1] == 0x14) reply.resize(2);
    };
    rig.take_requests();
    EXPECT_EQ(rig.poll().error(), bms::Refusal::cut_short);
    EXPECT_EQ(rig.take_requests().size(), 14U);
}

TEST_F(Sinowealth, ImpossibleValuesAreRefused)
{
    tell(0x11, "00000000");
    EXPECT_EQ(rig.identify().error(), bms::Refusal::implausible);
    tell(0x11, "ffffffff");
    EXPECT_EQ(rig.identify().error(), bms::Refusal::implausible);
    rig.channel.damage = nullptr;
    ASSERT_TRUE(rig.identify());
    tell(0x13, "0065");
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(shown().soc, 100);
    for (const char* current : {"000f4241", "fff0bdbf"}) {
        tell(0x10, current);
        ASSERT_TRUE(rig.poll());
        EXPECT_FALSE(shown().current) << "it costs only itself";
        EXPECT_TRUE(shown().voltage);
    }
    for (const char* filler : {"0000", "ffff"}) {
        tell(0x0C, filler);
        ASSERT_TRUE(rig.poll());
        EXPECT_FALSE(shown().temperatures[0]) << filler;
        EXPECT_TRUE(shown().temperatures[1]);
    }
}

TEST_F(Sinowealth, EachAlarmBit)
{
    ASSERT_TRUE(rig.identify());
    struct Row {
        const char* word;
        Alarm alarm;
    };
    for (const Row row :
         {Row{"0001", Alarm::high_voltage}, Row{"0002", Alarm::low_voltage}, Row{"0004", Alarm::high_charge_current},
          Row{"0008", Alarm::high_discharge_current}, Row{"2000", Alarm::high_discharge_current},
          Row{"0100", Alarm::high_charge_temperature}, Row{"0200", Alarm::high_temperature},
          Row{"0400", Alarm::low_charge_temperature}, Row{"0800", Alarm::low_temperature},
          Row{"1000", Alarm::high_cell_voltage}, Row{"4000", Alarm::internal_failure}}) {
        tell(0x16, row.word);
        ASSERT_TRUE(rig.poll());
        for (std::size_t i = 0; i < alarm_count; ++i)
            EXPECT_EQ(shown().alarms.levels[i].value_or(0), i == static_cast<std::size_t>(row.alarm) ? 2 : 0)
                << row.word;
    }
}

}  // namespace
}  // namespace bmsd::test
