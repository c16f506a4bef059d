#include "battery/pace.h"

#include <gtest/gtest.h>

#include "battery/type_memory.h"
#include "util/file.h"

namespace bmsd::battery {
namespace {

using namespace std::chrono_literals;

TEST(Pace, KeepsTheBeatAndLeavesOutWhatDidNotFit)
{
    const Pace pace(1s);
    const Instant start{100s};
    EXPECT_EQ(pace.after(start, start + 300ms), start + 1s);  // no drift by the length of the cycle
    EXPECT_EQ(pace.after(start, start + 3500ms), start + 3500ms);
}

TEST(Pace, FiveSlowCyclesRaiseTheIntervalOnce)
{
    Pace pace(1s);
    EXPECT_FALSE(pace.took(1200ms));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(pace.took(1200ms)) << "each names the cycles left";
    EXPECT_EQ(pace.interval(), 1s);
    EXPECT_TRUE(pace.took(1200ms));
    EXPECT_EQ(pace.interval(), 1500ms);  // ceil((1.2 + 0.05) * 2) / 2
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(pace.took(1200ms));
    EXPECT_EQ(pace.interval(), 1500ms) << "it never shrinks";
}

TEST(Pace, OneCycleInTimeForgives)
{
    Pace pace(1s);
    for (int i = 0; i < 4; ++i) pace.took(1200ms);
    EXPECT_FALSE(pace.took(800ms));
    for (int i = 0; i < 4; ++i) pace.took(1200ms);
    EXPECT_EQ(pace.interval(), 1s);
}

TEST(Pace, NeverLongerThanAMinute)
{
    Pace pace(1s);
    for (int i = 0; i < 5; ++i) pace.took(200s);
    EXPECT_EQ(pace.interval(), 60s);
}

TEST(TypeMemory, KeepsTypesAcrossRestartsAndBrokenFiles)
{
    const std::string file = testing::TempDir() + "bmsd_memory_test/cache.json";
    {
        TypeMemory memory(file);
        memory.remember(memory_key("/dev/ttyUSB0", ""), "LltJbd");
        memory.remember(memory_key("/dev/ttyUSB0", "0x02"), "Daly");
    }
    TypeMemory again(file);
    EXPECT_EQ(again.type_of("/dev/ttyUSB0"), "LltJbd");
    EXPECT_EQ(again.type_of("/dev/ttyUSB0#0x02"), "Daly");
    EXPECT_EQ(again.type_of("/dev/ttyUSB1"), "");
    ASSERT_TRUE(write_file(file, "{\"/dev/ttyUSB0\": "));
    EXPECT_EQ(TypeMemory(file).type_of("/dev/ttyUSB0"), "");
    ASSERT_TRUE(write_file(file, "[1]"));
    EXPECT_EQ(TypeMemory(file).type_of("/dev/ttyUSB0"), "");
}

}  // namespace
}  // namespace bmsd::battery
