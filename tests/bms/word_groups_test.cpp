// What is peculiar to EG4 LifePower and Revov packs: docs/bms/eg4_lifepower.md, docs/bms/revov.md
#include "bms/language/word_groups.h"

#include <gtest/gtest.h>

#include <utility>

#include "bms/language/identity.h"
#include "support/random_reading.h"
#include "support/rig.h"

namespace bmsd::test {
namespace {

namespace groups = bms::groups;
const bms::Entry& eg4 = *bms::find("EG4_Lifepower");
const bms::Entry& revov = *bms::find("Revov");

Reading battery(std::size_t cells = 16)
{
    std::mt19937_64 random(7);
    return random_reading(random, cells);
}

TEST(WordGroups, CheckBytesOfTheSheets)
{
    EXPECT_EQ(to_hex(groups::frame(0x7E, 1, 0x42, {})), "7e014200fc0d");
    EXPECT_EQ(to_hex(groups::frame(0x7E, 1, 0x33, {})), "7e013300fe0d");
    EXPECT_EQ(to_hex(groups::frame(0x7C, 1, 0x06, {})), "7c010600f80d");
    const Bytes checks = *from_hex("00fefcfef8fefcfef0fefcfef8fefcfe");
    for (std::uint8_t address = 0; address < 16; ++address) {
        EXPECT_EQ(groups::frame(0x7E, address, 0x01, {})[4], checks[address]) << int(address);
        EXPECT_EQ(groups::frame(0x7E, address, 0x42, {})[4], 0xFC) << int(address);
    }
}

/// A type with the groups of its next telemetry replies changed.
struct Pack {
    Rig rig;
    std::uint8_t start;
    explicit Pack(const bms::Entry& entry) : rig(entry, battery()), start(&entry == &eg4 ? 0x7E : 0x7C) {}

    std::string poll_with(std::function<void(Bytes& data)> change)
    {
        rig.channel.damage = [=, this](std::size_t, ByteView request, Bytes& reply) {
            if (request[2] != 1) return;
            Bytes data(reply.begin() + 4, reply.end() - 2);
            change(data);
            reply = groups::frame(start, 1, 1, data);
        };
        const auto taken = rig.poll();
        return taken ? "taken" : std::string(text(taken.error()));
    }
    Alarms alarms(std::uint16_t word)
    {
        EXPECT_EQ(poll_with([=](Bytes& data) { write_be(&data[place(data, 6) + 4], 2, word); }), "taken");
        return rig.reading.telemetry.alarms;
    }
    /// Where a group begins: its number, its count, its words.
    static std::size_t place(const Bytes& data, std::uint8_t number)
    {
        std::size_t at = 0;
        while (data[at] != number) at += 2U + 2U * data[at + 1];
        return at;
    }
    static void remove(Bytes& data, std::uint8_t number)
    {
        const auto at = data.begin() + static_cast<std::ptrdiff_t>(place(data, number));
        data.erase(at, at + 2 + 2 * at[1]);
    }
};

TEST(Eg4Lifepower, VersionsAreAskedForThriceAndMayBeMissing)
{
    Rig rig(eg4, battery());
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (request[2] != 1) reply.clear();
    };
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"7e010100fe0d", "7e010100fe0d", "7e014200fc0d", "7e014200fc0d", "7e014200fc0d",
                                        "7e013300fe0d", "7e013300fe0d", "7e013300fe0d"}));
    EXPECT_FALSE(rig.reading.identity.hardware_version);
    EXPECT_EQ(rig.reading.identity.unique_id, bms::decimal_text(*rig.reading.telemetry.capacity) + "Ah");
}

TEST(Eg4Lifepower, OtherAddressesStandInTheId)
{
    Rig rig(eg4, battery(), {9600, 0x0B});
    rig.truth.telemetry.capacity = 100;
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.reading.identity.unique_id, "HW12_100.0Ah_0b");
    EXPECT_EQ(rig.reading.identity.address, "0x0b");
}

TEST(Eg4Lifepower, OverCurrentTakesItsDirectionFromTheState)
{
    Pack pack(eg4);
    ASSERT_TRUE(pack.rig.identify());
    struct Row {
        std::uint16_t word;
        int charge, discharge;
    };
    for (const Row row : {Row{0b1001, 2, 0}, Row{0b1010, 0, 2}, Row{0b1011, 2, 2}, Row{0b1000, 2, 2}, Row{0b0011, 0, 0},
                          Row{0b0100, 0, 2}, Row{0xFF00, 0, 0}}) {
        const Alarms alarms = pack.alarms(row.word);
        EXPECT_EQ(alarms[Alarm::high_charge_current], row.charge) << row.word;
        EXPECT_EQ(alarms[Alarm::high_discharge_current], row.discharge) << row.word;
        EXPECT_FALSE(alarms[Alarm::low_soc]);
    }
    EXPECT_EQ(pack.alarms(1 << 7)[Alarm::low_charge_temperature], 2);
}

