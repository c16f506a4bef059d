// What an inverter hears in virtual time: when, in which order, and what when the battery or the inverter is lost.
#include "inverter/output.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "config/schema.h"
#include "inverter/source.h"
#include "support/can_wire.h"

namespace bmsd::inverter {
namespace {

using namespace std::chrono_literals;
using What = site::Change::What;
using Phase = Output::Phase;

class OutputTest : public testing::Test {
  protected:
    OutputTest()
    {
        who->id = BatteryId{1};
        who->unique_id = "A1";
        who->name = "ttyUSB0";
        Snapshot& s = snapshot;
        s.derived.voltage = 52.17;
        s.derived.current = -30.1;
        s.derived.soc = 87.65;
        s.derived.temperature = 23.5;
        s.derived.min_cell_voltage = 3.312;
        s.derived.max_cell_voltage = 3.328;
        s.derived.min_temperature = 20;
        s.derived.max_temperature = 24;
        s.telemetry.soh = 99;
        s.telemetry.cell_count = 16;
        s.telemetry.cell_voltages.assign(16, 3.32);
        s.derived.capacity = 280;
        s.telemetry.capacity_remaining = 245;
        s.limits.charge_voltage = 55.2;
        s.limits.battery_low_voltage = 44.8;
        s.limits.charge.applied = 100;
        s.limits.discharge.applied = 150;
        s.limits.charge.allowed = s.limits.discharge.allowed = true;
        s.limits.charge_mode = "Bulk";
        bus.start();
    }
    void begin(std::string_view name = "pylontech")
    {
        output = std::make_unique<Output>(loop, board, bus, *profile(name), config);
        output->start();
    }
    void post(What what = What::cycle) { board.post(what, who, snapshot); }
    /// A cycle of the battery each second, as good as the snapshot says.
    void run(Duration duration)
    {
        for (Duration done{}; done < duration; done += 1s) {
            if (present) post();
            loop.advance(1s);
        }
    }
    void lose(bool blocked)
    {
        snapshot.state.online = false;
        snapshot.derived.voltage = snapshot.derived.current = std::nullopt;
        if (!blocked) return;
        snapshot.limits.charge.applied = snapshot.limits.discharge.applied = 0;
        snapshot.limits.charge.allowed = snapshot.limits.discharge.allowed = false;
    }
    void give_up()
    {
        post(What::left);
        present = false;
    }
    /// Data of the newest frame of this id since the last clear; "" = none.
    std::string last(std::uint32_t id) const
    {
        for (auto one = wire.heard.rbegin(); one != wire.heard.rend(); ++one)
            if (one->id == CanId{id}) return to_hex(one->bytes());
        return "";
    }
    std::size_t count(std::uint32_t id) const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(wire.heard, [id](const CanFrame& frame) { return frame.id.value == id; }));
    }

    ManualLoop loop;
    config::Config config = config::defaults();
    site::Board board;
    test::CanWire wire;
    link::CanBus bus{loop, "can1", wire.socket(), 500000};
    std::shared_ptr<Who> who = std::make_shared<Who>();
    Snapshot snapshot;
    bool present = true;
    std::unique_ptr<Output> output;
};

TEST_F(OutputTest, TheWorkedFramesOnceASecondLimitsFirst)
{
    begin();
    run(1s);
    loop.advance(700ms);
    wire.heard.clear();
    run(10s);
    ASSERT_EQ(wire.heard.size(), 60U);
    EXPECT_EQ(wire.heard.front().id.value, 0x351U);
    EXPECT_EQ(last(0x351), "2802e803dc05c001");
    EXPECT_EQ(last(0x355), "570063003d220000");
    EXPECT_EQ(last(0x356), "6114d3feeb000000");
    EXPECT_EQ(last(0x359), "0000000001504e00");
    EXPECT_EQ(last(0x35C), "c000000000000000");
    EXPECT_EQ(output->phase(), Phase::sending);
    EXPECT_EQ(output->sent().size(), 6U);
}

TEST_F(OutputTest, EveryProfileSendsItsWholeSetEachSecondOneFrameAtATime)
{
    for (const Profile& one : profiles()) {
        SCOPED_TRACE(one.name);
        begin(one.name);
        run(2s);
        std::vector<Instant> times;
        wire.on_frame = [&](const CanFrame&) { times.push_back(loop.now()); };
        const std::size_t size = output->sent().size();
        ASSERT_GE(size, 5U);
        run(10s);
        wire.on_frame = nullptr;
        EXPECT_EQ(times.size(), 10 * size);
        for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], 50ms);
        output.reset();
    }
}

