// Batteries on a CAN interface in virtual time: heard, asked, served side by side, lost, given up, heard again.
#include "battery/broadcast_session.h"

#include <gtest/gtest.h>

#include "battery/session_fixture.h"
#include "support/can_wire.h"

namespace bmsd::battery {
namespace {

using bms::can_frame;

/// What a battery sends again and again.
struct Talker {
    std::vector<CanFrame> frames;
    Duration every = 500ms;
    bool talks = true;
};

std::vector<CanFrame> jk_frames(std::uint32_t address = 0)
{
    std::vector<CanFrame> out{
        can_frame({0x2F4 + address}, {0x02, 0x02, 0xA0, 0x0F, 80, 0, 0, 0}),  // 51.4 V, 0 A, 80 %
        can_frame({0x18F128F4 + address, true}, {0x40, 0x06, 0xD0, 0x07, 0, 0, 5, 0}),
        can_frame({0x18F528F4 + address, true}, {3, 0, 0, 0, 0, 0, 0, 0}),
    };
    for (std::uint32_t k = 0; k < 4; ++k)
        out.push_back(can_frame({0x18E028F4 + (k << 16) + address, true},
                                {0x80, 0x0C, 0x80, 0x0C, 0x80, 0x0C, 0x80, 0x0C}));  // 3.2 V
    return out;
}

std::vector<CanFrame> victron_frames()
{
    return {
        can_frame({0x351}, {0x28, 0x02, 0xE8, 0x03, 0xDC, 0x05, 0xC0, 0x01}),
        can_frame({0x355}, {0x57, 0x00, 0x63, 0x00, 0x3D, 0x22, 0x00, 0x00}),
        can_frame({0x356}, {0x61, 0x14, 0xD3, 0xFE, 0xEB, 0x00, 0x1A, 0x00}),
        can_frame({0x373}, {0xBC, 0x0C, 0xC0, 0x0C, 0x25, 0x01, 0x29, 0x01}),
        can_frame({0x379}, {0x18, 0x01, 0, 0, 0, 0, 0, 0}),
    };
}

std::vector<CanFrame> rv_c_frames(std::uint32_t address = 0)
{
    const std::uint32_t source = 0x8F - address;
    return {
        can_frame({0x19FFFD00 + source, true}, {1, 0x78, 0x0B, 1, 0xA0, 0x58, 0x35, 0x77}),
        can_frame({0x19FFFC00 + source, true}, {1, 0x78, 0x60, 0x24, 150, 0xFF, 0xFF, 0xFF}),
    };
}

class BroadcastTest : public testing::Test {
  protected:
    BroadcastTest()
    {
        wire.on_frame = [this](const CanFrame& request) { answer(request); };
        bus.start();
    }
    void talk(std::size_t number)
    {
        Talker& one = talkers[number];
        waits[number] = loop.at(loop.now() + one.every, [this, number] { talk(number); });
        if (!one.talks || !wire.link.up) return;
        for (const CanFrame& frame : one.frames) wire.put(frame);
    }
    void add(std::vector<CanFrame> frames, Duration every = 500ms)
    {
        talkers.push_back({std::move(frames), every});
        waits.emplace_back();
        talk(talkers.size() - 1);
    }
    /// The Daly boards of this wire.
    void answer(const CanFrame& request)
    {
        asked.push_back(request.id.value);
        if (!request.id.extended || (request.id.value & 0x1F0000FF) != 0x18000040) return;
        const std::uint32_t address = request.id.value >> 8 & 0xFF, what = request.id.value >> 16 & 0xFF;
        if (!dalys.contains(static_cast<std::uint8_t>(address))) return;
        const CanId id{0x18004000 | what << 16 | address, true};
        if (what == 0x90) wire.put(can_frame(id, {0x02, 0x08, 0, 0, 0x75, 0x30, 0x02, 0xBC}));  // 52.0 V, 70 %
        if (what == 0x94) wire.put(can_frame(id, {16, 2, 0, 0, 0, 0, 5, 0}));
        if (what == 0x95)
            for (std::uint8_t k = 1; k <= 6; ++k) wire.put(can_frame(id, {k, 0x0C, 0xB2, 0x0C, 0xB2, 0x0C, 0xB2, 0}));
    }
    void start() { session.start(); }
    std::vector<std::string> types() const
    {
        std::vector<std::string> out;
        for (const auto& battery : session.batteries()) out.emplace_back(battery->facts().entry->name);
        std::ranges::sort(out);
        return out;
    }

