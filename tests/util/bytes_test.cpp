#include "util/bytes.h"

#include <gtest/gtest.h>

#include "util/checksum.h"

namespace bmsd {
namespace {

TEST(Bytes, HexBothWays)
{
    EXPECT_EQ(to_hex(*from_hex("dd A5 0300")), "dda50300");
    EXPECT_FALSE(from_hex("dda"));
    EXPECT_FALSE(from_hex("dg"));
    EXPECT_FALSE(from_hex("d d"));
}

TEST(Bytes, IntegersBothWays)
{
    std::uint8_t data[8];
    write_be(data, 3, 0x123456);
    EXPECT_EQ(read_be(data, 3), 0x123456U);
    write_le(data, 8, 0x1122334455667788);
    EXPECT_EQ(data[0], 0x88);
    EXPECT_EQ(read_le(data, 8), 0x1122334455667788U);
}

TEST(Bytes, PrintableStopsAtNul)
{
    const Bytes bytes{' ', 'a', 0x80, 'b', ' ', 0, 'c'};
    EXPECT_EQ(printable(bytes), "a b");
    EXPECT_EQ(printable({}), "");
}

TEST(Checksum, KnownFrames)
{
    EXPECT_EQ(checksum::negated_sum16(*from_hex("000a30313233343536373839")), 0xFDE9);  // lltjbd.md 2
    EXPECT_EQ(checksum::crc16_modbus(*from_hex("031016200001")), 0xA905);               // jkbms_pb.md 2
    EXPECT_EQ(checksum::sum8(*from_hex("a501900800820000753001f3")), 0x59);             // daly.md 2
}

}  // namespace
}  // namespace bmsd
