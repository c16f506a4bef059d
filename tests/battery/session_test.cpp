// The life of a port in virtual time: found, read, lost, given up, found again.
#include <gtest/gtest.h>

#include "battery/session_fixture.h"
#include "bms/language/identity.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

TEST_F(SessionTest, FindsAndReadsOnceASecond)
{
    session->start();
    loop.advance(10500ms);
    EXPECT_EQ(host.attached, 1);
    EXPECT_NEAR(host.cycles["/dev/ttyUSB0"], 10, 1);
    EXPECT_EQ(session->state(), PortSession::State::serving);
    EXPECT_NEAR(battery().snapshot().derived.voltage.value_or(0), 52.8, 1e-9);
    EXPECT_NEAR(battery().link().cycle_seconds, 0.08, 1e-6);
}

TEST_F(SessionTest, ARefusedReplyChangesNoValue)
{
    session->start();
    loop.advance(3s);
    truth.telemetry.voltage = 40;
    port->damage = [](Bytes& reply) {
        if (reply.size() > 5) reply[5] ^= 0xFF;
    };
    loop.advance(3s);
    EXPECT_NEAR(battery().reading().telemetry.voltage.value_or(0), 52.8, 1e-9);
    EXPECT_GT(battery().link().refused["bad checksum"], 0U);
}

TEST_F(SessionTest, RA10_AReplyWithValuesNoBatteryHasIsRefused)
{
    session->start();
    loop.advance(3s);
    truth.telemetry.soc = 255;
    loop.advance(3s);
    EXPECT_FALSE(battery().reading().telemetry.soc);  // it costs itself only
    truth.telemetry.voltage = 150;
    loop.advance(3s);
    EXPECT_GT(battery().link().refused["implausible"], 0U);
    EXPECT_NE(battery().snapshot().state.connection_information.view(), "Connected");
}

TEST_F(SessionTest, ASilentBatteryIsOfflineAfterTenSecondsAndComesBack)
{
    session->start();
    loop.advance(3s);
    port->answer(0, false);
    loop.advance(9s);
    EXPECT_TRUE(battery().snapshot().state.online);
    loop.advance(3s);
    EXPECT_FALSE(battery().snapshot().state.online);
    EXPECT_FALSE(battery().snapshot().derived.voltage);
    port->answer(0, true);
    loop.advance(2s);
    EXPECT_TRUE(battery().snapshot().state.online);
    EXPECT_TRUE(host.released.empty());
}

TEST_F(SessionTest, ALostBatteryIsReleasedAndLookedForUntilItIsBack)
{
    config.block_on_disconnect = true;  // given up after 60 s
    session->start();
    loop.advance(3s);
    port->answer(0, false);
    loop.advance(70s);
    ASSERT_EQ(host.released.size(), 1U);
    EXPECT_EQ(battery().snapshot().state.bms_cable, 2);
    loop.advance(60s);
    EXPECT_NE(session->state(), PortSession::State::serving);
    port->answer(0, true);
    loop.advance(70s);
    EXPECT_EQ(session->state(), PortSession::State::serving);
    EXPECT_EQ(host.attached, 2);
    EXPECT_EQ(host.batteries.size(), 1U);
}

// core/charge-control.md section 15, number 11.
TEST_F(SessionTest, A15_11_APulledAdapterIsALostLinkAndComesBackByItself)
{
    session->start();
    loop.advance(3s);
    port->there = false;
    loop.advance(12s);
    EXPECT_FALSE(battery().snapshot().state.online);
    EXPECT_TRUE(host.released.empty()) << "the service stays for its time";
    EXPECT_FALSE(port->is_open());
    port->there = true;
    loop.advance(3s);
    EXPECT_TRUE(battery().snapshot().state.online);
    EXPECT_EQ(host.attached, 1);
}

TEST_F(SessionTest, A15_11_APulledAdapterIsGivenUpInItsTimeAndFoundWhenItIsBack)
{
    config.block_on_disconnect = true;
    session->start();
    loop.advance(3s);
    port->there = false;
    loop.advance(12s);
    EXPECT_EQ(battery().snapshot().limits.charge.applied, 0);
    loop.advance(50s);
    ASSERT_EQ(host.released.size(), 1U);
    EXPECT_EQ(session->state(), PortSession::State::absent);
    port->there = true;
    loop.advance(3s);
    EXPECT_EQ(session->state(), PortSession::State::serving);
}

TEST_F(SessionTest, ASuspendedSessionLeavesThePortAlone)
{
    session->start();
    loop.advance(3s);
    session->suspend();
    loop.advance(1500ms);
    const auto before = port->exchanges;
    loop.advance(12s);
    EXPECT_EQ(port->exchanges, before);
    EXPECT_FALSE(port->is_open());
    EXPECT_FALSE(battery().snapshot().state.online);
    session->resume();
    loop.advance(2s);
    EXPECT_TRUE(battery().snapshot().state.online);
}

TEST_F(SessionTest, EightFailedReadsReopenThePort)
{
    session->start();
    loop.advance(3s);
    const auto before = port->opened;
    port->answer(0, false);
    loop.advance(12s);
    EXPECT_GT(port->opened, before);
}

