// The Board tells everybody, the Gate lets through what may be asked.
#include <gtest/gtest.h>

#include <stdexcept>

#include "site/events.h"
#include "site/gate.h"

namespace bmsd::site {
namespace {

using enum Change::What;

WhoPtr battery(unsigned number)
{
    Who who;
    who.id = BatteryId{number};
    who.name = "ttyUSB" + std::to_string(number);
    who.commands = {Command::Kind::force_charging_off};
    return std::make_shared<const Who>(who);
}

Snapshot at(double voltage)
{
    Snapshot snapshot;
    snapshot.derived.voltage = voltage;
    return snapshot;
}

TEST(Board, TellsInOrderAndKeepsTheLast)
{
    Board board;
    std::vector<Change::What> seen;
    auto subscription = board.subscribe([&](const Change& change) { seen.push_back(change.what); });
    board.post(changed, battery(1), at(1));  // not there: nothing
    for (const auto what : {cycle, cycle, changed, left, left}) board.post(what, battery(1), at(2));
    EXPECT_EQ(seen, (std::vector{appeared, cycle, changed, left}));
    EXPECT_EQ(board.last(BatteryId{1}), nullptr);
    subscription.reset();
    board.post(cycle, battery(2), at(3));
    EXPECT_EQ(seen.size(), 4U);
    EXPECT_EQ(board.last(BatteryId{2})->derived.voltage, 3);
}

TEST(Board, ASnapshotThatIsKeptNeverChanges)
{
    Board board;
    board.post(cycle, battery(1), at(1));
    const SnapshotPtr kept = board.last(BatteryId{1});
    for (int i = 2; i < 9; ++i) board.post(cycle, battery(1), at(i));
    EXPECT_EQ(kept->derived.voltage, 1);
    EXPECT_EQ(board.last(BatteryId{1})->derived.voltage, 8);
}

TEST(Board, ASubscriberThatThrowsOrEndsCostsTheOthersNothing)
{
    Board board;
    int told = 0;
    Subscription ending;
    ending = board.subscribe([&](const Change&) { ending.reset(); });
    const auto bad = board.subscribe([](const Change&) { throw std::runtime_error("full"); });
    const auto good = board.subscribe([&](const Change&) { ++told; });
    board.post(cycle, battery(1), at(1));
    board.post(cycle, battery(1), at(2));
    EXPECT_EQ(told, 2);
}

TEST(Newest, SkipsWhatIsOld)
{
    Board board;
    int woken = 0;
    Newest newest(board, [&] { ++woken; });
    for (int i = 1; i < 4; ++i) board.post(cycle, battery(1), at(i));
    board.post(cycle, battery(2), at(9));
    board.post(left, battery(2), at(9));  // came and went unseen
    EXPECT_EQ(woken, 1);
    auto changes = newest.fetch();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].what, appeared);
    EXPECT_EQ(changes[0].now->derived.voltage, 3);
    EXPECT_TRUE(newest.fetch().empty());
    board.post(left, battery(1), at(3));
    board.post(cycle, battery(1), at(4));
    changes = newest.fetch();
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0].what, left);
    EXPECT_EQ(changes[1].what, appeared);
}

struct Recorder final : Servant {
    int wishes = 0;
    Result<void> carry_out(const Wish&, Told told) override
    {
        ++wishes;
        told({true, {}});
        return {};
    }
};

TEST(Gate, LetsThroughWhatMayBeAsked)
{
    Board board;
    Gate gate(board);
    Recorder servant;
    const BatteryId id{1};
    const auto ask = [&](Origin origin, Wish wish) { return gate.ask({id, origin, std::move(wish)}).has_value(); };
    const Command off{Command::Kind::force_charging_off, 1};
    gate.serve(id, &servant);
    EXPECT_FALSE(ask(Origin::dbus, off)) << "not there yet";
    board.post(cycle, battery(1), at(1));
    EXPECT_TRUE(ask(Origin::dbus, off));
    EXPECT_TRUE(ask(Origin::dbus, ClearHistory{7}));
    EXPECT_TRUE(ask(Origin::dbus, Rename{std::string(128, 'x')}));
    EXPECT_EQ(servant.wishes, 3);
    EXPECT_FALSE(ask(Origin::mqtt, off)) << "no rights";
    EXPECT_FALSE(ask(Origin::dbus, Command{Command::Kind::turn_heating_off, 1})) << "no heater";
    EXPECT_FALSE(ask(Origin::dbus, Command{Command::Kind::force_charging_off, 2}));
    EXPECT_FALSE(ask(Origin::dbus, Command{Command::Kind::set_soc, 101}));
    EXPECT_FALSE(ask(Origin::dbus, ClearHistory{8}));
    EXPECT_FALSE(ask(Origin::dbus, Rename{std::string(129, 'x')}));
    EXPECT_FALSE(ask(Origin::dbus, Rename{"a\nb"}));
    gate.grant(Origin::mqtt, {.switches = true});
    EXPECT_TRUE(ask(Origin::mqtt, off));
    EXPECT_FALSE(ask(Origin::mqtt, Rename{"x"}));
    EXPECT_EQ(servant.wishes, 4);
}

TEST(EventWatch, AnAlarmThatIsNoLongerToldIsNotOver)
{
    EventWatch watch;
    Snapshot now;
    now.state.online = true;
    now.alarms.levels[0] = 2;
    ASSERT_EQ(watch.step(now).size(), 1U);
    now.alarms.levels[0].reset();
    EXPECT_TRUE(watch.step(now).empty());
    now.alarms.levels[0] = 2;
    EXPECT_TRUE(watch.step(now).empty()) << "it did not come twice";
    now.alarms.levels[0] = 0;
    const auto over = watch.step(now);
    ASSERT_EQ(over.size(), 1U);
    EXPECT_EQ(over[0].level, 0);
}

}  // namespace
}  // namespace bmsd::site
