// What is peculiar to JBD boards: docs/bms/lltjbd.md
#include <gtest/gtest.h>

#include "support/random_reading.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {
namespace {

using Kind = Command::Kind;
const bms::Entry& entry = *bms::find("LltJbd");

const std::string enter = "dd5a00025678ff3077", leave = "dd5a01020000fffd77", leave_saved = "dd5a01022828ffad77";

std::string read_of(const char* reg)
{
    return std::string("dda5") + reg + "00";
}

/// Requests that begin with these bytes stay unanswered, `times` times.
std::function<void(std::size_t, ByteView, Bytes&)> lost(std::string start, int times = 1 << 20)
{
    return [start, times](std::size_t, ByteView request, Bytes& reply) mutable {
        if (to_hex(request).starts_with(start) && times-- > 0) reply.clear();
    };
}

struct LltJbd : testing::Test {
    Rig rig{entry, [] {
                std::mt19937_64 random(7);
                Reading reading = random_reading(random, 4);
                reading.telemetry.charge_fet = reading.telemetry.discharge_fet = true;
                reading.telemetry.balance_fet = true;
                reading.telemetry.max_charge_current = 100;
                reading.telemetry.capacity = 100;
                return reading;
            }()};
    const Telemetry& shown() const { return rig.reading.telemetry; }
    std::ptrdiff_t sent(const std::string& bytes)
    {
        const auto all = rig.take_requests();
        return std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.starts_with(bytes); });
    }
    /// Bit `bit` of the protection word, and the charge FET as a protection leaves it.
    void protect(unsigned bit, bool charge_off)
    {
        rig.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
            if (request[2] != 0x03) return;
            write_be(&reply[4 + 16], 2, 1U << bit);
            if (charge_off) reply[4 + 20] = static_cast<std::uint8_t>(reply[4 + 20] & 2);
            write_be(&reply[reply.size() - 3], 2,
                     checksum::negated_sum16(ByteView(reply).subspan(2, reply.size() - 5)));
        };
    }
};

TEST_F(LltJbd, AsksAsTheSheetSays)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{"dda50300fffd77", "dda50500fffb77", enter, "dda52800ffd877", "dda52900ffd777",
                                        "dda52d00ffd377", leave, "dda50400fffc77"}));
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.take_requests(), (std::vector<std::string>{"dda50300fffd77", "dda50400fffc77"}));
    EXPECT_EQ(shown().max_charge_current, 100);
}

TEST_F(LltJbd, ASleepingBoardIsAskedThreeTimes)
{
    rig.channel.damage = lost(read_of("03"), 2);
    EXPECT_TRUE(rig.identify());
    rig.channel.damage = lost(read_of("03"), 3);
    EXPECT_EQ(rig.identify().error(), bms::Refusal::silence);
    rig.channel.damage = lost(read_of("03"), 1);
    EXPECT_EQ(rig.poll().error(), bms::Refusal::silence) << "later once";
}

TEST_F(LltJbd, ALimitThatIsLostIsReadLater)
{
    for (const char* request : {"dda528", "dd5a0002"}) {
        Rig one(entry, rig.truth);
        one.channel.damage = lost(request, 3);
        ASSERT_TRUE(one.identify());
        EXPECT_EQ(one.reading.telemetry.max_charge_current, std::nullopt) << request;
        one.take_requests();
        one.channel.time += std::chrono::seconds(1);
        ASSERT_TRUE(one.poll());
        EXPECT_EQ(one.reading.telemetry.max_charge_current, 100) << request;
        const auto requests = one.take_requests();
        EXPECT_EQ(requests[1], enter);
        EXPECT_EQ(requests[requests.size() - 2], leave) << "the cells come last";
        ASSERT_TRUE(one.poll());
        EXPECT_EQ(one.take_requests().size(), 2U) << "it is there now";
    }
}

TEST_F(LltJbd, FactoryModeIsLeftWhateverFails)
{
    for (const char* lost_one : {"dd5a0002", "dda528", "dda529", "dda52d"}) {
        rig.channel.damage = lost(lost_one);
        Rig one(entry, rig.truth);
        one.channel.damage = lost(lost_one);
        ASSERT_TRUE(one.identify()) << lost_one;
        const auto all = one.take_requests();
        EXPECT_EQ(std::count(all.begin(), all.end(), leave), 1) << lost_one;
    }
    Rig refusing(entry, rig.truth);
    refusing.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (to_hex(request) == enter) reply = *from_hex("dd008000ff8077");
    };
    ASSERT_TRUE(refusing.identify());
    const auto all = refusing.take_requests();
    EXPECT_EQ(std::count(all.begin(), all.end(), leave), 0) << "the board said that it did not enter";
}