TEST(Eg4Lifepower, GroupsThatAreMissingAreAbsentOrRefused)
{
    Pack pack(eg4);
    ASSERT_TRUE(pack.rig.identify());
    const Telemetry& shown = pack.rig.reading.telemetry;
    for (const std::uint8_t number : Bytes{1, 2, 3, 4, 8})
        EXPECT_EQ(pack.poll_with([=](Bytes& data) { Pack::remove(data, number); }), "bad content") << int(number);
    EXPECT_EQ(pack.poll_with([](Bytes& data) { Pack::remove(data, 6); }), "taken");
    EXPECT_FALSE(shown.alarms[Alarm::high_voltage]) << "no state, no alarms";
    EXPECT_EQ(pack.poll_with([](Bytes& data) { Pack::remove(data, 9); }), "taken");
    EXPECT_FALSE(shown.soh);
    EXPECT_EQ(pack.poll_with([](Bytes& data) { data.insert(data.end(), {77, 1, 0, 0}); }), "taken") << "newer firmware";
    EXPECT_EQ(pack.poll_with([](Bytes& data) {
        data.insert(data.end(), {11, 1, 0, 0, 26, 5, 12});
    }),
              "taken")
        << "values of four bytes behind the tenth group";
    EXPECT_EQ(pack.poll_with([](Bytes& data) { data.push_back(10); }), "bad length");
    EXPECT_EQ(pack.poll_with([](Bytes& data) { data.insert(data.end(), {10, 2, 0, 0}); }), "bad length");
    EXPECT_EQ(shown.charge_fet, true);
}

TEST(Eg4Lifepower, ImpossibleValuesAreRefused)
{
    Pack pack(eg4);
    ASSERT_TRUE(pack.rig.identify());
    const auto word = [&](std::uint8_t group, unsigned value) {
        return pack.poll_with([=](Bytes& data) { write_be(&data[Pack::place(data, group) + 2], 2, value); });
    };
    EXPECT_EQ(word(1, 0xC000 | 5000), "taken") << "alarm flags above the voltage";
    EXPECT_EQ(pack.rig.reading.telemetry.cell_voltages[0], 5.0);
    EXPECT_EQ(word(1, 5001), "implausible");
    EXPECT_EQ(word(3, 10001), "taken") << "100.01 % is full, see sift()";
    EXPECT_EQ(word(8, 10001), "implausible") << "100.01 V";
    EXPECT_EQ(word(5, 0x0500), "taken");
    EXPECT_FALSE(pack.rig.reading.telemetry.temperatures[0]) << "the end of the scale: no sensor";
    EXPECT_EQ(word(5, 0x0532), "taken");
    EXPECT_EQ(pack.rig.reading.telemetry.temperatures[0], 0.0);
    EXPECT_EQ(pack.poll_with([](Bytes& data) {
        Pack::remove(data, 1);
        groups::append_group(data, 1, Bytes(66, 0x0C));
    }),
              "bad content")
        << "33 cells";
}

TEST(Eg4Lifepower, GroupsComeInOrderAndHaveTheirSize)
{
    Pack pack(eg4);
    ASSERT_TRUE(pack.rig.identify());
    EXPECT_EQ(pack.poll_with([](Bytes& data) { data[Pack::place(data, 5)] = 1; }), "bad content")
        << "sensors that pass for cells";
    EXPECT_EQ(pack.poll_with([](Bytes& data) {
        const auto at = data.begin() + static_cast<std::ptrdiff_t>(Pack::place(data, 3));
        data.insert(at + 2, {0, 0});
        data[Pack::place(data, 3) + 1] = 2;
    }),
              "bad content")
        << "one word makes a state of charge";
}