TEST_F(OutputTest, NothingBeforeTheFirstCompletePoll)
{
    begin();
    loop.advance(5s);
    EXPECT_TRUE(wire.heard.empty());
    const Number soc = snapshot.derived.soc;
    snapshot.derived.soc.reset();
    run(5s);
    EXPECT_TRUE(wire.heard.empty()) << "no SoC yet";
    snapshot.derived.soc = soc;
    snapshot.limits.charge_voltage.reset();
    run(5s);
    EXPECT_TRUE(wire.heard.empty()) << "no charge voltage yet";
    snapshot.limits.charge_voltage = 55.2;
    run(2s);
    EXPECT_EQ(wire.heard.front().id.value, 0x351U);
}

TEST_F(OutputTest, ALostBatteryKeepsTheLimitsOfTheControlWithAWarning)
{
    begin("pylontech_plus");
    run(5s);
    lose(false);
    snapshot.limits.charge_voltage = 54;
    run(2s);
    wire.heard.clear();
    run(5min);
    EXPECT_EQ(output->phase(), Phase::holding);
    EXPECT_EQ(count(0x351), 300U);
    EXPECT_EQ(last(0x351), "1c02e803dc05c001");
    EXPECT_EQ(last(0x359), "0000000801504e00") << "internal communication, warning";
    EXPECT_EQ(last(0x35A), "aaaaaa02aaaa6a02");
    EXPECT_EQ(last(0x355), "570063003d220000");
    EXPECT_EQ(last(0x356), "") << "voltage and current are not known";
    EXPECT_EQ(last(0x373), "");
    EXPECT_EQ(last(0x35C), "c000000000000000");
}

TEST_F(OutputTest, ABlockedOneIsNoCurrentAndAnAlarmForAMinuteThenSilence)
{
    begin("pylontech_plus");
    run(5s);
    lose(true);
    run(2s);
    EXPECT_EQ(output->phase(), Phase::blocking);
    EXPECT_EQ(last(0x351),
              "1c020000"
              "0000c001")
        << "CVL at most float: 16 * 3.375 V";
    EXPECT_EQ(last(0x35C), "0000000000000000");
    EXPECT_EQ(last(0x359), "0008000001504e00");
    EXPECT_EQ(last(0x35A), "aaaa6a02aaaaaa02");
    wire.heard.clear();
    run(57s);
    EXPECT_EQ(count(0x351), 57U);
    run(5s);
    EXPECT_EQ(output->phase(), Phase::silent);
    wire.heard.clear();
    run(10min);
    EXPECT_TRUE(wire.heard.empty());
}

TEST_F(OutputTest, OneThatIsGivenUpIsToldTheSame)
{
    begin();
    run(5s);
    give_up();
    run(2s);
    EXPECT_EQ(output->phase(), Phase::blocking);
    EXPECT_EQ(last(0x351),
              "1c020000"
              "0000c001");
    run(60s);
    EXPECT_EQ(output->phase(), Phase::silent);
}

TEST_F(OutputTest, HeldThenGivenUpEndsInSilence)
{
    begin();
    run(5s);
    lose(false);
    run(30min);
    EXPECT_EQ(output->phase(), Phase::holding);
    give_up();
    run(59s);
    EXPECT_EQ(output->phase(), Phase::blocking);
    run(3s);
    EXPECT_EQ(output->phase(), Phase::silent);
}

TEST_F(OutputTest, SmaIsNotLeftAloneWhileTheSocIsKnown)
{
    begin("sma");
    run(5s);
    lose(true);
    run(10min);
    EXPECT_EQ(output->phase(), Phase::blocking);
    wire.heard.clear();
    run(10s);
    EXPECT_EQ(count(0x351), 10U);
    EXPECT_EQ(count(0x355), 10U);
    EXPECT_EQ(last(0x356), "") << "not known";
}

TEST_F(OutputTest, ComesBackFromEachPhase)
{
    begin();
    run(5s);
    const Snapshot good = snapshot;
    for (const Duration away : {5s, 30s, 120s}) {
        lose(true);
        run(away);
        snapshot = good;
        run(2s);
        EXPECT_EQ(output->phase(), Phase::sending);
        EXPECT_EQ(last(0x351), "2802e803dc05c001");
        EXPECT_EQ(last(0x359), "0000000001504e00");
    }
}