TEST_F(LltJbd, ABoardThatNeverAcknowledgesLeavingIsToldThreeTimesAndStaysABattery)
{
    rig.channel.damage = lost("dd5a0102");
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(sent(leave), 3);
    EXPECT_EQ(shown().max_charge_current, 100) << "the limits came";
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(sent(leave), 0) << "not in each poll";
    EXPECT_EQ(rig.command(Kind::turn_balancing_off, 1).error(), bms::Refusal::silence);
    EXPECT_EQ(sent(leave_saved), 3);
}

TEST_F(LltJbd, BothSwitchesLetGo)
{
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.command(Kind::force_charging_off, 1));
    ASSERT_TRUE(rig.command(Kind::force_discharging_off, 1));
    EXPECT_EQ(rig.truth.telemetry.charge_fet, false);
    EXPECT_EQ(rig.truth.telemetry.discharge_fet, false);
    rig.take_requests();
    ASSERT_TRUE(rig.command(Kind::force_charging_off, 0));
    ASSERT_TRUE(rig.command(Kind::force_discharging_off, 0));
    const auto requests = rig.take_requests();
    EXPECT_EQ(requests[0], "dd5ae1020002ff1b77");
    EXPECT_EQ(requests[2], "dd5ae1020000ff1d77");
    EXPECT_EQ(rig.truth.telemetry.charge_fet, true);
    EXPECT_EQ(rig.truth.telemetry.discharge_fet, true);
}

TEST_F(LltJbd, PendingOnesOfTheRegisterGoOutTogether)
{
    ASSERT_TRUE(rig.identify());
    rig.take_requests();
    const Command first{Kind::force_charging_off, 1}, second{Kind::force_discharging_off, 1};
    EXPECT_TRUE(rig.protocol->joins(first, second));
    EXPECT_FALSE(rig.protocol->joins(first, {Kind::turn_balancing_off, 1}));
    EXPECT_FALSE(rig.protocol->joins({Kind::set_soc, 50}, second));
    ASSERT_TRUE(rig.command(first.kind, first.value));
    EXPECT_EQ(rig.take_requests(), (std::vector<std::string>{"dd5ae1020003ff1a77", "dda50300fffd77"}));
}

TEST_F(LltJbd, APassingProtectionDoesNotBecomeALock)
{
    ASSERT_TRUE(rig.identify());
    protect(0, true);  // a cell is over its voltage, the charge FET open
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(shown().charge_fet, false);
    rig.take_requests();
    EXPECT_TRUE(rig.command(Kind::force_discharging_off, 1));
    EXPECT_TRUE(rig.command(Kind::force_discharging_off, 0));
    const auto requests = rig.take_requests();
    EXPECT_EQ(requests[0], "dd5ae1020002ff1b77");
    EXPECT_EQ(requests[2], "dd5ae1020000ff1d77");
}

TEST_F(LltJbd, WhatWasForcedBeforeTheStartStaysForced)
{
    protect(12, true);  // the board says: by software
    ASSERT_TRUE(rig.identify());
    rig.take_requests();
    EXPECT_TRUE(rig.command(Kind::force_discharging_off, 1));
    EXPECT_EQ(rig.take_requests()[0], "dd5ae1020003ff1a77");
}

TEST_F(LltJbd, ASwitchThatDoesNothingIsRefused)
{
    ASSERT_TRUE(rig.identify());
    rig.channel.damage = [&](std::size_t, ByteView request, Bytes&) {
        if (request[2] == 0xE1) rig.truth.telemetry.charge_fet = true;  // acknowledged, not done
    };
    EXPECT_EQ(rig.command(Kind::force_charging_off, 1).error(), bms::Refusal::device_error);
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (request[2] == 0xE1) reply = *from_hex("dde18000ff8077");
    };
    EXPECT_EQ(rig.command(Kind::force_charging_off, 1).error(), bms::Refusal::device_error);
    rig.channel.damage = nullptr;
    rig.take_requests();
    EXPECT_TRUE(rig.command(Kind::force_discharging_off, 1));
    EXPECT_EQ(rig.take_requests()[0], "dd5ae1020003ff1a77") << "the first wish was acknowledged";
}