    using Types = std::vector<std::string>;
    ManualLoop loop;
    config::Config config = config::defaults();
    RecordingHost host{loop, config};
    test::CanWire wire;
    link::CanBus bus{loop, "can0", wire.socket()};
    BroadcastSession session{loop, bus, host, config};
    std::vector<Talker> talkers;
    std::vector<Wait> waits;
    std::set<std::uint8_t> dalys;
    std::vector<std::uint32_t> asked;
};

TEST_F(BroadcastTest, WhatIsHeardNamesTheTypeAndNobodyIsAsked)
{
    add(jk_frames());
    start();
    loop.advance(10s);
    EXPECT_EQ(types(), Types{"Jkbms_Can"});
    EXPECT_TRUE(asked.empty());
    const Battery& battery = *session.batteries().front();
    EXPECT_NEAR(battery.snapshot().derived.voltage.value_or(0), 51.2, 1e-9);
    EXPECT_NEAR(host.cycles[battery.facts().id], 8, 1.5);
    EXPECT_EQ(session.state(), PortSession::State::serving);
}

TEST_F(BroadcastTest, WhoSaysNothingByItselfIsAsked)
{
    dalys = {1};
    start();
    loop.advance(10s);
    ASSERT_EQ(types(), Types{"Daly_Can"});
    EXPECT_EQ(session.batteries().front()->reading().telemetry.cell_voltages.size(), 16U);
    EXPECT_EQ(session.batteries().front()->reading().identity.unique_id, "can0__0x01");
}

TEST_F(BroadcastTest, ADalyThatAlsoSendsTheCommonFramesIsOneBattery)
{
    dalys = {1};
    add(victron_frames());
    start();
    loop.advance(60s);
    EXPECT_EQ(types(), Types{"Daly_Can"});
}

TEST_F(BroadcastTest, TheCommonFramesAloneAreABattery)
{
    add(victron_frames(), 1s);
    start();
    loop.advance(60s);
    EXPECT_EQ(types(), Types{"LltJbd_Can"});
    EXPECT_EQ(host.released.size(), 0U);
}

TEST_F(BroadcastTest, SeveralTypesOnOneInterface)
{
    config.bms_type = {"Daly_Can", "Jkbms_Can", "RV_C_Can"};
    dalys = {1};
    add(jk_frames());
    add(rv_c_frames());
    start();
    loop.advance(30s);
    EXPECT_EQ(types(), (Types{"Daly_Can", "Jkbms_Can", "RV_C_Can"}));
    EXPECT_EQ(host.attached, 3);
}

TEST_F(BroadcastTest, SeveralAddressesOfOneType)
{
    config.bms_type = {"Daly_Can"};
    config.battery_addresses = {"0x01", "0x02", "0x03"};
    dalys = {1, 3};
    start();
    loop.advance(20s);
    EXPECT_EQ(types(), (Types{"Daly_Can", "Daly_Can"}));
    dalys.insert(2);
    loop.advance(130s);
    EXPECT_EQ(session.batteries().size(), 3U) << "switched on later";
}

TEST_F(BroadcastTest, AddressesOfOnesThatOnlyTalk)
{
    config.battery_addresses = {"0x02", "0x05"};
    add(jk_frames(2));
    add(jk_frames(7));
    add(rv_c_frames(5));
    start();
    loop.advance(20s);
    EXPECT_EQ(types(), (Types{"Jkbms_Can", "RV_C_Can"})) << "each at its configured address, 7 is not asked for";
}

TEST_F(BroadcastTest, OnlyNamedTypesAreLookedFor)
{
    config.bms_type = {"RV_C_Can"};
    dalys = {1};
    add(jk_frames());
    start();
    loop.advance(60s);
    EXPECT_TRUE(types().empty());
    EXPECT_TRUE(asked.empty());
    EXPECT_GT(session.empty_searches(), 1);
}

TEST_F(BroadcastTest, WhoIsSwitchedOnLaterIsFound)
{
    add(jk_frames());
    start();
    loop.advance(10s);
    add(rv_c_frames());
    loop.advance(20s);
    EXPECT_EQ(types(), (Types{"Jkbms_Can", "RV_C_Can"}));
}

TEST_F(BroadcastTest, SilenceIsALostBatteryGivenUpInTimeAndHeardAgain)
{
    add(jk_frames());
    start();
    loop.advance(10s);
    const auto battery = session.batteries().front();
    talkers[0].talks = false;
    loop.advance(3s);
    EXPECT_TRUE(battery->snapshot().state.online);
    loop.advance(15s);
    EXPECT_FALSE(battery->snapshot().state.online);
    EXPECT_FALSE(battery->snapshot().derived.voltage);
    EXPECT_GT(battery->link().timeouts, 5U);
    talkers[0].talks = true;
    loop.advance(3s);
    EXPECT_TRUE(battery->snapshot().state.online);
    talkers[0].talks = false;
    loop.advance(31min);  // as long as the limits are held for safe cells
    EXPECT_EQ(host.released.size(), 1U);
    EXPECT_TRUE(session.batteries().empty());
    talkers[0].talks = true;
    loop.advance(70s);
    EXPECT_EQ(types(), Types{"Jkbms_Can"});
}

TEST_F(BroadcastTest, AFrameThatStopsComingTakesItsValuesWithIt)
{
    add(victron_frames());
    start();
    loop.advance(10s);
    const auto battery = session.batteries().front();
    EXPECT_TRUE(battery->reading().telemetry.soc);
    std::erase_if(talkers[0].frames, [](const CanFrame& frame) { return frame.id.value == 0x355; });
    loop.advance(8s);
    EXPECT_FALSE(battery->reading().telemetry.soc) << "an old SoC is none";
    EXPECT_TRUE(battery->reading().telemetry.voltage);
    EXPECT_TRUE(battery->snapshot().state.online);
    std::erase_if(talkers[0].frames, [](const CanFrame& frame) { return frame.id.value == 0x356; });
    loop.advance(20s);
    EXPECT_FALSE(battery->snapshot().state.online) << "without voltage and current there is no battery";
}

TEST_F(BroadcastTest, WhatComesSeldomStays)
{
    add({rv_c_frames()[0]});
    add({rv_c_frames()[1]}, 5s);
    start();
    loop.advance(20s);
    ASSERT_EQ(types(), Types{"RV_C_Can"});
    const auto battery = session.batteries().front();
    for (int second = 0; second < 30; ++second) {
        loop.advance(1s);
        ASSERT_TRUE(battery->reading().telemetry.soc) << second;
    }
    talkers[1].talks = false;
    loop.advance(20s);
    EXPECT_FALSE(battery->reading().telemetry.soc);
}

TEST_F(BroadcastTest, LinkDownIsALostBatteryAndUpBringsItBack)
{
    add(jk_frames());
    start();
    loop.advance(10s);
    const auto battery = session.batteries().front();
    wire.set_up(false);
    loop.advance(15s);
    EXPECT_FALSE(battery->snapshot().state.online);
    EXPECT_GT(battery->link().refused["link lost"], 5U);
    wire.set_up(true);
    loop.advance(4s);
    EXPECT_TRUE(battery->snapshot().state.online);
    EXPECT_EQ(host.attached, 1);
}

TEST_F(BroadcastTest, RemovedAndBackWhileSearching)
{
    start();
    loop.advance(10s);
    wire.remove();
    loop.advance(30s);
    EXPECT_EQ(session.state(), PortSession::State::absent);
    wire.add();
    add(jk_frames());
    loop.advance(20s);
    EXPECT_EQ(types(), Types{"Jkbms_Can"});
}

TEST_F(BroadcastTest, AFullQueueCostsTheRequestsNotTheProcess)
{
    dalys = {1};
    start();
    loop.advance(10s);
    const auto battery = session.batteries().front();
    wire.room = 0;
    loop.advance(20s);
    EXPECT_FALSE(battery->snapshot().state.online);
    EXPECT_GT(bus.counters().not_sent, 50U);
    wire.room = 1'000'000;
    loop.advance(3s);
    EXPECT_TRUE(battery->snapshot().state.online);
}

TEST_F(BroadcastTest, StrangersAndNonsenseChangeNothing)
{
    add(jk_frames());
    start();
    loop.advance(10s);
    const auto battery = session.batteries().front();
    const Reading before = battery->reading();
    std::vector<CanFrame> strange;
    for (std::uint32_t id = 0; id < 200; ++id) strange.push_back(can_frame({id * 37 % 0x7FF, id % 3 == 0}, {1, 2, 3}));
    strange.push_back(can_frame({0x2F4, true}, {0, 0, 0, 0, 0, 0, 0, 0}));  // the same number, another message
    strange.push_back(can_frame({0x2F4}, {1, 2, 3, 4}));                    // too short
    add(strange, 100ms);
    loop.advance(60s);
    EXPECT_EQ(battery->reading().telemetry.voltage, before.telemetry.voltage);
    EXPECT_EQ(types(), Types{"Jkbms_Can"});
}

TEST_F(BroadcastTest, AnotherNumberOfCellsIsNotBelievedAtOnce)
{
    add(jk_frames());
    start();
    loop.advance(10s);
    const auto battery = session.batteries().front();
    talkers[0].frames.pop_back();  // 12 cells
    loop.advance(20s);
    EXPECT_EQ(battery->reading().telemetry.cell_voltages.size(), 16U);
    EXPECT_FALSE(battery->snapshot().state.online);
}

TEST_F(BroadcastTest, TheSocIsSetByAFrame)
{
    dalys = {1};
    start();
    loop.advance(10s);
    const auto battery = session.batteries().front();
    ASSERT_TRUE(battery->request({Command::Kind::set_soc, 75}));
    loop.advance(2s);
    EXPECT_NE(std::ranges::find(asked, 0x161E0180U), asked.end());
    ASSERT_EQ(battery->outcomes().size(), 1U);
    EXPECT_TRUE(battery->outcomes().front().done);
}

TEST_F(BroadcastTest, ValenceIsKeptAwakeOnceASecondWhateverTheInterval)
{
    config.poll_interval = 10;
    add({can_frame({0x180}, {2, 0, 0, 1, 3, 0, 0, 0}), can_frame({0x0C0}, {80, 2, 0, 0, 0, 8, 0, 0}),
         can_frame({0x0C1}, {0, 5, 0, 0, 0, 0, 0, 0})});
    start();
    loop.advance(5s);
    ASSERT_EQ(types(), Types{"Ubms_Can"});
    asked.clear();
    loop.advance(30s);
    EXPECT_NEAR(static_cast<double>(std::ranges::count(asked, 0x440U)), 30, 1);
    session.stop();
    asked.clear();
    loop.advance(30s);
    EXPECT_TRUE(asked.empty());
}

TEST_F(BroadcastTest, NobodyThereIsSaidOnceAndLookedForAgain)
{
    start();
    loop.advance(5min);
    EXPECT_GT(session.empty_searches(), 5);
    EXPECT_EQ(host.attached, 0);
}

}  // namespace
}  // namespace bmsd::battery
