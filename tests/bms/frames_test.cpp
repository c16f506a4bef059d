// The newest frames of a CAN bus, and that what stopped coming is not shown as fresh.
#include "bms/language/frames.h"

#include <gtest/gtest.h>

#include "config/schema.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

TEST(FrameCache, FramesAgeAndASilentBusTakesThemAll)
{
    FrameCache cache;
    const Instant start{};
    cache.hear(can_frame({0x351}, {1}), start);
    cache.hear(can_frame({0x351, true}, {2}), start);
    EXPECT_EQ(cache.find({0x351}, 1)->data[0], 1);
    EXPECT_EQ(cache.find({0x351, true}, 1)->data[0], 2);
    EXPECT_EQ(cache.find({0x351}), nullptr) << "too short";
    for (int second = 1; second <= 6; ++second) {
        cache.hear(can_frame({0x355}, {1}), start + second * 1s);
        cache.expire(start + second * 1s);
    }
    EXPECT_EQ(cache.find({0x351}, 1), nullptr);
    EXPECT_NE(cache.find({0x355}, 1), nullptr);
    cache.expire(start + 6s + 2001ms);
    EXPECT_EQ(cache.size(), 0U);
}

TEST(FrameCache, StrangersDoNotGrowIt)
{
    FrameCache cache;
    for (std::uint32_t id = 0; id < 5000; ++id) cache.hear(can_frame({id, true}, {0}), Instant{});
    EXPECT_EQ(cache.size(), FrameCache::most);
}

TEST(DalyCan, WhatStoppedComingIsAbsentTheBatteryStays)
{
    const config::Config config = config::defaults();
    FrameCache cache;
    const auto battery = find_frame_entry("Daly_Can")->make({config, {}, "can0"}, cache);
    Instant now{};
    Reading reading;
    const auto hear = [&](std::uint32_t id, std::initializer_list<std::uint8_t> bytes) {
        cache.hear(can_frame({id, true}, bytes), now);
    };
    const CanId state{0x18904001, true};
    hear(state.value, {0x01, 0x07, 0, 0, 0x75, 0x30, 0x02, 0xBC});
    hear(0x18934001, {0, 1, 1, 0x45, 0, 2, 0x28, 0x58});
    hear(0x18984001, {1, 0, 0, 0, 0, 0, 0, 0});
    ASSERT_TRUE(battery->take(cache, now, reading));
    EXPECT_EQ(reading.telemetry.voltage, 26.3);
    EXPECT_EQ(reading.telemetry.alarms[Alarm::high_cell_voltage], 1);
    now += 6s;
    hear(0x18944001, {8, 2, 0, 0, 0, 0, 0, 0x40});
    cache.expire(now);
    ASSERT_TRUE(battery->take(cache, now, reading));
    EXPECT_EQ(reading.telemetry.cell_count, 8);
    EXPECT_FALSE(reading.telemetry.voltage);
    EXPECT_FALSE(reading.telemetry.current);
    EXPECT_FALSE(reading.telemetry.soc);
    EXPECT_FALSE(reading.telemetry.capacity_remaining);
    EXPECT_FALSE(reading.telemetry.alarms[Alarm::high_cell_voltage]);
}

}  // namespace
}  // namespace bmsd::bms