TEST_F(OutputTest, ASourceThatIsNotHeardOfAnyMoreIsGoneWhateverItSaidLast)
{
    begin();
    run(5s);
    loop.advance(20s);
    EXPECT_EQ(output->phase(), Phase::sending);
    loop.advance(15s);
    EXPECT_EQ(output->phase(), Phase::blocking);
}

TEST_F(OutputTest, TheInverterIsReportedAndNoConditionForSending)
{
    begin();
    run(90s);
    EXPECT_EQ(output->peer().state, Peer::State::never);
    EXPECT_EQ(output->phase(), Phase::sending);
    for (int second = 0; second < 5; ++second) {
        wire.put(bms::can_frame({0x305}, {0, 0, 0, 0, 0, 0, 0, 0}));
        run(1s);
    }
    EXPECT_EQ(output->peer().state, Peer::State::up);
    run(12s);
    EXPECT_EQ(output->peer().state, Peer::State::lost);
    wire.heard.clear();
    run(10s);
    EXPECT_EQ(count(0x351), 10U) << "frames go on";
    wire.put(bms::can_frame({0x305, true}, {0}));  // some send it as an extended frame
    run(1s);
    EXPECT_EQ(output->peer().state, Peer::State::up);
    EXPECT_EQ(output->heard().size(), 2U);
}

TEST_F(OutputTest, OtherFramesAreNoInverterAndDoNotGrowTheList)
{
    begin();
    for (std::uint32_t id = 0; id < 1000; ++id) {
        wire.put(bms::can_frame({id, true}, {1}));
        if (id == 0x304) id = 0x307;
        if (id % 100 == 0) run(1s);
    }
    run(2s);
    EXPECT_EQ(output->peer().state, Peer::State::never);
    EXPECT_LE(output->heard().size(), 128U);
}

TEST_F(OutputTest, DownUpBusOffAndFullCostFramesNothingElse)
{
    begin();
    run(3s);
    wire.set_up(false);
    run(10s);
    wire.set_up(true);
    wire.heard.clear();
    run(10s);
    EXPECT_GE(count(0x351), 8U);
    wire.put(link::CanTrouble{.health = link::CanHealth::bus_off});
    run(5s);
    wire.heard.clear();
    run(5s);
    EXPECT_TRUE(wire.heard.empty());
    wire.put(link::CanTrouble{.restarted = true});
    run(5s);
    EXPECT_GE(count(0x351), 4U);
    wire.room = 0;
    run(5s);
    wire.room = 100000;
    wire.heard.clear();
    run(5s);
    EXPECT_GE(count(0x351), 4U);
    wire.remove();
    run(5s);
    wire.add();
    wire.heard.clear();
    run(5s);
    EXPECT_GE(count(0x351), 3U);
}

TEST_F(OutputTest, TheBankGoesBeforeItsBatteries)
{
    snapshot.alarms[Alarm::high_cell_voltage] = 0;
    begin();
    run(2s);
    auto bank = std::make_shared<Who>();
    bank->id = BatteryId{7};
    bank->bank = true;
    Snapshot all = snapshot;
    all.limits.charge.applied = 40;
    all.alarms[Alarm::high_cell_voltage] = 2;
    board.post(What::cycle, bank, all);
    run(1s);
    board.post(What::cycle, bank, all);
    run(1s);
    EXPECT_EQ(last(0x351).substr(4, 4), "9001");
    EXPECT_EQ(last(0x359).substr(0, 8), "00000200") << "a battery has no alarm: a warning";
    snapshot.alarms[Alarm::high_cell_voltage] = 2;
    board.post(What::cycle, bank, all);
    run(2s);
    EXPECT_EQ(last(0x359).substr(0, 8), "02000000") << "now all have it";
}

TEST_F(OutputTest, SeveralWithoutABankAndWithoutANameAreNobody)
{
    auto other = std::make_shared<Who>();
    other->id = BatteryId{2};
    other->custom_name = "Garage";
    Snapshot there = snapshot;
    there.limits.charge.applied = 20;
    board.post(What::cycle, other, there);
    post();
    begin();
    run(5s);
    EXPECT_TRUE(wire.heard.empty());
    config.can_output_battery = "Garage";
    board.post(What::cycle, other, there);
    run(2s);
    EXPECT_EQ(last(0x351).substr(4, 4), "c800");
}

