#include "model/plausible.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
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
    t.temperatures = {Number(21), Number(-200), Number(), Number(150.1)};
    EXPECT_EQ(std::popcount(sift(t)), 3);  // capacity, current, sensors
    EXPECT_EQ(t.temperatures, (std::array<Number, sensor_count>{Number(21)}));
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
        const std::uint32_t voided = sift(t);
        EXPECT_EQ(std::popcount(voided), t.soc ? 0 : 1);
        if (voided != 0) {
            EXPECT_EQ(sifted_text(static_cast<unsigned>(std::countr_zero(voided))), "SoC outside 0 to 100 %");
        }
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
    EXPECT_EQ(impossible(t), "");
    t.current = 1e6;
    EXPECT_EQ(impossible(t), "");
    EXPECT_NE(implausible(t), "");  // but no type is recognised by it
    t.voltage = 100.1;
    EXPECT_EQ(impossible(t), "voltage outside 0 to 100 V");
}

}  // namespace
}  // namespace bmsd
