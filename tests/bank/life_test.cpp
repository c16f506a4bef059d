// The life of the bank and of its batteries: core/aggregation.md section 5.
#include "bank/life.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/schema.h"

namespace bmsd::bank {
namespace {

Sighting battery(const std::string& identity, double voltage = 53, double cvl = 55.2)
{
    Sighting s;
    s.identity = s.name = identity;
    s.service = "com.victronenergy.battery." + identity;
    s.own = true;
    s.values[Item::voltage] = voltage;
    s.values[Item::charge_voltage] = cvl;
    s.values[Item::charge_current] = s.values[Item::discharge_current] = 100;
    s.values[Item::installed] = 280;
    s.values[Item::min_cell] = 3.30;
    s.values[Item::max_cell] = 3.32;
    return s;
}

class LifeTest : public testing::Test {
  protected:
    config::Config config = config::defaults();
    std::vector<Sighting> seen;
    std::vector<std::string> lines;
    control::Now now{1000, 1.7e9};
    std::optional<Life> life;

    void begin(std::vector<Learned> learned = {}) { life.emplace(config, std::move(learned)); }
    void pass(double seconds)
    {
        for (double t = 0; t < seconds; t += 1) {
            now.steady += 1;
            now.wall += 1;
            life->step(seen, now);
            for (auto& line : life->take_lines()) lines.push_back(std::move(line));
        }
    }
    Standing standing(const std::string& identity)
    {
        const auto found = std::ranges::find(life->members(), identity, &Member::identity);
        EXPECT_NE(found, life->members().end()) << identity;
        return found->standing;
    }
    const Member& member(const std::string& identity)
    {
        return *std::ranges::find(life->members(), identity, &Member::identity);
    }
    bool told(const std::string& part)
    {
        return std::ranges::any_of(lines, [&](const auto& line) { return line.find(part) != std::string::npos; });
    }
};

TEST_F(LifeTest, TwoBatteriesAreABankAfterFifteenSecondsWithoutAThird)
{
    begin();
    seen = {battery("a")};
    pass(5);
    seen.push_back(battery("b"));
    pass(10);
    seen.push_back(battery("c"));
    pass(15);
    EXPECT_FALSE(life->serving());
    pass(2);
    EXPECT_TRUE(life->serving());
    EXPECT_EQ(life->members().size(), 3U);
    EXPECT_TRUE(life->learned().empty());
    pass(60);
    EXPECT_EQ(life->learned().size(), 3U);
}

TEST_F(LifeTest, OneBatteryIsNoneUnlessAskedFor)
{
    begin();
    seen = {battery("a")};
    pass(200);
    EXPECT_FALSE(life->serving());
    config.aggregate_enable = "True";
    pass(1);
    EXPECT_TRUE(life->serving());
    config.aggregate_enable = "False";
    pass(1);
    EXPECT_FALSE(life->serving());
}

TEST_F(LifeTest, WaitsForThoseItKnowsAndNotLongerThanItMust)
{
    const std::vector<Learned> known{{"a", "A", 1.7e9, 280}, {"b", "B", 1.7e9, 280}, {"c", "C", 1.7e9, 140}};
    begin(known);
    seen = {battery("a"), battery("b")};
    pass(60);
    EXPECT_FALSE(life->serving());
    seen.push_back(battery("c"));
    pass(1);
    EXPECT_TRUE(life->serving()) << "at once when all are there";
    begin(known);
    seen = {battery("a")};
    pass(60);
    EXPECT_FALSE(life->serving());
    pass(1);
    EXPECT_TRUE(life->serving()) << "without them at the end of the wait";
    EXPECT_EQ(standing("c"), Standing::absent);
    EXPECT_EQ(member("c").values[Item::installed], 140);
}

TEST_F(LifeTest, TheOrderOfTheStartDoesNotMatter)
{
    std::vector<Sighting> all{battery("a"), battery("b"), battery("c", 26, 27.6)};
    std::vector<std::vector<std::string>> results;
    do {
        begin();
        seen.clear();
        for (const auto& one : all) {
            seen.push_back(one);
            pass(10);
        }
        pass(100);
        EXPECT_TRUE(life->serving());
        auto& names = results.emplace_back();
        for (const auto& m : life->members()) names.push_back(m.identity);
        EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));
    } while (std::ranges::next_permutation(all, {}, &Sighting::identity).found);
    EXPECT_EQ(results.size(), 6U);
    EXPECT_TRUE(told("does not fit a bank of"));
}

TEST_F(LifeTest, ABatteryThatVanishesCountsForTheGraceTimeAndIsLostThen)
{
    begin();
    seen = {battery("a"), battery("b")};
    pass(200);
    const auto gone = seen.back();
    seen.pop_back();
    pass(1);
    EXPECT_EQ(standing("b"), Standing::grace);
    EXPECT_EQ(member("b").values[Item::voltage], 53);
    pass(29);
    EXPECT_EQ(standing("b"), Standing::grace);
    pass(1);
    EXPECT_EQ(standing("b"), Standing::lost);
    EXPECT_FALSE(member("b").lost_full);
    EXPECT_TRUE(told("b (b): waiting for it"));
    EXPECT_TRUE(told("b (b): lost"));
    seen.push_back(gone);
    pass(1);
    EXPECT_EQ(standing("b"), Standing::online);
    EXPECT_TRUE(life->serving());
}