TEST_F(LltJbd, TheBalancerKeepsTheOtherFunctions)
{
    ASSERT_TRUE(rig.identify());
    rig.take_requests();
    EXPECT_TRUE(rig.command(Kind::turn_balancing_off, 1));
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{enter, "dda52d00ffd377", "dd5a2d020000ffd177", "dda52d00ffd377", leave_saved}));
    EXPECT_EQ(shown().balance_fet, false);
    EXPECT_TRUE(rig.command(Kind::turn_balancing_off, 1));
    EXPECT_EQ(rig.take_requests(), (std::vector<std::string>{enter, "dda52d00ffd377", "dda52d00ffd377", leave}))
        << "nothing to save";
}

TEST_F(LltJbd, SettingTheSoc)
{
    ASSERT_TRUE(rig.identify());
    rig.take_requests();
    EXPECT_TRUE(rig.command(Kind::set_soc, 100));
    EXPECT_EQ(rig.take_requests(),
              (std::vector<std::string>{enter, "dd5ae0022710fee777", leave_saved, "dda50300fffd77"}));
    EXPECT_EQ(shown().soc, 100);
    for (const double impossible : {-0.1, 100.1, std::nan("")})
        EXPECT_EQ(rig.command(Kind::set_soc, impossible).error(), bms::Refusal::implausible);
    EXPECT_TRUE(rig.take_requests().empty());
    rig.channel.damage = [&](std::size_t, ByteView request, Bytes&) {
        if (request[2] != 0xE0) return;
        rig.truth.telemetry.soc = 100;  // acknowledged, nothing moves
        rig.truth.telemetry.capacity_remaining = 100;
    };
    EXPECT_EQ(rig.command(Kind::set_soc, 40).error(), bms::Refusal::device_error);
}

TEST_F(LltJbd, EarlyBoardsEchoTheReadCode)
{
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply[1] = 0xA5; };
    EXPECT_TRUE(rig.identify());
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply[1] = 0x07; };
    EXPECT_EQ(rig.poll().error(), bms::Refusal::wrong_echo);
}

TEST_F(LltJbd, ACountOfCellsThatCannotBe)
{
    ASSERT_TRUE(rig.identify());
    for (const std::uint8_t cells : {std::uint8_t{0}, std::uint8_t{33}}) {
        rig.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
            if (request[2] != 0x03) return;
            reply[4 + 21] = cells;
            write_be(&reply[reply.size() - 3], 2,
                     checksum::negated_sum16(ByteView(reply).subspan(2, reply.size() - 5)));
        };
        EXPECT_EQ(rig.poll().error(), bms::Refusal::bad_content);
    }
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (request[2] != 0x04) return;
        reply = *from_hex("dd0400020ce4ff0e77");
    };
    EXPECT_EQ(rig.poll().error(), bms::Refusal::bad_length) << "one of four cells";
}

TEST_F(LltJbd, CellsOfAnotherCountAreNotThoseOfBefore)
{
    ASSERT_TRUE(rig.identify());
    ASSERT_EQ(shown().cell_voltages.size(), 4U);
    rig.channel.damage = [](std::size_t, ByteView request, Bytes& reply) {
        if (request[2] != 0x03) return;
        reply[4 + 21] = 3;
        write_be(&reply[reply.size() - 3], 2, checksum::negated_sum16(ByteView(reply).subspan(2, reply.size() - 5)));
    };
    ASSERT_TRUE(rig.command(Kind::force_charging_off, 1)) << "the reply that confirms it tells of three cells";
    EXPECT_EQ(shown().cell_count, 3);
    EXPECT_EQ(shown().cell_voltages.size(), 0U);
}

TEST_F(LltJbd, MoreThanFullIsFull)
{
    ASSERT_TRUE(rig.identify());
    for (const auto& [raw, shown_as] : {std::pair<std::uint8_t, Number>{103, 100.0}, {110, 100.0}, {111, {}}}) {
        rig.channel.damage = [raw = raw](std::size_t, ByteView request, Bytes& reply) {
            if (request[2] != 0x03) return;
            reply[4 + 19] = raw;
            write_be(&reply[reply.size() - 3], 2,
                     checksum::negated_sum16(ByteView(reply).subspan(2, reply.size() - 5)));
        };
        ASSERT_TRUE(rig.poll());
        EXPECT_EQ(shown().soc, shown_as) << int(raw);
        EXPECT_TRUE(shown().voltage);
    }
}

}  // namespace
}  // namespace bmsd::test
