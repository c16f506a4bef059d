// What every Bluetooth type gets for nothing: its device side against its host side, whole, cut anywhere, damaged and
// among strangers.
#include <gtest/gtest.h>

#include "model/json.h"
#include "replay/radio_channel.h"
#include "support/battery_of.h"
#include "support/delivered.h"
#include "support/rig.h"
#include "support/vectors.h"

namespace bmsd::test {
namespace {

using bms::Entry;
using BleRig = RigOn<replay::RadioDevice>;

class EveryBleType : public testing::TestWithParam<const Entry*> {
  protected:
    const Entry& entry() const { return *GetParam(); }
    bool delivers(std::string_view name) const
    {
        return std::find(entry().delivers.begin(), entry().delivers.end(), name) != entry().delivers.end();
    }
    Reading battery(std::mt19937_64& random) const { return battery_of<BleRig>(entry(), random); }
};

TEST_P(EveryBleType, WhatItDeliversSurvivesTheTrip)
{
    std::mt19937_64 random(seed());
    const std::size_t cells = *battery(random).telemetry.cell_count;
    for (int i = 0; i < 50; ++i) {
        BleRig rig(entry(), random_reading(random, cells));
        const auto taken = rig.identify();
        ASSERT_TRUE(taken) << text(taken.error()) << ", BMSD_SEED=" << seed() << " round " << i;
        ASSERT_TRUE(rig.poll());
        ASSERT_EQ(lost(entry(), rig.truth, rig.reading), "") << "BMSD_SEED=" << seed() << " round " << i;
        ASSERT_EQ(unclaimed(entry(), rig.reading), "") << "add it to `delivers`";
        ASSERT_EQ(rig.reading.identity.type.value_or(""), entry().type);
        ASSERT_TRUE(rig.reading.identity.unique_id);
    }
}

TEST_P(EveryBleType, SendingWhatArrivedChangesNothing)
{
    std::mt19937_64 random(seed() + 1);
    BleRig first(entry(), battery(random));
    ASSERT_TRUE(first.identify());
    ASSERT_TRUE(first.poll());
    Reading truth = first.truth;  // what does not travel stays as it was
    truth.telemetry = first.reading.telemetry;
    if (!truth.telemetry.cell_count) truth.telemetry.cell_count = first.truth.telemetry.cell_count;
    BleRig second(entry(), truth);
    ASSERT_TRUE(second.identify());
    ASSERT_TRUE(second.poll());
    EXPECT_TRUE(second.reading.telemetry == first.reading.telemetry)
        << difference(to_json(first.reading.telemetry), second.reading);
}

TEST_P(EveryBleType, BothSignsOfTheCurrentArrive)
{
    std::mt19937_64 random(seed() + 2);
    for (const double current : {-40.0, 0.0, 40.0}) {
        Reading truth = battery(random);
        truth.telemetry.current = current;
        BleRig rig(entry(), truth);
        ASSERT_TRUE(rig.identify());
        ASSERT_TRUE(rig.poll());
        if (delivers("current")) {
            EXPECT_NEAR(rig.reading.telemetry.current.value_or(1e9), current, 0.06);
        }
    }
}

TEST_P(EveryBleType, NotificationsMayBeCutAnywhere)
{
    std::mt19937_64 random(seed() + 3);
    const Reading truth = battery(random);
    BleRig whole(entry(), truth);
    whole.channel.piece = 4096;
    ASSERT_TRUE(whole.identify());
    ASSERT_TRUE(whole.poll());
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 13U, 19U, 20U, 33U, 100U, 128U, 244U}) {
        BleRig rig(entry(), truth);
        rig.channel.piece = piece;
        const auto taken = rig.identify();
        ASSERT_TRUE(taken) << text(taken.error()) << " in pieces of " << piece;
        ASSERT_TRUE(rig.poll()) << piece;
        EXPECT_EQ(rig.reading.telemetry, whole.reading.telemetry) << piece;
    }
}

/// Whether another type could begin with this byte.
Bytes strange(std::mt19937_64& random)
{
    static constexpr std::string_view starts = "\xAA\x55\x7E\xDD\x3A\x7B\x01\xA1\xA2\xCC\x47\x16\xD2{~:AT\r\n";
    Bytes bytes(1 + random() % 12);
    for (auto& byte : bytes)
        byte = random() % 3 == 0 ? static_cast<std::uint8_t>(starts[random() % starts.size()])
                                 : static_cast<std::uint8_t>(random());
    return bytes;
}

TEST_P(EveryBleType, BytesOfStrangersBetweenRepliesDoNoHarm)
{
    if (entry().gatt.front().only_size != 0) GTEST_SKIP() << "a notification is a frame: there is nothing between two";
    std::mt19937_64 random(seed() + 4);
    BleRig rig(entry(), battery(random));
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    const Reading good = rig.reading;
    int refused = 0;
    for (int i = 0; i < 60; ++i) {
        rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
            Bytes all = strange(random);
            append(all, reply);
            append(all, strange(random));
            reply = all;
        };
        rig.reading = good;
        if (!rig.poll())
            ++refused;
        else
            EXPECT_EQ(rig.reading.telemetry, good.telemetry) << "BMSD_SEED=" << seed() << " round " << i;
    }
    EXPECT_EQ(refused, 0) << "of 60";
}

