// Batteries of one type at several addresses on one pair of wires, one of them dead: the others are read as before, and
// nobody is taken for another.
#include <gtest/gtest.h>

#include "support/random_reading.h"
#include "support/rig.h"

namespace bmsd::test {
namespace {

using bms::Entry;

constexpr std::size_t battery_count = 3, dead = 1;

class MixedBus : public testing::TestWithParam<const Entry*> {
  protected:
    void SetUp() override
    {
        const Entry& entry = *GetParam();
        std::mt19937_64 random(11);
        std::vector<bms::Device*> all;
        for (std::size_t i = 0; i < battery_count; ++i) {
            bms::Line line = entry.lines.front();
            line.address = static_cast<std::uint8_t>(line.address + i);
            truth_[i] = possible(entry, random_reading(random, 16));
            devices_.push_back(entry.device(truth_[i], line));
            protocols_.push_back(entry.make({config_, line.address, line.baud}));
            all.push_back(devices_.back().get());
        }
        bus_.emplace(all);
        channel_.emplace(*bus_);
        for (std::size_t i = 0; i < battery_count; ++i) {
            const auto taken = run(protocols_[i]->identify(*channel_, readings_[i]));
            ASSERT_TRUE(taken) << "battery " << i << ": " << text(taken.error());
        }
    }

    bms::Reply<void> poll(std::size_t i) { return run(protocols_[i]->poll(*channel_, readings_[i])); }
    void expect_own_values(std::size_t i) const
    {
        EXPECT_NEAR(readings_[i].telemetry.current.value_or(1e9), *truth_[i].telemetry.current, 0.06)
            << "battery " << i;
    }
    void change_currents(double to)
    {
        for (std::size_t i = 0; i < battery_count; ++i) truth_[i].telemetry.current = to + 10 * static_cast<double>(i);
    }

    config::Config config_ = config::defaults();
    std::array<Reading, battery_count> truth_, readings_;
    std::vector<std::unique_ptr<bms::Device>> devices_;
    std::vector<std::unique_ptr<bms::Protocol>> protocols_;
    std::optional<Bus> bus_;
    std::optional<DeviceChannel> channel_;
};

TEST_P(MixedBus, ADeadBatteryDoesNotTouchTheOthers)
{
    for (std::size_t i = 0; i < battery_count; ++i) expect_own_values(i);
    bus_->answer(dead, false);
    for (int cycle = 0; cycle < 5; ++cycle) {
        change_currents(cycle);
        const Reading last = readings_[dead];
        for (std::size_t i = 0; i < battery_count; ++i) {
            const auto taken = poll(i);
            EXPECT_EQ(taken.has_value(), i != dead) << "battery " << i;
            if (i == dead) {
                EXPECT_EQ(taken.error(), bms::Refusal::silence);
                EXPECT_EQ(readings_[i], last);
            } else {
                expect_own_values(i);
            }
        }
    }
    bus_->answer(dead, true);
    change_currents(-50);
    for (std::size_t i = 0; i < battery_count; ++i) {
        EXPECT_TRUE(poll(i));
        expect_own_values(i);
    }
}

std::vector<const Entry*> several()
{
    std::vector<const Entry*> entries;
    for (const Entry* entry : bms::catalogue())
        if (entry->addressable && entry->addressed) entries.push_back(entry);
    return entries;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, MixedBus, testing::ValuesIn(several()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace bmsd::test
