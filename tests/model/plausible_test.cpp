#include "model/plausible.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bmsd {
namespace {

TEST(Plausible, A15_05_OneFieldThatCannotBeIsAbsentAndTheOthersStay)
{
    Telemetry t;
    t.voltage = 53;
    t.current = 1000.1;
    t.capacity = std::nan("");
    t.soc = 50;
    const Voided voided = void_implausible(t);
    EXPECT_EQ(voided.fields, 2u);
    EXPECT_EQ(voided.first, "capacity outside 0 to 5000 Ah");
    EXPECT_FALSE(t.current);
    EXPECT_FALSE(t.capacity);
    EXPECT_EQ(t.voltage, 53);
    EXPECT_EQ(t.soc, 50);
}

TEST(Plausible, A15_05_ASocALittleBeyondIsItsBound)
{
    const auto judged = [](double soc) {
        Telemetry t;
        t.soc = soc;
        const Voided voided = void_implausible(t);
        EXPECT_EQ(voided.fields, t.soc ? 0u : 1u);
        return t.soc;
    };
    EXPECT_EQ(judged(103), 100);
    EXPECT_EQ(judged(110), 100);
    EXPECT_EQ(judged(110.1), std::nullopt);
    EXPECT_EQ(judged(-5), 0);
    EXPECT_EQ(judged(-5.1), std::nullopt);
    EXPECT_EQ(judged(42.5), 42.5);
}

TEST(Plausible, A15_05_OnlyARequiredFieldRefusesTheReply)
{
    Telemetry t;
    EXPECT_EQ(implausible_required(t), "");
    t.current = 1e6;
    EXPECT_EQ(implausible_required(t), "");
    EXPECT_NE(implausible(t), "");  // but no type is recognised by it
    t.voltage = 100.1;
    EXPECT_EQ(implausible_required(t), "voltage outside 0 to 100 V");
}

}  // namespace
}  // namespace bmsd
