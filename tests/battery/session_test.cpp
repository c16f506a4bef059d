// The life of a port in virtual time: found, read, lost, given up, found again.
#include "battery/port_session.h"

#include <gtest/gtest.h>

#include <map>

#include "bms/language/identity.h"
#include "config/schema.h"
#include "support/fake_port.h"
#include "support/random_reading.h"
#include "support/rig.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

using namespace std::chrono_literals;

class RecordingHost final : public Host {
  public:
    RecordingHost(Loop& loop, const config::Config& config) : loop_(loop), config_(config) {}

    Task<std::shared_ptr<Battery>> attach(Found& found, const std::string& port) override
    {
        auto& known = batteries[port + found.configured];
        const auto anew = [&] {
            return !known || !same_pack(known->reading(), found.reading) ||
                   known->reading().telemetry.cell_count != found.reading.telemetry.cell_count;
        };
        if (anew())
            known = std::make_shared<Battery>(
                Facts{found.entry, port, found.configured, found.line.address, port + found.configured}, found.reading,
                config_, control::Traits{}, control::Stored{}, loop_);
        ++attached;
        co_return known;
    }
    void cycle(Battery& battery) override
    {
        ++cycles[battery.facts().id];
        battery.snapshot().state.online ? ++online : ++offline;
    }
    void release(Battery& battery) override { released.push_back(battery.facts().id); }

    std::map<std::string, std::shared_ptr<Battery>> batteries;
    std::map<std::string, int> cycles;
    std::vector<std::string> released;
    int attached = 0, online = 0, offline = 0;

  private:
    Loop& loop_;
    const config::Config& config_;
};

class SessionTest : public testing::Test {
  protected:
    SessionTest()
    {
        std::mt19937_64 random(3);
        truth = test::random_reading(random, 16);
        for (auto& cell : truth.telemetry.cell_voltages) cell = 3.3;
        truth.telemetry.voltage = 52.8;
        auto owned = std::make_unique<test::FakePort>(loop, "/dev/ttyUSB0");
        port = owned.get();
        port->add(entry.device(truth, entry.lines.front()), 9600);
        memory.remember("/dev/ttyUSB0", "LltJbd");  // so that no test depends on how long the others are asked
        session = std::make_unique<PortSession>(loop, std::move(owned), host, config, memory);
    }
    Battery& battery() { return *host.batteries.begin()->second; }

    const bms::Entry& entry = *bms::find("LltJbd");
    ManualLoop loop;
    config::Config config = config::defaults();
    TypeMemory memory{""};
    RecordingHost host{loop, config};
    Reading truth;
    test::FakePort* port = nullptr;
    std::unique_ptr<PortSession> session;
};

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
TEST_F(SessionTest, APulledAdapterIsALostLinkAndComesBackByItself)
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

TEST_F(SessionTest, APulledAdapterIsGivenUpInItsTimeAndFoundWhenItIsBack)
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

// core/charge-control.md section 15, number 15: what waits for the BMS never keeps a poll waiting.
TEST_F(SessionTest, AFloodOfCommandsNeitherStarvesThePollsNorGrowsAnything)
{
    truth.telemetry.charge_fet = truth.telemetry.discharge_fet = true;
    session->start();
    loop.advance(3s);
    int outcomes = 0;
    battery().on_outcome([&](const Outcome&) { ++outcomes; });
    const int before = host.cycles["/dev/ttyUSB0"];
    for (int i = 0; i < 10 * 30; ++i) {
        ASSERT_TRUE(battery().request({Command::Kind::force_charging_off, static_cast<double>(i % 2)}));
        ASSERT_TRUE(battery().request({Command::Kind::force_discharging_off, static_cast<double>(i % 2)}));
        EXPECT_LE(battery().pending().size(), 2U);
        loop.advance(33ms);
    }
    EXPECT_GE(host.cycles["/dev/ttyUSB0"] - before, 9);
    EXPECT_LE(outcomes, 11) << "one between two polls";
    EXPECT_NEAR(battery().link().poll_interval, 1, 1e-9) << "they do not set the pace of the reads";
}

TEST_F(SessionTest, OfEachKindTheNewestCommandIsCarriedOut)
{
    session->start();
    loop.advance(3s);
    std::vector<std::string> carried;
    battery().on_outcome([&](const Outcome& outcome) {
        carried.push_back(std::string(name(outcome.command.kind)) + "=" + (outcome.command.value != 0 ? "1" : "0"));
    });
    for (const double value : {1.0, 0.0, 1.0}) (void)battery().request({Command::Kind::force_charging_off, value});
    (void)battery().request({Command::Kind::turn_balancing_off, 0});
    (void)battery().request({Command::Kind::force_charging_off, 0});
    loop.advance(5s);
    EXPECT_EQ(carried, (std::vector<std::string>{"force_charging_off=0", "turn_balancing_off=0"}));
}

