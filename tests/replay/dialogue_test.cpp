// Recorded dialogues of every transport through `bmsd decode`'s own player.
#include "replay/dialogue.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "model/json.h"
#include "support/vectors.h"
#include "util/file.h"

namespace bmsd::replay {
namespace {

TEST(Dialogue, EveryCanVectorDecodesAsItsSheetSaysAndShowsNothingElse)
{
    std::size_t played = 0;
    for (const auto& file : std::filesystem::directory_iterator(BMSD_VECTORS)) {
        if (!file.path().stem().string().ends_with("_can")) continue;
        const auto cases = read_dialogues(*read_file(file.path()));
        ASSERT_TRUE(cases) << file.path();
        for (const auto& one : *cases) {
            ASSERT_TRUE(one) << one.error();
            SCOPED_TRACE(file.path().stem().string() + ": " + one->source);
            const auto reading = play(*one);
            ++played;
            EXPECT_EQ(reading.has_value(), !one->rejects) << (reading ? "" : reading.error());
            if (!reading || one->rejects) continue;
            EXPECT_EQ(test::difference(one->expect, *reading), "");
            for (const auto& [name, value] : to_json(*reading))
                EXPECT_TRUE(one->expect.contains(name) || name == "unique_id") << name << " is shown";
        }
    }
    EXPECT_EQ(played, 16u);
}

TEST(Dialogue, WhatCannotBeIsLeftOutAsTheDaemonLeavesItOut)
{
    const auto cases = read_dialogues(R"([{"bms": "RV_C_Can", "transport": "can", "exchanges": [{"response": [
        {"id": "0x19fffd8f", "data": "01780b01a0583577"}, {"id": "0x19fffc8f", "data": "01780000a3ffffff"}]}]}])");
    ASSERT_TRUE(cases && cases->front());
    const auto reading = play(*cases->front());
    ASSERT_TRUE(reading) << reading.error();
    EXPECT_FALSE(reading->telemetry.temperatures[0]);  // -273 degC
    EXPECT_EQ(reading->telemetry.soc, 81.5);
}

TEST(Dialogue, ACaseThatIsNoneCostsOnlyItself)
{
    const auto cases = read_dialogues(R"([1, {"bms": "Daly_Can", "transport": "can", "exchanges": [{"response": [
        {"id": "0x18904001", "data": "01070000753002bc"}]}]}, {"bms": "x", "transport": "can", "exchanges": [
        {"response": [{"id": "zz", "data": ""}]}]}, {"bms": "Nobody", "transport": "serial"},
        {"bms": "LltJbd", "exchanges": [{"request": "zz", "response": ""}]}, {"bms": "LltJbd", "baud": "fast"},
        {"bms": "LltJbd", "config": {"NO_KEY": 1}}, {"bms": "x", "transport": "smoke"}])");
    ASSERT_TRUE(cases);
    ASSERT_EQ(cases->size(), 8u);
    EXPECT_FALSE((*cases)[0]);
    ASSERT_TRUE((*cases)[1]);
    EXPECT_EQ(play(*(*cases)[1])->telemetry.voltage, 26.3);
    EXPECT_FALSE((*cases)[2]);
    EXPECT_EQ(play(*(*cases)[3]).error(), "no type Nobody");
    EXPECT_FALSE((*cases)[4]);
    EXPECT_FALSE((*cases)[5]);
    EXPECT_FALSE((*cases)[6]);
    EXPECT_FALSE(play(*(*cases)[7]));
    EXPECT_FALSE(read_dialogues("{}"));
    EXPECT_FALSE(read_dialogues("["));
}

}  // namespace
}  // namespace bmsd::replay
