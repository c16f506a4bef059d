// The formats of recorded CAN frames.
#include "replay/candump.h"

#include <gtest/gtest.h>

namespace bmsd::replay {
namespace {

TEST(Candump, TheThreeFormatsSayTheSame)
{
    const CanFrame frame{{0x351, false}, 8, {0x28, 2, 0xE8, 3, 0xDC, 5, 0xC0, 1}};
    EXPECT_EQ(candump_frame("(1700000000.123456) can0 351#2802E803DC05C001"), frame);
    EXPECT_EQ(candump_frame("can0 351#2802E803DC05C001\r"), frame);
    EXPECT_EQ(candump_frame("  can0  351   [8]  28 02 E8 03 DC 05 C0 01   '(......'"), frame);
    EXPECT_EQ(candump_frame(" (001.000000)  can0  351   [8]  28 02 E8 03 DC 05 C0 01"), frame);
    EXPECT_EQ(candump_frame(R"({"id": "0x351", "data": "2802E803DC05C001"})"), frame);
}

TEST(Candump, LongIdsAreExtendedAndShortFramesStayShort)
{
    const auto frame = candump_frame("can0 00000305#");
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->id, (CanId{0x305, true}));
    EXPECT_EQ(frame->size, 0);
    EXPECT_EQ(candump_frame("can0 305#01")->id, (CanId{0x305, false}));
}

TEST(Candump, OtherLinesAreNoFrames)
{
    for (const char* line :
         {"", "can0", "can0 351", "can0 351#R", "can0 351#112233445566778899", "can0 35G#00", "can0 FFF#00",
          "can0 2FFFFFFF#00", "can0 351#123", "{", R"({"id": 1})", "(1) can0", "can0 351 8 28"})
        EXPECT_FALSE(candump_frame(line)) << line;
}

}  // namespace
}  // namespace bmsd::replay
