// The newest frames of a CAN bus, and that what stopped coming is not shown as fresh.
#include "bms/language/frames.h"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(FrameCache, AShorterFrameDoesNotReplaceAWholeOne)
{
    FrameCache cache;
    cache.hear(can_frame({0x351}, {1, 2, 3, 4, 5, 6, 7, 8}), Instant{});
    cache.hear(can_frame({0x351}, {9, 9}), Instant{} + 1s);
    EXPECT_EQ(cache.bytes({0x351}).size(), 8U);
    cache.hear(can_frame({0x351}, {9, 9}), Instant{} + 6s);
    EXPECT_TRUE(cache.bytes({0x351}).empty()) << "the whole one is too old";
}

TEST(FrameCache, WhatComesSeldomCountsForLonger)
{
    FrameCache cache;
    cache.seldom({0x100, true}, 15s);
    cache.hear(can_frame({0x100, true}, {1}), Instant{});
    cache.hear(can_frame({0x100}, {1}), Instant{});
    for (int second = 1; second <= 15; ++second) {
        cache.hear(can_frame({0x355}, {1}), Instant{} + second * 1s);
        cache.expire(Instant{} + second * 1s);
        EXPECT_NE(cache.find({0x100, true}, 1), nullptr) << second;
        EXPECT_EQ(cache.find({0x100}, 1) != nullptr, second <= 5) << second;
    }
    cache.hear(can_frame({0x355}, {1}), Instant{} + 16s);
    cache.expire(Instant{} + 16s);
    EXPECT_EQ(cache.find({0x100, true}, 1), nullptr);
}

TEST(FrameCatalogue, FiltersLetTheOwnFramesThroughAtAnyAddress)
{
    const auto hears = [](std::string_view name, CanId id) {
        return std::ranges::any_of(find_frame_entry(name)->hears,
                                   [id](const CanFilter& one) { return one.matches(id); });
    };
    for (std::uint32_t address = 0; address < 16; ++address) {
        for (const std::uint32_t what : {0x50U, 0x90U, 0x98U})
            EXPECT_TRUE(hears("Daly_Can", {0x18004000 | what << 16 | address, true}));
        for (const std::uint32_t id : {0x2F4U, 0x4F4U, 0x5F4U}) EXPECT_TRUE(hears("Jkbms_Can", {id + address}));
        for (const std::uint32_t id : {0x18F128F4U, 0x18F228F4U, 0x18F528F4U, 0x18E028F4U, 0x18E528F4U})
            EXPECT_TRUE(hears("Jkbms_Can", {id + address, true}));
        for (const std::uint32_t id : {0x19FFFD8FU, 0x01FFFC8FU, 0x1DFEC98FU, 0x19FEA58FU})
            EXPECT_TRUE(hears("RV_C_Can", {id - address, true}));
    }
    EXPECT_TRUE(hears("Jkbms_Can", {0x7F4}));
    for (const std::uint32_t id :
         {0x351U, 0x355U, 0x356U, 0x35AU, 0x35FU, 0x370U, 0x373U, 0x379U, 0x380U, 0x381U, 0x0C0U})
        EXPECT_TRUE(hears("LltJbd_Can", {id}));
    for (const std::uint32_t id : {0x0C0U, 0x0C4U, 0x180U, 0x26AU, 0x26BU, 0x350U, 0x365U})
        EXPECT_TRUE(hears("Ubms_Can", {id}));
    EXPECT_FALSE(hears("Daly_Can", {0x18900140, true})) << "a request";
    EXPECT_FALSE(hears("LltJbd_Can", {0x351, true}));
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
