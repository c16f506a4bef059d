// What bmsd watch says of a limit.
#include "cli/explain.h"

#include <gtest/gtest.h>

namespace bmsd::cli {
namespace {

TEST(Explain, NamesMeasurementPointsAndLimit)
{
    EXPECT_EQ(explain(R"({"limiter":"Cell Voltage","measured":3.4213,"point_low":3.4,"point_high":3.425,)"
                      R"("limit_low":12.5,"limit_high":2.5,"limit":4})",
                      4.0),
              "Cell Voltage 3.421 V: 4 A, between 3.4 V = 12.5 A and 3.425 V = 2.5 A");
    EXPECT_EQ(explain(R"({"limiter":"SoC","measured":99,"limit":5})", {}), "SoC 99 %: 5 A");
    EXPECT_EQ(explain(R"({"limiter":"MOSFET","measured":61.5,"limit":5})", {}), "MOSFET 61.5 °C: 5 A");
}

TEST(Explain, ALimitOnItsWayIsToldWithTheOneInForce)
{
    EXPECT_EQ(explain(R"({"limiter":"Max Battery Charge Current","limit":50})", 12.04),
              "Max Battery Charge Current: 50 A; now 12 A");
    EXPECT_EQ(explain(R"({"limiter":"BMS","limit":0})", 0.0), "BMS: 0 A");
}

TEST(Explain, AnythingElseSaysNothing)
{
    for (const auto* text :
         {"", "null", "[]", "{", R"({"limit":4})", R"({"limiter":7,"limit":4})", R"({"limiter":"SoC"})"})
        EXPECT_EQ(explain(text, 4.0), "") << text;
}

}  // namespace
}  // namespace bmsd::cli