TEST_F(SessionTest, CommandsReachTheBmsOnceAndTellWhatBecameOfThem)
{
    truth.telemetry.charge_fet = truth.telemetry.discharge_fet = true;
    session->start();
    loop.advance(3s);
    std::vector<Outcome> outcomes;
    battery().on_outcome([&](const Outcome& outcome) { outcomes.push_back(outcome); });
    ASSERT_TRUE(battery().request({Command::Kind::force_charging_off, 1}));
    EXPECT_FALSE(battery().request({Command::Kind::turn_heating_off, 1})) << "JBD has no heater";
    EXPECT_FALSE(battery().request({Command::Kind::force_charging_off, 2}));
    loop.advance(2s);
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_TRUE(outcomes[0].done);
    EXPECT_EQ(truth.telemetry.charge_fet, false);
    EXPECT_FALSE(battery().snapshot().limits.charge.allowed);
    port->answer(0, false);
    ASSERT_TRUE(battery().request({Command::Kind::force_charging_off, 0}));
    loop.advance(3s);
    ASSERT_EQ(outcomes.size(), 2U);
    EXPECT_FALSE(outcomes[1].done);
    EXPECT_EQ(outcomes[1].reason, "silence");
}

TEST_F(SessionTest, ABatteryThatMovedElsewhereIsLeftAloneHere)
{
    session->start();
    loop.advance(3s);
    battery().move_to("/dev/ttyUSB5", "", 0);
    port->answer(0, false);
    loop.advance(5s);
    EXPECT_TRUE(session->batteries().empty());
    EXPECT_TRUE(host.released.empty()) << "it is served over there";
}

TEST_F(SessionTest, StopReleasesEverything)
{
    session->start();
    loop.advance(3s);
    session->stop();
    EXPECT_EQ(host.released.size(), 1U);
    const auto before = port->exchanges;
    loop.advance(5s);
    EXPECT_EQ(port->exchanges, before);
}

TEST_F(SessionTest, NobodyThereIsAskedAgainWithLongerWaits)
{
    port->answer(0, false);
    session->start();
    loop.advance(10min);
    EXPECT_TRUE(session->empty_searches() >= 6 && session->empty_searches() <= 14) << session->empty_searches();
    port->answer(0, true);
    loop.advance(100s);
    EXPECT_EQ(session->state(), PortSession::State::serving);
}

/// Several batteries of one type on one pair of wires.
class MixedBusTest : public testing::TestWithParam<std::string_view> {
  protected:
    static constexpr std::size_t count = 3;

    MixedBusTest()
    {
        std::mt19937_64 random(3);
        auto owned = std::make_unique<test::FakePort>(loop, "/dev/ttyUSB0");
        port = owned.get();
        for (std::size_t i = 0; i < count; ++i) {
            bms::Line line = entry.lines.front();
            line.address = static_cast<std::uint8_t>(line.address + i);
            config.battery_addresses.push_back(bms::address_text(line.address));
            truth[i] = test::possible(entry, test::random_reading(random, 16));
            port->add(entry.device(truth[i], line), line.baud);
        }
        config.bms_type = {std::string(entry.name)};
        session = std::make_unique<PortSession>(loop, std::move(owned), host, config, memory);
        session->on_read([this](const Reading&, double, bool success) { good += success; });
    }

    const bms::Entry& entry = *bms::find(GetParam());
    ManualLoop loop;
    config::Config config = config::defaults();
    TypeMemory memory{""};
    RecordingHost host{loop, config};
    std::array<Reading, count> truth;
    test::FakePort* port = nullptr;
    std::unique_ptr<PortSession> session;
    int good = 0;
};

TEST_P(MixedBusTest, ADeadBatteryLeavesTheOthersTheirPollRate)
{
    session->start();
    for (int i = 0; i < 60 && session->batteries().size() < count; ++i) loop.advance(1s);
    ASSERT_EQ(session->batteries().size(), count);
    const auto reads_in = [&](Duration time) {
        good = 0;
        loop.advance(time);
        return good;
    };
    const int before = reads_in(100s);
    port->answer(1, false);
    loop.advance(20s);
    const int after = reads_in(100s);
    EXPECT_GE(after, 0.95 * before * 2 / 3) << "of " << before << " reads in all";
    EXPECT_FALSE(host.batteries.at("/dev/ttyUSB0" + config.battery_addresses[1])->snapshot().state.online);
    port->answer(1, true);
    loop.advance(40s);
    EXPECT_TRUE(host.batteries.at("/dev/ttyUSB0" + config.battery_addresses[1])->snapshot().state.online);
    EXPECT_NEAR(reads_in(100s), before, 3) << "the poll interval was not raised";
}

std::vector<std::string_view> types_with_addresses()
{
    std::vector<std::string_view> names;
    for (const bms::Entry* entry : bms::catalogue())
        if (entry->addressable && entry->addressed) names.push_back(entry->name);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, MixedBusTest, testing::ValuesIn(types_with_addresses()),
                         [](const auto& info) { return std::string(info.param); });

// core/lifecycle.md section 7: what is logged of an outage, once each.
TEST_F(SessionTest, ALostBatteryAndItsReturnAreLoggedOnce)
{
    static std::vector<std::string> lines;
    lines.clear();
    log::set_sink([](log::Level, std::string_view text) { lines.emplace_back(text); });
    const auto count = [](std::string_view part) {
        return std::ranges::count_if(lines, [part](const auto& line) { return line.find(part) != std::string::npos; });
    };
    session->start();
    loop.advance(10s);
    port->answer(0, false);
    loop.advance(20s);
    EXPECT_EQ(count(">>> /dev/ttyUSB0: no good answer on /dev/ttyUSB0 for 10 s"), 1);
    EXPECT_EQ(count("Lost for: "), 1);
    port->answer(0, true);
    loop.advance(30s);
    EXPECT_EQ(count("answers again"), 1);
    EXPECT_EQ(count("reconnected"), 0) << "not before a minute without an error";
    loop.advance(60s);
    EXPECT_EQ(count("reconnected"), 1);
    log::set_sink(nullptr);
}

}  // namespace
}  // namespace bmsd::battery