TEST_F(OutputTest, ForceChargeHasAThresholdAndHysteresis)
{
    config.can_output_force_charge_soc = 10;
    begin();
    const auto bit = [this](double soc) {
        snapshot.derived.soc = soc;
        run(2s);
        return (from_hex(last(0x35C))->front() >> 4 & 1) != 0;
    };
    EXPECT_FALSE(bit(50));
    EXPECT_FALSE(bit(10));
    EXPECT_TRUE(bit(9.9));
    EXPECT_TRUE(bit(14.9));
    EXPECT_FALSE(bit(15));
    EXPECT_FALSE(bit(11));
    config.can_output_force_charge_soc = 0;
    EXPECT_FALSE(bit(1));
}

TEST_F(OutputTest, AFullChargeIsAskedForAfterThirtyDays)
{
    begin();
    const auto bit = [this] {
        run(2s);
        return (from_hex(last(0x35C))->front() >> 3 & 1) != 0;
    };
    EXPECT_FALSE(bit());
    snapshot.time_since_last_full_charge = 31 * 86400;
    EXPECT_TRUE(bit());
    snapshot.derived.soc = 97;
    EXPECT_FALSE(bit());
}

TEST_F(OutputTest, FullIsSaidByTheChargeControlOnly)
{
    begin();
    snapshot.derived.soc = 100;
    run(2s);
    EXPECT_EQ(last(0x355).substr(0, 4), "6300");
    snapshot.limits.charge_mode = "Float Transition";
    run(2s);
    EXPECT_EQ(last(0x355).substr(0, 4), "6400");
}

TEST_F(OutputTest, WhatIsNotKnownIsToldOnTheSafeSide)
{
    begin();
    snapshot.telemetry.soh.reset();
    snapshot.derived.temperature = snapshot.derived.min_temperature = snapshot.derived.max_temperature = std::nullopt;
    run(2s);
    EXPECT_EQ(last(0x355).substr(4, 4), "6400") << "no inverter may take it for a dead battery";
    EXPECT_EQ(last(0x356).substr(8, 4), "0000") << "freezing: never charged harder for it";
    output.reset();
    wire.heard.clear();
    begin("sma");
    run(2s);
    EXPECT_EQ(last(0x355).substr(4, 4), "ffff");
    EXPECT_EQ(last(0x356).substr(8, 4), "0080");
}

TEST_F(OutputTest, AVoltageTheInverterWouldIgnoreIsNotSentAtAll)
{
    begin("sma");
    snapshot.limits.charge_voltage = 28;
    run(5s);
    EXPECT_TRUE(wire.heard.empty()) << "it would go by an older limit";
}

TEST_F(OutputTest, EveryProfileOfTheConfigurationIsThere)
{
    std::vector<std::string_view> names;
    for (const Profile& one : profiles()) names.push_back(one.name);
    EXPECT_EQ(config::choices_of(*config::find("CAN_OUTPUT_PROFILE")), names);
    config.can_output_interface = "can1";
    config.can_output_profile = "growatt";
    const Link link(loop, board, config, wire.socket());
    EXPECT_EQ(link.bus().name(), "can1");
    config.can_output_profile = "none such";
    EXPECT_THROW(Link(loop, board, config, wire.socket()), std::runtime_error);
}

TEST(SoftenAlarms, OnlyByABatteryThatIsKnownNotToHaveIt)
{
    constexpr Alarm high = Alarm::high_cell_voltage;
    for (const auto& [of_second, told] : {std::pair<Level, int>{2, 2}, {0, 1}, {1, 1}, {std::nullopt, 2}}) {
        site::Board board;
        Snapshot snapshot;
        snapshot.state.online = true;
        for (const unsigned number : {1U, 2U}) {
            auto member = std::make_shared<Who>();
            member->id = BatteryId{number};
            snapshot.alarms[high] = number == 1 ? Level(2) : of_second;
            board.post(What::cycle, member, snapshot);
        }
        Alarms alarms;
        alarms[high] = 2;
        soften_alarms(board, alarms);
        EXPECT_EQ(alarms[high], told) << of_second.value_or(9);
    }
}

}  // namespace
}  // namespace bmsd::inverter
