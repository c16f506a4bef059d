// Every recorded dialogue of every Bluetooth type of the list, and every advertisement.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "bms/catalogue.h"
#include "model/json.h"
#include "support/vectors.h"

namespace bmsd::test {
namespace {

class EveryBleVector : public testing::TestWithParam<Vector> {};

/// What `reading` shows and nobody expects.
std::string surplus(const boost::json::object& expect, const Reading& reading)
{
    std::string names;
    for (const auto& [name, value] : to_json(reading))
        if (!value.is_null() && !expect.contains(name) && boost::json::serialize(value) != "{}" &&
            boost::json::serialize(value) != "[]")
            names += std::string(name) + " = " + boost::json::serialize(value) + "\n";
    return names;
}

TEST_P(EveryBleVector, DecodesAsItsSheetSays)
{
    const Vector& v = GetParam();
    const auto reading = replay::play(v);
    if (v.rejects) {
        EXPECT_FALSE(reading) << v.source;
        return;
    }
    ASSERT_TRUE(reading) << reading.error() << " in " << v.source;
    EXPECT_EQ(difference(v.expect, *reading), "") << v.source;
    EXPECT_EQ(surplus(v.expect, *reading), "") << v.source;
}

INSTANTIATE_TEST_SUITE_P(Vectors, EveryBleVector, testing::ValuesIn(load_vectors({"ble"})),
                         [](const auto& info) { return info.param.name(); });

TEST(BleVectors, EachTypeHasSome)
{
    const auto all = load_vectors({"ble"});
    for (const bms::Entry* entry : bms::ble_catalogue())
        EXPECT_GE(std::count_if(all.begin(), all.end(), [&](const Vector& v) { return v.bms == entry->name; }), 2)
            << entry->name;
}

TEST(BleVectors, AdvertisementsSuggestTheirBattery)
{
    std::size_t cases = 0;
    for (const Vector& v : load_advertisements()) {
        const auto ids = bms::ble::matches(*v.advertisement);
        const std::string first = ids.empty() ? "" : std::string(ids[0]);
        EXPECT_EQ(first, v.match.value_or("")) << v.index << " " << v.advertisement->name;
        EXPECT_LE(ids.size(), 1U) << v.index;
        ++cases;
    }
    EXPECT_GT(cases, 90U);
}

}  // namespace
}  // namespace bmsd::test