TEST_F(LifeTest, ALostBatteryThatWasFullBlocksForSomeTime)
{
    begin();
    seen = {battery("a"), battery("b")};
    seen[1].values[Item::max_cell] = 3.5;
    pass(200);
    seen.pop_back();
    pass(31);
    EXPECT_TRUE(member("b").lost_full);
    EXPECT_FALSE(member("b").lost_empty);
    pass(60 * static_cast<double>(config.block_on_disconnect_timeout_minutes) + 1);
    EXPECT_FALSE(member("b").lost_full);
    EXPECT_EQ(standing("b"), Standing::lost);
}

TEST_F(LifeTest, WithBlockOnDisconnectItBlocksUntilItIsBackOrForgotten)
{
    config.block_on_disconnect = true;
    begin();
    seen = {battery("a"), battery("b")};
    pass(200);
    seen.pop_back();
    pass(10000);
    EXPECT_TRUE(member("b").lost_full && member("b").lost_empty);
    life->forget_offline();
    pass(1);
    EXPECT_EQ(life->members().size(), 1U);
}

TEST_F(LifeTest, WhatIsNoBatteryIsNotLive)
{
    begin();
    seen = {battery("a"), battery("b")};
    pass(200);
    const auto good = seen[1];
    const auto expect_gone = [&](auto change) {
        seen[1] = good;
        change(seen[1]);
        pass(1);
        EXPECT_EQ(standing("b"), Standing::grace);
        seen[1] = good;
        pass(1);
        EXPECT_EQ(standing("b"), Standing::online);
    };
    expect_gone([](Sighting& s) { s.values[Item::voltage].reset(); });
    expect_gone([](Sighting& s) { s.values[Item::connected] = 0; });
    expect_gone([](Sighting& s) { s.answers = false; });
    expect_gone([](Sighting& s) {
        s.values[Item::online] = 0;
        s.values[Item::offline] = 1;
    });
    expect_gone([](Sighting& s) { s.values[Item::voltage] = 65; });
    expect_gone([](Sighting& s) { s.values[Item::charge_voltage] = 110; });
}

TEST_F(LifeTest, ABatteryOfAnotherProgramReturnsWithTheLimitsItHad)
{
    begin();
    seen = {battery("a"), battery("b")};
    seen[1].own = false;
    pass(200);
    auto back = seen[1];
    seen.pop_back();
    pass(40);
    EXPECT_EQ(standing("b"), Standing::lost);
    auto bare = back;
    bare.values[Item::charge_current].reset();
    seen.push_back(bare);
    pass(5);
    EXPECT_EQ(standing("b"), Standing::lost);
    seen[1] = back;
    pass(1);
    EXPECT_EQ(standing("b"), Standing::online);
}

TEST_F(LifeTest, WithoutABatteryForAMinuteItLeavesAndComesBackWithTheFirst)
{
    begin();
    seen = {battery("a"), battery("b")};
    pass(200);
    const auto all = seen;
    seen.clear();
    pass(30 + 60);
    EXPECT_TRUE(life->serving());
    pass(2);
    EXPECT_FALSE(life->serving());
    seen = {all[1]};
    pass(1);
    EXPECT_TRUE(life->serving());
}

TEST_F(LifeTest, IsForgottenAfterDaysSeenAndNotByAClockThatJumps)
{
    begin({{"a", "A", 1.7e9, 280}, {"b", "B", 1.7e9, 280}, {"c", "C", 1.7e9, 280}});
    seen = {battery("a"), battery("b")};
    pass(700);
    EXPECT_EQ(life->members().size(), 3U);
    now.wall += 40 * 86400.0;
    pass(590);
    EXPECT_EQ(life->members().size(), 3U);
    pass(20);
    EXPECT_EQ(life->members().size(), 2U);
    EXPECT_TRUE(told("forgotten"));
}

TEST_F(LifeTest, NamesAreUnique)
{
    begin();
    seen = {battery("a"), battery("b"), battery("c")};
    for (auto& s : seen) s.name = "Pack";
    pass(1);
    EXPECT_EQ(member("a").name, "Pack");
    EXPECT_EQ(member("b").name, "Pack (2)");
    EXPECT_EQ(member("c").name, "Pack (3)");
}

TEST(LearnedText, ReadsBackAndLeavesOutWhatIsNone)
{
    const std::vector<Learned> all{{"x1", "Left \"a\"", 1.7e9, 280.5}, {"x2", "", 0, std::nullopt}};
    EXPECT_EQ(read_learned(to_text(all)), all);
    EXPECT_TRUE(read_learned("").empty());
    EXPECT_TRUE(read_learned("{}").empty());
    EXPECT_EQ(read_learned(R"([1, {"id": 3}, {"id": "y", "seen": "x"}])"), (std::vector<Learned>{{"y", "", 0, {}}}));
}

}  // namespace
}  // namespace bmsd::bank