TEST_P(EveryBleType, SilenceIsNoBattery)
{
    struct Mute final : bms::Device {
        std::size_t receive(ByteView input, Bytes&) override { return input.size(); }
    } mute;
    replay::RadioDevice channel(mute);
    const config::Config config = generous();
    const auto protocol = entry().make({config});
    Reading reading;
    EXPECT_FALSE(run(protocol->identify(channel, reading)));
    EXPECT_LT(channel.time.time_since_epoch(), std::chrono::minutes(3))
        << "that is how long the link is held for nothing";
}

/// Polls once with one damaged reply: the poll is refused, or asked for again and right.
void expect_refused_or_same(BleRig& rig, const Reading& good, std::size_t step, const std::function<void(Bytes&)>& harm,
                            const std::string& what)
{
    rig.reading = good;
    rig.channel.steps = 0;
    rig.channel.damage = [&](std::size_t now, ByteView, Bytes& reply) {
        if (now == step) harm(reply);
    };
    const auto taken = rig.poll();
    rig.channel.damage = nullptr;
    static_cast<void>(rig.poll());  // an optional reply is not missed twice in a row
    if (taken && step < rig.channel.steps) {
        EXPECT_EQ(rig.reading.telemetry, good.telemetry) << what << " at step " << step;
    }
}

TEST_P(EveryBleType, DamageIsRefusedAtEachStepOfAPoll)
{
    std::mt19937_64 random(seed() + 5);
    BleRig rig(entry(), battery(random));
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    const Reading good = rig.reading;
    rig.channel.steps = 0;
    std::vector<Bytes> replies;
    rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) { replies.push_back(reply); };
    ASSERT_TRUE(rig.poll());
    if (!entry().unchecked.empty())
        std::printf("%s: no flipped bits, %s\n", entry().name.data(), entry().unchecked.data());
    for (std::size_t step = 0; step < replies.size(); ++step) {
        const std::size_t size = replies[step].size();
        for (std::size_t cut = 0; cut < size; ++cut)
            expect_refused_or_same(
                rig, good, step, [=](Bytes& r) { r.resize(std::min(cut, r.size())); }, "cut to " + std::to_string(cut));
        for (std::size_t byte = 0; byte < size && entry().unchecked.empty(); ++byte)
            expect_refused_or_same(
                rig, good, step,
                [=](Bytes& r) {
                    if (byte < r.size()) r[byte] ^= static_cast<std::uint8_t>(1U << (byte * 5 % 8));
                },
                "flipped bit in byte " + std::to_string(byte));
        for (std::size_t other = 0; other < replies.size(); ++other) {
            if (!entry().alike.empty() && replies[other].size() >= size) continue;
            expect_refused_or_same(
                rig, good, step, [&](Bytes& r) { r = replies[other]; }, "reply of step " + std::to_string(other));
        }
    }
}

TEST_P(EveryBleType, GarbageIsRefused)
{
    struct Garbage final : bms::Device {
        std::mt19937_64 random{seed() + 6};
        Bytes some()
        {
            Bytes bytes(random() % 300);
            for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
            return bytes;
        }
        std::size_t receive(ByteView input, Bytes& reply) override
        {
            append(reply, some());
            return input.size();
        }
        Bytes speak() override { return some(); }
    } garbage;
    for (int i = 0; i < 40; ++i) {
        replay::RadioDevice channel(garbage);
        channel.only_size = entry().gatt.front().only_size;
        const config::Config config = generous();
        const auto protocol = entry().make({config});
        Reading reading;
        EXPECT_FALSE(run(protocol->identify(channel, reading))) << "BMSD_SEED=" << seed() << " round " << i;
    }
}

TEST_P(EveryBleType, AnotherConnectionIsGreetedAgain)
{
    std::mt19937_64 random(seed() + 7);
    BleRig rig(entry(), battery(random));
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    const Reading good = rig.reading;
    ++rig.channel.connections;
    const auto taken = rig.poll();
    ASSERT_TRUE(taken) << text(taken.error());
    EXPECT_EQ(rig.reading.telemetry, good.telemetry);
    EXPECT_EQ(rig.reading.identity, good.identity);
}

TEST_P(EveryBleType, TheDeviceSideTakesAnyBytes)
{
    std::mt19937_64 random(seed() + 8);
    Reading truth = battery(random);
    const auto device = entry().device(truth, entry().lines.front());
    for (int i = 0; i < 2000; ++i) {
        Bytes input(1 + random() % 40), reply;
        for (auto& byte : input) byte = static_cast<std::uint8_t>(random());
        EXPECT_LE(device->receive(input, reply), input.size());
    }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryBleType,
                         testing::ValuesIn(bms::ble_catalogue().begin(), bms::ble_catalogue().end()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace bmsd::test
