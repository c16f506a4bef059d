// What every entry of the catalogue gets for nothing: its device side against its host side, whole and damaged.
#include <gtest/gtest.h>

#include <cmath>

#include "bms/language/identity.h"
#include "model/fields.h"
#include "model/json.h"
#include "support/battery_of.h"
#include "support/delivered.h"
#include "support/rig.h"
#include "support/vectors.h"

namespace bmsd::test {
namespace {

using bms::Entry;

class EveryProtocol : public testing::TestWithParam<const Entry*> {
  protected:
    const Entry& entry() const { return *GetParam(); }
    Reading battery(std::mt19937_64& random) const { return battery_of<Rig>(entry(), random); }
};

TEST_P(EveryProtocol, WhatItDeliversSurvivesTheTrip)
{
    std::mt19937_64 random(seed());
    const std::size_t cells = *battery(random).telemetry.cell_count;
    for (int i = 0; i < 200; ++i) {
        Rig rig(entry(), random_reading(random, cells));
        const auto taken = rig.identify();
        ASSERT_TRUE(taken) << text(taken.error()) << ", BMSD_SEED=" << seed() << " round " << i;
        ASSERT_TRUE(rig.poll());
        ASSERT_EQ(lost(entry(), rig.truth, rig.reading), "") << "BMSD_SEED=" << seed() << " round " << i;
        ASSERT_EQ(unclaimed(entry(), rig.reading), "") << "add it to `delivers`";
        ASSERT_TRUE(rig.reading.identity.type && rig.reading.identity.unique_id);
        ASSERT_EQ(*rig.reading.identity.type, entry().type);
    }
}

TEST_P(EveryProtocol, SendingWhatArrivedChangesNothing)
{
    std::mt19937_64 random(seed() + 1);
    Rig first(entry(), battery(random));
    ASSERT_TRUE(first.identify());
    ASSERT_TRUE(first.poll());
    Reading truth = first.truth;  // what the wire does not carry stays as it was
    truth.telemetry = first.reading.telemetry;
    for (const auto& field : telemetry_fields()) {
        if (std::find(entry().delivers.begin(), entry().delivers.end(), field.name) != entry().delivers.end()) continue;
        std::visit([&](auto member) { truth.telemetry.*member = first.truth.telemetry.*member; }, field.member);
    }
    Rig second(entry(), truth);
    ASSERT_TRUE(second.identify());
    ASSERT_TRUE(second.poll());
    if (entry().name == "MNB") {  // the sum of the chip's own steps, while the cells are told in mV
        ASSERT_NEAR(*second.reading.telemetry.voltage, *first.reading.telemetry.voltage, 0.011);
        second.reading.telemetry.voltage = first.reading.telemetry.voltage;
    }
    EXPECT_TRUE(second.reading.telemetry == first.reading.telemetry)
        << difference(to_json(first.reading.telemetry), second.reading);
}

TEST_P(EveryProtocol, BothSignsOfTheCurrentArrive)
{
    if (std::find(entry().delivers.begin(), entry().delivers.end(), "current") == entry().delivers.end()) GTEST_SKIP();
    std::mt19937_64 random(seed() + 2);
    for (const double current : {-40.0, 0.0, 40.0}) {
        Reading truth = battery(random);
        truth.telemetry.current = current;
        Rig rig(entry(), truth);
        ASSERT_TRUE(rig.identify());
        ASSERT_TRUE(rig.poll());
        EXPECT_NEAR(rig.reading.telemetry.current.value_or(1e9), current, 0.06);
    }
}

TEST_P(EveryProtocol, SilenceIsNoBattery)
{
    std::mt19937_64 random(seed() + 3);
    Rig rig(entry(), battery(random));
    rig.channel.damage = [](std::size_t, ByteView, Bytes& reply) { reply.clear(); };
    const auto taken = rig.identify();
    ASSERT_FALSE(taken);
    EXPECT_TRUE(taken.error() == bms::Refusal::silence || taken.error() == bms::Refusal::unsupported)
        << text(taken.error());
}

/// Polls once with one damaged reply. Either the poll is refused, or the damage did no harm (a retry, an unused byte).
void expect_refused_or_same(Rig& rig, const Reading& good, std::size_t step, const std::function<void(Bytes&)>& harm,
                            const std::string& what)
{
    static_cast<void>(rig.poll());  // one miss in a row: an optional request is not given up
    rig.reading = good;
    rig.channel.steps = 0;
    rig.channel.damage = [&](std::size_t now, ByteView, Bytes& reply) {
        if (now == step) harm(reply);
    };
    const auto taken = rig.poll();
    rig.channel.damage = nullptr;
    if (taken) {
        EXPECT_EQ(rig.reading.telemetry, good.telemetry) << what << " at step " << step;
    }
}

TEST_P(EveryProtocol, DamageIsRefusedAtEachStepOfAPoll)
{
    std::mt19937_64 random(seed() + 4);
    Rig rig(entry(), battery(random));
    ASSERT_TRUE(rig.identify());
    ASSERT_TRUE(rig.poll());
    const Reading good = rig.reading;
    rig.channel.steps = 0;
    std::vector<Bytes> replies;
    rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) { replies.push_back(reply); };
    ASSERT_TRUE(rig.poll());
    if (!entry().alike.empty())
        std::printf("%s: replies of the same length or longer are not swapped, %s\n", entry().name.data(),
                    entry().alike.data());
    for (std::size_t step = 0; step < replies.size(); ++step) {
        const std::size_t size = replies[step].size();
        for (std::size_t cut = 0; cut < size; ++cut)
            expect_refused_or_same(
                rig, good, step, [=](Bytes& r) { r.resize(std::min(cut, r.size())); }, "cut to " + std::to_string(cut));
        if (!entry().unchecked.empty())
            std::printf("%s: no flipped bits, %s\n", entry().name.data(), entry().unchecked.data());
        for (std::size_t byte = 0; byte < size && entry().unchecked.empty(); ++byte) {
            const auto bit = static_cast<std::uint8_t>(1U << (byte * 5 % 8));
            expect_refused_or_same(
                rig, good, step,
                [=](Bytes& r) {
                    if (byte < r.size()) r[byte] ^= bit;
                },
                "flipped bit in byte " + std::to_string(byte));
        }
        for (std::size_t other = 0; other < replies.size(); ++other) {
            if (!entry().alike.empty() && replies[other].size() >= size) continue;
            expect_refused_or_same(
                rig, good, step, [&](Bytes& r) { r = replies[other]; }, "reply of step " + std::to_string(other));
        }
    }
}

TEST_P(EveryProtocol, GarbageIsRefused)
{
    std::mt19937_64 random(seed() + 5);
    Rig rig(entry(), battery(random));
    ASSERT_TRUE(rig.identify());
    const Reading good = rig.reading;
    for (int i = 0; i < 300; ++i) {
        rig.channel.damage = [&](std::size_t, ByteView, Bytes& reply) {
            reply.resize(random() % 300);
            for (auto& byte : reply) byte = static_cast<std::uint8_t>(random());
        };
        rig.reading = good;
        EXPECT_FALSE(rig.poll()) << "BMSD_SEED=" << seed() << " round " << i;
    }
}

TEST_P(EveryProtocol, TheDeviceSideTakesAnyBytes)
{
    std::mt19937_64 random(seed() + 6);
    Reading truth = battery(random);
    const auto device = entry().device(truth, entry().lines.front());
    for (int i = 0; i < 2000; ++i) {
        Bytes input(1 + random() % 40), reply;
        for (auto& byte : input) byte = static_cast<std::uint8_t>(random());
        EXPECT_LE(device->receive(input, reply), input.size());
    }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryProtocol, testing::ValuesIn(bms::catalogue().begin(), bms::catalogue().end()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace bmsd::test
