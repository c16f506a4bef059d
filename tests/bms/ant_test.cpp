// What is peculiar to ANT boards: docs/bms/ant.md
#include <gtest/gtest.h>

#include "support/random_reading.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {
namespace {

const bms::Entry& entry = *bms::find("ANT");

struct Ant : testing::Test {
    Rig rig{entry, [] {
                std::mt19937_64 random(7);
                return random_reading(random, 16);
            }()};
    const Telemetry& shown() const { return rig.reading.telemetry; }
    std::string poll_with(std::function<void(Bytes&)> change)
    {
        rig.channel.damage = [=](std::size_t, ByteView, Bytes& reply) {
            change(reply);
            write_be(&reply[138], 2, checksum::sum16(ByteView(reply).subspan(4, 134)));
        };
        const auto taken = rig.poll();
        return taken ? "taken" : std::string(text(taken.error()));
    }
};

TEST_F(Ant, TheSecondFormOfTheRequestIsTriedOnce)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(rig.take_requests(), std::vector<std::string>{"dbdb00000000"});
    const Bytes frame = [&] {
        Bytes reply;
        rig.device->receive(*from_hex("dbdb00000000"), reply);
        return reply;
    }();
    rig.channel.damage = [=](std::size_t, ByteView request, Bytes& reply) {
        reply = request[0] == 0x5A ? frame : Bytes{};
    };
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    EXPECT_EQ(rig.take_requests(), (std::vector<std::string>{"dbdb00000000", "5a5a00000000", "5a5a00000000"}));
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply.clear(); };
    EXPECT_EQ(rig.identify().error(), bms::Refusal::silence);
    EXPECT_EQ(rig.take_requests().size(), 2U);
}

TEST_F(Ant, NoiseBeforeTheFrameIsPassedOver)
{
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) {
        reply.insert(reply.begin(), {0xAA, 0x55, 0xAA, 0x00, 0xAA});
    };
    EXPECT_TRUE(rig.identify());
    EXPECT_EQ(rig.channel.refusals, std::vector{bms::Refusal::bad_start}) << "and counted";
}

TEST_F(Ant, ACodeTellsTheFetAndTheReason)
{
    ASSERT_TRUE(rig.identify());
    const auto codes = [&](std::uint8_t charge, std::uint8_t discharge) {
        EXPECT_EQ(poll_with([=](Bytes& r) { r[103] = charge, r[104] = discharge; }), "taken");
        return shown().alarms;
    };
    Alarms alarms = codes(1, 1);
    EXPECT_EQ(shown().charge_fet, true);
    EXPECT_EQ(shown().discharge_fet, true);
    const Alarms quiet = alarms;
    alarms = codes(2, 2);
    EXPECT_EQ(shown().charge_fet, false);
    EXPECT_EQ(shown().discharge_fet, false);
    for (const Alarm alarm :
         {Alarm::high_cell_voltage, Alarm::high_voltage, Alarm::low_cell_voltage, Alarm::low_voltage})
        EXPECT_EQ(alarms[alarm], 2);
    alarms = codes(5, 5);
    EXPECT_EQ(alarms[Alarm::high_voltage], 2);
    EXPECT_EQ(alarms[Alarm::high_cell_voltage], 0);
    alarms = codes(3, 12);
    EXPECT_EQ(alarms[Alarm::high_charge_current], 2);
    EXPECT_EQ(alarms[Alarm::high_discharge_current], 2);
    EXPECT_EQ(alarms[Alarm::high_temperature], 0);
    alarms = codes(6, 6);
    EXPECT_EQ(alarms[Alarm::high_charge_temperature], 2);
    EXPECT_EQ(alarms[Alarm::high_temperature], 2);
    for (const std::uint8_t code : Bytes{7, 10}) {
        EXPECT_EQ(codes(code, 1)[Alarm::high_internal_temperature], 2);
        EXPECT_EQ(codes(1, code)[Alarm::high_internal_temperature], 2);
    }
    for (const std::uint8_t code : Bytes{8, 9, 13}) EXPECT_EQ(codes(code, 1)[Alarm::internal_failure], 2);
    for (const std::uint8_t code : Bytes{8, 9, 13, 14}) EXPECT_EQ(codes(1, code)[Alarm::internal_failure], 2);
    for (const std::uint8_t code : Bytes{0, 4, 11, 15, 16, 255}) EXPECT_EQ(codes(code, code), quiet) << int(code);
}

TEST_F(Ant, BalancerCodes)
{
    ASSERT_TRUE(rig.identify());
    for (const auto& [code, balancing] : {std::pair<std::uint8_t, bool>{0, false},
                                          {1, true},
                                          {2, true},
                                          {3, false},
                                          {4, true},
                                          {10, false},
                                          {200, false}}) {
        EXPECT_EQ(poll_with([c = code](Bytes& r) { r[105] = c; }), "taken");
        EXPECT_EQ(shown().balancing, balancing) << int(code);
    }
}

TEST_F(Ant, WhatIsNotConnectedOrNotSetIsAbsent)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(poll_with([](Bytes& r) {
                  for (const std::size_t at : {91U, 95U, 97U}) write_be(&r[at], 2, 0xFFD8);
                  write_be(&r[75], 4, 0);
              }),
              "taken");
    EXPECT_FALSE(shown().temperature_mosfet);
    EXPECT_FALSE(shown().temperatures[0]);
    EXPECT_FALSE(shown().temperatures[1]);
    EXPECT_FALSE(shown().capacity);
    EXPECT_FALSE(shown().cycles);
}

TEST_F(Ant, AnImpossibleVoltageIsRefusedOtherValuesAreLeftOut)
{
    ASSERT_TRUE(rig.identify());
    EXPECT_EQ(poll_with([](Bytes& r) { r[123] = 0; }), "bad content");
    EXPECT_EQ(poll_with([](Bytes& r) { r[123] = 33; }), "bad content");
    EXPECT_EQ(poll_with([](Bytes& r) { write_be(&r[4], 2, 1001); }), "implausible");
    EXPECT_EQ(poll_with([](Bytes& r) { r[74] = 101; }), "taken");
    EXPECT_EQ(shown().soc, 100);
    EXPECT_EQ(poll_with([](Bytes& r) { r[74] = 111; }), "taken");
    EXPECT_FALSE(shown().soc);
    for (const int current : {10001, -10001}) {
        EXPECT_EQ(poll_with([=](Bytes& r) { write_be(&r[70], 4, static_cast<std::uint64_t>(current)); }), "taken");
        EXPECT_FALSE(shown().current);
        EXPECT_TRUE(shown().voltage);
    }
}

}  // namespace
}  // namespace bmsd::test
