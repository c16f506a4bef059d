// A CAN interface in use: what comes in, what goes out, and what happens to the link.
#include "link/can/can_bus.h"

#include <gtest/gtest.h>

#include "support/can_wire.h"

namespace bmsd::link {
namespace {

using namespace std::chrono_literals;

class CanBusTest : public testing::Test {
  protected:
    std::vector<std::uint32_t> ids() const
    {
        std::vector<std::uint32_t> out;
        for (const CanFrame& frame : heard) out.push_back(frame.id.value);
        return out;
    }
    void start()
    {
        bus.start();
        listener = bus.listen([this](const CanFrame& frame) { heard.push_back(frame); });
    }

    ManualLoop loop;
    test::CanWire wire;
    CanBus bus{loop, "can0", wire.socket()};
    CanBus::Listener listener;
    std::vector<CanFrame> heard;
};

CanFrame frame(std::uint32_t id, bool extended = false)
{
    return bms::can_frame({id, extended}, {1, 2, 3});
}

TEST_F(CanBusTest, FramesComeInOrderAndKeepTheKindOfTheirId)
{
    start();
    wire.put(frame(0x123));
    wire.put(frame(0x123, true));
    loop.advance(100ms);
    ASSERT_EQ(heard.size(), 2U);
    EXPECT_FALSE(heard[0].id.extended);
    EXPECT_TRUE(heard[1].id.extended);
    EXPECT_EQ(bus.counters().received, 2U);
    EXPECT_TRUE(bus.works());
}

TEST_F(CanBusTest, RemoteFramesAndTroubleAreCountedAndHandedToNobody)
{
    start();
    wire.put_remote();
    wire.put(CanTrouble{.health = CanHealth::warning, .nobody_listens = true});
    wire.put(CanTrouble{.overflow = true});
    loop.advance(100ms);
    EXPECT_TRUE(heard.empty());
    EXPECT_EQ(bus.counters().remote, 1U);
    EXPECT_EQ(bus.counters().errors, 2U);
    EXPECT_EQ(bus.counters().unacknowledged, 1U);
    EXPECT_EQ(bus.counters().overflows, 1U);
    EXPECT_EQ(bus.health(), CanHealth::warning);
}

TEST_F(CanBusTest, SeveralListenAndOneThatGoesIsToldNoMore)
{
    start();
    int others = 0;
    auto other = bus.listen([&](const CanFrame&) { ++others; });
    wire.put(frame(1));
    bus.read();
    other.reset();
    wire.put(frame(2));
    bus.read();
    EXPECT_EQ(others, 1);
    EXPECT_EQ(ids(), (std::vector<std::uint32_t>{1, 2}));
}

TEST_F(CanBusTest, AFullQueueIsTriedAgainAndTheOrderStays)
{
    start();
    wire.room = 1;
    for (const std::uint32_t id : {1U, 2U, 3U}) bus.send(frame(id));
    EXPECT_EQ(wire.heard.size(), 1U);
    loop.advance(100ms);
    wire.room = 1000;
    loop.advance(5ms);
    ASSERT_EQ(wire.heard.size(), 3U);
    EXPECT_EQ(wire.heard[1].id.value, 2U);
    EXPECT_EQ(wire.heard[2].id.value, 3U);
    EXPECT_EQ(bus.counters().sent, 3U);
}

TEST_F(CanBusTest, WhatFindsNoRoomForTooLongIsLeftOut)
{
    start();
    wire.room = 0;
    for (std::uint32_t id = 0; id < 2 * CanBus::most_waiting; ++id) bus.send(frame(id));
    EXPECT_EQ(bus.counters().not_sent, CanBus::most_waiting) << "no more wait than there is patience for";
    loop.advance(300ms);
    EXPECT_EQ(bus.counters().not_sent, 2 * CanBus::most_waiting);
    wire.room = 1;
    bus.send(frame(7));
    EXPECT_EQ(wire.heard.back().id.value, 7U);
}

TEST_F(CanBusTest, DownIsNoticedAndTheSameSocketWorksAgain)
{
    start();
    loop.advance(1s);
    int changes = 0;
    bus.on_change([&] { ++changes; });
    wire.set_up(false);
    loop.advance(100ms);
    EXPECT_FALSE(bus.works());
    EXPECT_EQ(bus.state_text(), "down");
    bus.send(frame(1));
    EXPECT_EQ(bus.counters().not_sent, 1U);
    loop.advance(30s);
    EXPECT_FALSE(wire.link.up) << "somebody took it down: it is not brought up again";
    wire.set_up(true);
    loop.advance(1s);
    EXPECT_TRUE(bus.works());
    wire.put(frame(5));
    loop.advance(100ms);
    EXPECT_EQ(ids(), (std::vector<std::uint32_t>{5}));
    EXPECT_EQ(bus.counters().link_lost, 1U);
    EXPECT_EQ(changes, 2);
}

TEST_F(CanBusTest, RemovedAndBackItIsOpenedAnew)
{
    start();
    wire.remove();
    loop.advance(1s);
    EXPECT_EQ(bus.state_text(), "not there");
    loop.advance(10s);
    wire.add();
    loop.advance(1s);
    EXPECT_TRUE(bus.works());
    bus.send(frame(9));
    EXPECT_EQ(wire.heard.back().id.value, 9U);
    wire.put(frame(5));
    loop.advance(100ms);
    EXPECT_EQ(ids(), (std::vector<std::uint32_t>{5}));
}

TEST_F(CanBusTest, SendingOnARemovedInterfaceIsNoticedAtOnce)
{
    start();
    wire.remove();
    bus.send(frame(1));
    EXPECT_FALSE(bus.works());
    EXPECT_EQ(bus.counters().not_sent, 1U);
}

TEST_F(CanBusTest, AMissingInterfaceIsWaitedFor)
{
    wire.remove();
    start();
    loop.advance(5s);
    EXPECT_FALSE(bus.works());
    wire.add();
    loop.advance(1s);
    EXPECT_TRUE(bus.works());
}

TEST_F(CanBusTest, BusOffSendsNothingUntilItIsBack)
{
    start();
    wire.put(CanTrouble{.health = CanHealth::bus_off});
    loop.advance(1s);
    EXPECT_FALSE(bus.works());
    bus.send(frame(1));
    EXPECT_TRUE(wire.heard.empty());
    wire.put(CanTrouble{.restarted = true});
    loop.advance(1s);
    EXPECT_TRUE(bus.works());
    EXPECT_EQ(bus.counters().bus_off, 1U);
    for (int i = 0; i < 1000; ++i) {
        wire.put(CanTrouble{.health = CanHealth::bus_off});
        wire.put(CanTrouble{.restarted = true});
        loop.advance(100ms);
    }
    EXPECT_EQ(bus.counters().bus_off, 1001U);
}

TEST_F(CanBusTest, TheControllersOwnWordOnItsStateCounts)
{
    wire.link.controller = true;
    wire.link.bit_rate = 500000;
    wire.link.health = CanHealth::bus_off;
    start();
    loop.advance(1s);
    EXPECT_FALSE(bus.works());
    wire.link.health = CanHealth::passive;
    loop.advance(1s);
    EXPECT_TRUE(bus.works());
    EXPECT_EQ(bus.state_text(), "up, 500000 bit/s, error-passive");
}

TEST_F(CanBusTest, AnInterfaceFoundDownIsBroughtUpAndLeftAsItWas)
{
    wire.link.controller = true;
    wire.set_up(false);
    start();
    EXPECT_TRUE(bus.works());
    EXPECT_EQ(wire.bit_rates, (std::vector<unsigned>{250000U}));
    bus.stop();
    EXPECT_FALSE(wire.link.up);
}

TEST_F(CanBusTest, OneThatWasUpStaysUpWithItsBitRate)
{
    wire.link.controller = true;
    wire.link.bit_rate = 125000;
    start();
    EXPECT_FALSE(bus.try_next_bit_rate()) << "others use it";
    bus.stop();
    EXPECT_TRUE(wire.link.up);
    EXPECT_TRUE(wire.bit_rates.empty());
}

TEST_F(CanBusTest, WithoutTheRightToBringItUpItIsWaitedFor)
{
    wire.may_change = false;
    wire.link.up = false;
    start();
    loop.advance(5s);
    EXPECT_FALSE(bus.works());
    wire.set_up(true);
    loop.advance(1s);
    EXPECT_TRUE(bus.works());
}

TEST_F(CanBusTest, BitRatesAreTriedOnlyWhileNothingGoodIsHeard)
{
    wire.link.controller = true;
    wire.link.bit_rate = 125000;
    wire.set_up(false);
    start();
    EXPECT_EQ(wire.link.bit_rate, 125000U) << "the one found is tried first";
    EXPECT_TRUE(bus.try_next_bit_rate());
    EXPECT_EQ(wire.link.bit_rate, 250000U);
    EXPECT_TRUE(bus.try_next_bit_rate());
    EXPECT_EQ(wire.link.bit_rate, 500000U);
    EXPECT_FALSE(bus.try_next_bit_rate()) << "there is no further one";
}

TEST_F(CanBusTest, AHeardFrameProvesTheBitRate)
{
    wire.link.controller = true;
    wire.set_up(false);
    start();
    wire.put(frame(1));
    loop.advance(100ms);
    EXPECT_FALSE(bus.try_next_bit_rate());
    EXPECT_EQ(wire.link.bit_rate, 250000U);
}

TEST_F(CanBusTest, AFilterHoldsAlsoAfterTheInterfaceCameBack)
{
    start();
    bus.filter({{{0x350}, 0x7F0}});
    for (int round = 0; round < 2; ++round) {
        wire.put(frame(0x355));
        wire.put(frame(0x100));
        wire.put(frame(0x355, true));
        loop.advance(100ms);
        wire.remove();
        loop.advance(2s);
        wire.add();
        loop.advance(2s);
    }
    EXPECT_EQ(ids(), (std::vector<std::uint32_t>{0x355, 0x355}));
}

TEST_F(CanBusTest, AFloodIsReadInBoundedPiecesAndAllOfIt)
{
    start();
    for (int i = 0; i < 270; ++i) wire.put(frame(1));
    bus.read();
    EXPECT_EQ(heard.size(), 270U);
}

}  // namespace
}  // namespace bmsd::link