TEST_F(SessionTest, ADeadBmsIsNoticedInTimeWhileCommandsAreSent)
{
    config.block_on_disconnect = true;
    session->start();
    loop.advance(3s);
    port->answer(0, false);
    int silent = 0;
    while (battery().snapshot().state.online && silent < 1000) {
        (void)battery().request({Command::Kind::force_charging_off, static_cast<double>(silent % 2)});
        loop.advance(100ms);
        ++silent;
    }
    EXPECT_LE(silent, 125) << "tenths of a second";
    EXPECT_EQ(battery().snapshot().limits.charge.applied, 0);
}

TEST_F(SessionTest, ACommandThatIsRefusedIsAFailedRead)
{
    session->start();
    loop.advance(3s);
    port->damage = [](Bytes& reply) {  // only values are answered
        if (reply.size() > 1 && reply[1] != 0x03 && reply[1] != 0x04) reply.clear();
    };
    int refused = 0;
    battery().on_outcome([&](const Outcome& outcome) { refused += !outcome.done; });
    (void)battery().request({Command::Kind::force_charging_off, 1});
    loop.advance(6s);
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(battery().missed(), 0);
    EXPECT_NE(battery().snapshot().state.connection_information.view().find("1 errors"), std::string_view::npos)
        << battery().snapshot().state.connection_information.view();
    EXPECT_TRUE(battery().snapshot().state.online);
}

TEST_F(SessionTest, TheAgeOfTheReadingIsJudgedAlsoWhileAReadDoesNotEnd)
{
    config.block_on_disconnect = true;
    session->start();
    loop.advance(3s);
    port->reply_time = 5min;  // whatever holds it up
    loop.advance(11s);
    EXPECT_TRUE(battery().snapshot().state.online) << "the poll interval and ten seconds";
    loop.advance(2500ms);
    EXPECT_FALSE(battery().snapshot().state.online);
    EXPECT_EQ(battery().snapshot().limits.charge.applied, 0);
}

// Section 15, number 19: cables may have been swapped in a pause.
TEST_F(SessionTest, AfterAGapTheIdentityIsReadBeforeTheValuesAreUsed)
{
    session->start();
    loop.advance(3s);
    port->answer(0, false);
    loop.advance(7s);
    truth.telemetry.voltage = 52.0;  // while it was away
    truth.telemetry.capacity = 77;   // of JBD the id holds the capacity: another battery
    port->answer(0, true);
    loop.advance(1500ms);
    EXPECT_NEAR(battery().reading().telemetry.voltage.value_or(0), 52.8, 1e-9) << "not the other one's";
    EXPECT_GT(battery().link().refused["implausible"], 0U);
    loop.advance(5s);
    EXPECT_EQ(host.released.size(), 1U) << "it is another one";
    EXPECT_EQ(host.attached, 2);
}

TEST_F(SessionTest, AfterAGapTheSameBatteryGoesOn)
{
    session->start();
    loop.advance(3s);
    port->answer(0, false);
    loop.advance(30s);
    truth.telemetry.voltage = 52.0;
    port->answer(0, true);
    loop.advance(3s);
    EXPECT_NEAR(battery().reading().telemetry.voltage.value_or(0), 52.0, 1e-9);
    EXPECT_EQ(host.attached, 1);
    EXPECT_TRUE(host.released.empty());
}

// Number 14: the number of cells is known, not read each time.
TEST_F(SessionTest, AReplyWithHalfTheCellsIsRefusedAndAMinuteOfThemIsAnotherPack)
{
    session->start();
    loop.advance(3s);
    const auto cells = truth.telemetry.cell_voltages;
    const auto change_to = [&](std::size_t count) {
        truth.telemetry.cell_count = static_cast<std::int64_t>(count);
        truth.telemetry.cell_voltages = cells;
        truth.telemetry.cell_voltages.resize(count);
        truth.telemetry.voltage = 3.3 * static_cast<double>(count);
    };
    const auto before = battery().snapshot().limits.charge_voltage;
    change_to(8);
    loop.advance(1s);
    change_to(16);
    loop.advance(1s);
    EXPECT_EQ(battery().snapshot().limits.charge_voltage, before);
    EXPECT_EQ(battery().reading().telemetry.cell_count, 16);
    EXPECT_GT(battery().link().refused["implausible"], 0U);
    change_to(8);
    loop.advance(50s);
    EXPECT_EQ(battery().reading().telemetry.cell_count, 16);
    EXPECT_EQ(host.attached, 1);
    loop.advance(15s);
    EXPECT_EQ(host.attached, 2) << "it starts anew";
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
    EXPECT_GE(session->empty_searches(), 6);
    EXPECT_LE(session->empty_searches(), 14);
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
