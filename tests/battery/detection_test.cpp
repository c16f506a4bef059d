#include "battery/detection.h"

#include <gtest/gtest.h>

#include "config/schema.h"
#include "support/fake_port.h"
#include "support/random_reading.h"

namespace bmsd::battery {
namespace {

using namespace std::chrono_literals;

class DetectionTest : public testing::Test {
  protected:
    DetectionTest()
    {
        std::mt19937_64 random(3);
        truth = test::random_reading(random, 16);
    }
    std::vector<Found> detect()
    {
        Detection detection(port, quality, config, memory);
        auto task = detection.run();
        task.start();
        started = loop.now();
        while (!task.done()) {
            loop.advance(10ms);
            if (loop.now() - started > 10min) throw std::runtime_error("detection does not end");
        }
        took = loop.now() - started;
        return task.result();
    }

    ManualLoop loop;
    config::Config config = config::defaults();
    TypeMemory memory{""};
    LinkQuality quality;
    Reading truth;
    test::FakePort port{loop, "/dev/ttyUSB0"};
    Instant started;
    Duration took{};
};

TEST_F(DetectionTest, FindsWhoIsThereAndRemembersIt)
{
    const bms::Entry& jbd = *bms::find("LltJbd");
    port.add(jbd.device(truth, jbd.lines.front()), 9600);
    const auto found = detect();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].entry, &jbd);
    EXPECT_EQ(found[0].line.baud, 9600U);
    EXPECT_EQ(memory.type_of("/dev/ttyUSB0"), "LltJbd");
    EXPECT_EQ(found[0].reading.telemetry.cell_count, 16);
}

TEST_F(DetectionTest, ASilentPortIsGivenUpInUnderTwentySeconds)
{
    EXPECT_TRUE(detect().empty());
    EXPECT_LT(took, 20s);
    std::printf("silent port given up after %.1f s (%zu types)\n", to_seconds(took),
                candidates(config, bms::Transport::serial).size());
}

/// Asked in the order of the catalogue, those that are left out by default with the others.
std::vector<std::string> all_names()
{
    std::vector<std::string> names;
    for (const bms::Entry* entry : bms::catalogue()) names.emplace_back(entry->name);
    return names;
}

TEST_F(DetectionTest, EveryTypeIsFoundWhateverIsRemembered)
{
    for (const bms::Entry* there : bms::catalogue()) {
        if (there->transport != bms::Transport::serial) continue;
        for (const bms::Entry* remembered : bms::catalogue()) {
            for (const bms::Line& line : there->lines) {
                test::FakePort line_port(loop, "/dev/ttyUSB1");
                Reading state = truth;
                line_port.add(there->device(state, line), line.baud);
                TypeMemory old("");
                old.remember("/dev/ttyUSB1", remembered->name);
                config::Config with_names = config;
                if (there->only_when_named) with_names.bms_type = all_names();
                Detection detection(line_port, quality, with_names, old);
                auto task = detection.run();
                task.start();
                for (int i = 0; i < 20000 && !task.done(); ++i) loop.advance(10ms);
                ASSERT_TRUE(task.done());
                const auto found = task.result();
                ASSERT_EQ(found.size(), 1U) << there->name << " with " << remembered->name << " remembered";
                EXPECT_EQ(found[0].entry, there) << there->name << " with " << remembered->name << " remembered";
            }
        }
    }
}

TEST_F(DetectionTest, BmsTypeFiltersAndKeepsTheOrder)
{
    config.bms_type = {"LltJbd", "NoSuchType"};
    const auto entries = candidates(config, bms::Transport::serial);
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0]->name, "LltJbd");
}

TEST_F(DetectionTest, ATypeWithoutAddressesIsOneBattery)
{
    const bms::Entry& jk = *bms::find("Jkbms");
    port.add(jk.device(truth, jk.lines.front()), 115200);
    config.battery_addresses = {"0x01", "0x02"};
    EXPECT_EQ(detect().size(), 1U);
}

TEST_F(DetectionTest, ImplausibleValuesAreNoMatch)
{
    const bms::Entry& jbd = *bms::find("LltJbd");
    truth.telemetry.voltage = 300;
    port.add(jbd.device(truth, jbd.lines.front()));
    EXPECT_TRUE(detect().empty());
}

TEST_F(DetectionTest, ANoisyLineIsAskedThreeTimes)
{
    const bms::Entry& jbd = *bms::find("LltJbd");
    port.add(jbd.device(truth, jbd.lines.front()));
    int replies = 0;
    port.damage = [&](Bytes& reply) {
        if (!reply.empty() && ++replies < 4) reply[0] ^= 1;
    };
    EXPECT_EQ(detect().size(), 1U) << "the first round is spoilt, the second is not";
}

TEST_F(DetectionTest, APulledAdapterEndsTheSearch)
{
    port.there = false;
    EXPECT_TRUE(detect().empty());
    EXPECT_LT(took, 1s);
}

TEST(ParseAddress, HexAndDecimal)
{
    EXPECT_EQ(parse_address("0x0f"), 15);
    EXPECT_EQ(parse_address("12"), 12);
    EXPECT_FALSE(parse_address("0x100"));
    EXPECT_FALSE(parse_address("x"));
    EXPECT_FALSE(parse_address(""));
}

}  // namespace
}  // namespace bmsd::battery
