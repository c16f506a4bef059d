#include "util/duration_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace bmsd {
namespace {

struct Row {
    std::int64_t seconds;
    std::string_view brief, full;
};

TEST(DurationText, TableOfTheSheet)
{
    constexpr Row rows[]{{45, "45s", "45s"},
                         {120, "2m", "2m"},
                         {7385, "2h 3m", "2h 3m 5s"},
                         {86400, "1d", "1d"},
                         {90061, "1d 1h", "1d 1h 1m 1s"},
                         {86700, "1d", "1d 5m"},
                         {61, "1m 1s", "1m 1s"},
                         {3605, "1h", "1h 5s"}};
    for (const Row& row : rows) {
        EXPECT_EQ(short_duration(row.seconds).view(), row.brief);
        EXPECT_EQ(long_duration(row.seconds).view(), row.full);
    }
}

TEST(DurationText, RS10_ZeroIsNotEmpty)
{
    EXPECT_EQ(short_duration(0).view(), "0s");
    EXPECT_EQ(long_duration(0).view(), "0s");
}

TEST(DurationText, NegativeHasItsSignInFront)
{
    EXPECT_EQ(short_duration(-15480).view(), "-4h 18m");
    EXPECT_EQ(long_duration(-5).view(), "-5s");
    EXPECT_EQ(long_duration(std::numeric_limits<std::int64_t>::min()).view(), "-106751991167300d 15h 30m 8s");
}

}  // namespace
}  // namespace bmsd
