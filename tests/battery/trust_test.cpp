// What is believed and when: commands, age, gaps, the number of cells (core/charge-control.md section 15).
#include <gtest/gtest.h>

#include "battery/session_fixture.h"

namespace bmsd::battery {
namespace {

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
    EXPECT_TRUE(outcomes > 11 && outcomes <= 22) << outcomes << ": one write between two polls, of both switches";
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
TEST_F(SessionTest, A15_19_AfterAGapTheIdentityIsReadBeforeTheValuesAreUsed)
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

TEST_F(SessionTest, AnAdapterThatWasPulledIsAskedWhoItIsHoweverShortThatWas)
{
    session->start();
    loop.advance(3s);
    port->there = false;
    loop.advance(1s);
    truth.telemetry.voltage = 52.0;
    truth.telemetry.capacity = 77;
    port->there = true;
    loop.advance(900ms);
    EXPECT_NEAR(battery().reading().telemetry.voltage.value_or(0), 52.8, 1e-9);
    loop.advance(5s);
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

/// Number 19 for every type: after a pause it is identified again, by the same object, and goes on as it was.
class GapTest : public testing::TestWithParam<std::string_view> {};

TEST_P(GapTest, AfterAPauseTheSameBatteryGoesOn)
{
    const bms::Entry& entry = *bms::find(GetParam());
    ManualLoop loop;
    config::Config config = config::defaults();
    config.bms_type = {std::string(entry.name)};
    TypeMemory memory{""};
    RecordingHost host{loop, config};
    std::mt19937_64 random(3);
    Reading truth = test::possible(entry, test::random_reading(random, 4));
    auto owned = std::make_unique<test::FakePort>(loop, "/dev/ttyUSB0");
    test::FakePort* port = owned.get();
    port->add(entry.device(truth, entry.lines.front()), entry.lines.front().baud);
    PortSession session(loop, std::move(owned), host, config, memory);
    session.start();
    for (int i = 0; i < 90 && session.batteries().empty(); ++i) loop.advance(1s);
    if (session.batteries().empty()) GTEST_SKIP() << "this reading is none of this type";
    loop.advance(30s);
    Battery& battery = *session.batteries().front();
    ASSERT_EQ(battery.missed(), 0);
    port->answer(0, false);
    loop.advance(40s);
    EXPECT_FALSE(battery.snapshot().state.online);
    port->answer(0, true);
    loop.advance(90s);
    EXPECT_EQ(battery.missed(), 0);
    EXPECT_TRUE(battery.snapshot().state.online);
    EXPECT_EQ(host.attached, 1);
    EXPECT_TRUE(host.released.empty());
    session.stop();
}

std::vector<std::string_view> serial_types()
{
    std::vector<std::string_view> names;
    for (const bms::Entry* entry : bms::catalogue())
        if (entry->transport == bms::Transport::serial) names.push_back(entry->name);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, GapTest, testing::ValuesIn(serial_types()),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace bmsd::battery
