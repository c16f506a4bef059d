// Every device vector through its protocol, without a wire.
#include <gtest/gtest.h>

#include "bms/catalogue.h"
#include "support/vectors.h"

namespace bmsd::test {
namespace {

class EveryVector : public testing::TestWithParam<Vector> {};

TEST_P(EveryVector, DecodesAsItsSheetSays)
{
    const Vector& v = GetParam();
    const bms::Entry& entry = *bms::find(v.bms);
    ScriptChannel channel;
    v.fill(channel);
    const bms::Line line = entry.lines.front();
    const auto protocol = entry.make({v.config, v.address.value_or(line.address), v.baud ? v.baud : line.baud});
    Reading reading;
    auto taken = run(protocol->identify(channel, reading));
    if (taken) taken = run(protocol->poll(channel, reading));
    if (v.rejects) {
        EXPECT_FALSE(taken) << v.source;
        return;
    }
    ASSERT_TRUE(taken) << text(taken.error()) << " in " << v.source;
    EXPECT_EQ(difference(v.expect, reading), "") << v.source;
}

INSTANTIATE_TEST_SUITE_P(Vectors, EveryVector, testing::ValuesIn(load_vectors({"serial", "spi"})),
                         [](const auto& info) { return info.param.name(); });

}  // namespace
}  // namespace bmsd::test
