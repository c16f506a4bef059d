// Tables that count: sensors and cells of a reply, counts of an envelope, floating point numbers.
#include <gtest/gtest.h>

#include <limits>

#include "bms/language/envelope.h"
#include "bms/language/layout.h"

namespace bmsd::test {
namespace {

using namespace bmsd::bms;

constexpr Target behind[]{&Telemetry::temperature_ambient, &Telemetry::temperature_mosfet};
constexpr SensorList sensors{.count_at = 0,
                             .count = u8,
                             .most = 6,
                             .offset = 1,
                             .stride = 1,
                             .wire = u8,
                             .scale = 1,
                             .zero = 40,
                             .absent = 0,
                             .behind = behind};

TEST(SensorList, WhatStandsBehindTheCountedOnesMovesWithTheirNumber)
{
    Telemetry t;
    ASSERT_TRUE(decode(sensors, Bytes{2, 60, 0, 61, 62}, t));
    EXPECT_EQ(t.temperatures[0], 20);
    EXPECT_EQ(t.temperatures[1], std::nullopt) << "not fitted";
    EXPECT_EQ(t.temperature_ambient, 21);
    EXPECT_EQ(t.temperature_mosfet, 22);
    ASSERT_TRUE(decode(sensors, Bytes{5, 41, 42, 43, 44, 45, 46, 47}, t));
    EXPECT_EQ(t.temperatures[3], 4) << "the fifth has no place";
    EXPECT_EQ(t.temperature_ambient, 6);
}

TEST(SensorList, TooManyAreRefusedAndMissingBytesAreAbsent)
{
    Telemetry t;
    EXPECT_EQ(decode(sensors, Bytes{7, 60, 60, 60, 60, 60, 60, 60, 60, 60}, t).error(), Refusal::bad_content);
    ASSERT_TRUE(decode(sensors, Bytes{3, 60}, t));
    EXPECT_EQ(t.temperatures[0], 20);
    EXPECT_EQ(t.temperatures[1], std::nullopt);
    EXPECT_EQ(t.temperature_mosfet, std::nullopt);
}

TEST(SensorList, BothWays)
{
    Telemetry t;
    t.temperatures = {Number(-5), std::nullopt, Number(7), std::nullopt};
    t.temperature_ambient = 1;
    t.temperature_mosfet = 2;
    Bytes data(8);
    encode(sensors, data, t);
    Telemetry shown;
    ASSERT_TRUE(decode(sensors, data, shown));
    EXPECT_EQ(shown, t);
}

constexpr ListField cell_lists[]{{0, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0}};

TEST(CellPlaces, TheLastThatIsNotZeroIsTheNumberAndStaysIt)
{
    constexpr Layout layout{.lists = cell_lists, .cell_places = 4};
    Reading reading;
    ASSERT_TRUE(take(layout, *from_hex("0ce4 0000 0ce5 0000"), reading));
    EXPECT_EQ(reading.telemetry.cell_count, 3);
    EXPECT_EQ(reading.telemetry.cell_voltages, (Cells{3.3, std::nullopt, 3.301}));
    EXPECT_EQ(take(layout, *from_hex("0ce4 0ce4 0000 0000"), reading).error(), Refusal::bad_content) << "fewer";
    ASSERT_TRUE(take(layout, *from_hex("0ce4 0ce4 0ce4 0001"), reading));
    EXPECT_EQ(reading.telemetry.cell_count, 3) << "more";
    Reading none;
    EXPECT_EQ(take(layout, *from_hex("0000 0000 0000 0000"), none).error(), Refusal::bad_content);
}

TEST(MostCells, CountsThatCannotBeAreRefused)
{
    constexpr std::array count{Field{0, u8, 1, &Telemetry::cell_count}};
    static constexpr ListField list[]{{1, 2, u16be, 0.001, &Telemetry::cell_voltages}};
    const Layout layout{.fields = count, .lists = list, .most_cells = 3};
    Reading reading;
    EXPECT_TRUE(take(layout, *from_hex("02 0ce4 0ce4"), reading));
    EXPECT_EQ(take(layout, *from_hex("00 0ce4 0ce4"), reading).error(), Refusal::bad_content);
    EXPECT_EQ(take(layout, *from_hex("04 0ce4 0ce4 0ce4 0ce4"), reading).error(), Refusal::bad_content);
    EXPECT_EQ(take(layout, *from_hex("03 0ce4 0ce4"), reading).error(), Refusal::bad_length);
}

constexpr Envelope frames{.start = "\xAA",
                          .head = 5,
                          .count_at = 3,
                          .count = u16le,
                          .count_more = 6,
                          .echo_at = 1,
                          .echo_size = 2,
                          .sum = big_endian<checksum::sum8>};

TEST(CellCount, AnotherOneDropsWhatWasToldOfMoreWhereverItStands)
{
    constexpr Layout by_hook{.take = [](ByteView data, Reading& reading) -> Reply<void> {
        reading.telemetry.cell_count = data[0];
        return {};
    }};
    Reading reading;
    Telemetry& t = reading.telemetry;
    t.cell_count = 4;
    t.cell_voltages = {3.3, 3.3, 3.3, 3.3, 3.3};
    t.cell_balancing = {true, false, false, false};
    ASSERT_TRUE(take(by_hook, Bytes{4}, reading));
    EXPECT_EQ(t.cell_voltages.size(), 5U) << "places that are being gathered stay";
    ASSERT_TRUE(take(by_hook, Bytes{3}, reading));
    EXPECT_EQ(t.cell_voltages.size(), 0U);
    EXPECT_EQ(t.cell_balancing.size(), 0U);
}

TEST(Envelope, ACountOfTwoBytesThatCountsAllOfTheFrame)
{
    const Bytes request = *from_hex("aa 01 02");
    const Bytes data{7, 8, 9};
    const Bytes frame = frames.reply_to(request, data);
    EXPECT_EQ(to_hex(frame), "aa01020900070809ce");
    EXPECT_EQ(frames.length(frame), frame.size());
    EXPECT_EQ(frames.length(ByteView(frame).first(4)), 5U) << "not known yet";
    ASSERT_TRUE(frames.answer(frame, request));
    EXPECT_EQ(to_hex(*frames.answer(frame, request)), "070809");
    EXPECT_EQ(frames.answer(frame, *from_hex("aa 01 03")).error(), Refusal::wrong_echo);
    EXPECT_EQ(frames.answer(frame, request, 4).error(), Refusal::bad_length);
}

TEST(Envelope, ACountThatIsTooSmallForAFrameIsRefused)
{
    EXPECT_EQ(frames.length(*from_hex("aa 01 02 01 00")), 6U);
    EXPECT_EQ(frames.answer(*from_hex("aa 01 02 01 00 ae"), *from_hex("aa 01 02")).error(), Refusal::bad_length);
}

TEST(Checksums, KnownValues)
{
    const std::string_view digits = "123456789";
    const ByteView bytes(reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size());
    EXPECT_EQ(checksum::crc16_xmodem(bytes), 0x31C3);
    EXPECT_EQ(checksum::xor8(bytes), 0x31);
}

TEST(FloatingPoint, BothWaysAndNoNumberIsToldApart)
{
    constexpr Wire milli = f32<1000, true>;
    const Bytes number = *from_hex("416289c5");
    EXPECT_EQ(milli.get(number.data()), 14159);
    Bytes data(4);
    milli.put(data.data(), -400);
    EXPECT_EQ(milli.get(data.data()), -400);
    for (const char* none : {"7fc00000", "7f800000", "ff800000", "7f7fffff"})
        EXPECT_EQ(milli.get(from_hex(none)->data()), not_a_number) << none;
    EXPECT_EQ((f32<100, false>.get(from_hex("c3f54842")->data())), 5024);
}

}  // namespace
}  // namespace bmsd::test