TEST(Eg4Lifepower, WhatJumpsCountsWhenItIsToldTwice)
{
    Pack pack(eg4);
    ASSERT_TRUE(pack.rig.identify());
    ASSERT_TRUE(pack.rig.poll());
    const Reading good = pack.rig.reading;
    const auto poll_with_once = [&](std::function<void(Bytes&)> change) {
        pack.rig.reading = good;
        bool done = false;
        return pack.poll_with([&](Bytes& data) {
            if (!std::exchange(done, true)) change(data);
        });
    };
    pack.rig.take_requests();
    EXPECT_EQ(poll_with_once([](Bytes& data) { data[2] ^= 0x04; }), "implausible") << "a cell 1 V higher, once";
    EXPECT_EQ(pack.rig.take_requests().size(), 2U);
    EXPECT_EQ(poll_with_once([](Bytes& data) { data[Pack::place(data, 6) + 5] ^= 0x10; }), "implausible") << "an alarm";
    pack.rig.truth.telemetry.cell_voltages[0] = 3.9;
    EXPECT_EQ(pack.poll_with([](Bytes&) {}), "taken") << "it has really changed";
    EXPECT_NEAR(*pack.rig.reading.telemetry.cell_voltages[0], 3.9, 0.001);
}

TEST(Eg4Lifepower, NoFlippedBitShowsWhatIsFarFromTheTruth)
{
    Pack pack(eg4);
    ASSERT_TRUE(pack.rig.identify());
    ASSERT_TRUE(pack.rig.poll());
    const Reading good = pack.rig.reading;
    const Telemetry& shown = pack.rig.reading.telemetry;
    bool more = true;
    for (std::size_t bit = 0; more; ++bit) {
        pack.rig.channel.damage = nullptr;
        ASSERT_TRUE(pack.rig.poll());
        pack.rig.reading = good;
        bool done = false;
        pack.rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
            more = bit / 8 + 1 < reply.size();
            if (!std::exchange(done, true)) reply[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        };
        if (!pack.rig.poll()) continue;
        EXPECT_EQ(shown.cell_voltages.size(), 16U) << bit;
        EXPECT_NEAR(*shown.voltage, *good.telemetry.voltage, 1) << bit;
        EXPECT_NEAR(*shown.current, *good.telemetry.current, 50) << bit;
        EXPECT_EQ(shown.capacity, good.telemetry.capacity) << bit;
        EXPECT_EQ(shown.alarms, good.telemetry.alarms) << bit;
        for (std::size_t i = 0; i < shown.cell_voltages.size(); ++i)
            EXPECT_NEAR(*shown.cell_voltages[i], *good.telemetry.cell_voltages[i], 0.1) << bit;
    }
}

TEST(Eg4Lifepower, OneRepeatOfEachRead)
{
    Rig rig(eg4, battery());
    ASSERT_TRUE(rig.identify());
    rig.take_requests();
    rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) { reply.clear(); };
    EXPECT_EQ(rig.poll().error(), bms::Refusal::silence);
    EXPECT_EQ(rig.take_requests().size(), 2U);
}

TEST(Revov, AsksAsTheSheetSays)
{
    Rig rig(revov, battery());
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"7c010100020d", "7c010100020d", "7c014200800d", "7c013300fe0d"}));
    rig.reading = {};
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (request[2] != 1) reply.clear();
    };
    ASSERT_TRUE(rig.identify()) << "a name is no reason to do without a battery";
    EXPECT_FALSE(rig.reading.identity.firmware_version);
    rig.channel.damage = nullptr;
    ASSERT_TRUE(rig.poll());
    EXPECT_TRUE(rig.reading.identity.firmware_version) << "asked again";
    rig.take_requests();
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.take_requests().size(), 1U);
}

TEST(Revov, GroupsOneToEightMustBeThereAndThoseAboveNineAreNotRead)
{
    Pack pack(revov);
    ASSERT_TRUE(pack.rig.identify());
    for (std::uint8_t number = 1; number <= 8; ++number)
        EXPECT_EQ(pack.poll_with([=](Bytes& data) { Pack::remove(data, number); }), "bad content") << int(number);
    EXPECT_EQ(pack.poll_with([](Bytes& data) { Pack::remove(data, 9); }), "taken");
    EXPECT_EQ(pack.poll_with([](Bytes& data) { data.insert(data.end(), {10, 200, 1, 2, 3}); }), "taken");
    EXPECT_EQ(pack.alarms(1 << 3)[Alarm::high_charge_current], 2);
    EXPECT_FALSE(pack.alarms(0)[Alarm::high_discharge_current]);
    EXPECT_FALSE(pack.rig.reading.telemetry.charge_fet);
}

TEST(Revov, IsTriedOnlyWhenNamed)
{
    EXPECT_TRUE(revov.only_when_named);
    EXPECT_FALSE(revov.warning.empty());
    EXPECT_TRUE(bms::find("ANT")->only_when_named);
    EXPECT_FALSE(bms::find("ANT")->warning.empty());
    EXPECT_TRUE(bms::find("Sinowealth")->only_when_named);
}

}  // namespace
}  // namespace bmsd::test
