// INFO with counted cells and sensors: positions, both forms, both directions.
#include "bms/language/ascii_layout.h"

#include <gtest/gtest.h>

namespace bmsd::test {
namespace {

using bms::Refusal;
using namespace bms;

constexpr ascii::Shape shape{
    .at = 2, .size = 2, .between = 1, .most_cells = 4, .least_sensors = 1, .most_sensors = 2, .rest = 3};

TEST(AsciiLayout, CountsCellsAndSensors)
{
    const auto laid = ascii::counted(shape, 3, 2);
    EXPECT_EQ(laid.sensors_at, 11U);
    EXPECT_EQ(laid.end, 15U);
    Bytes info(18);
    info[2] = 3, info[10] = 2;
    const auto counted = ascii::count(info, shape);
    ASSERT_TRUE(counted);
    EXPECT_EQ(counted->cells, 3U);
    EXPECT_EQ(counted->sensors, 2U);
    EXPECT_EQ(counted->end, 15U);
    for (std::size_t size = 0; size < info.size(); ++size)
        EXPECT_EQ(ascii::count(ByteView(info).first(size), shape).error(), Refusal::bad_length) << size;
    for (const auto& [at, value] : {std::pair{2, 0}, {2, 5}, {10, 0}, {10, 3}}) {
        Bytes wrong = info;
        wrong[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
        EXPECT_EQ(ascii::count(wrong, shape).error(), Refusal::bad_content) << at << ' ' << value;
    }
}

constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages};
constexpr std::array sensor_table{Field{0, u16be, 0.1, sensor(1), 2731, 0}, Field{2, u16be, 0.1, sensor(2), 2731, 0}};
constexpr std::array middle_table{Field{0, u8, 1, &Telemetry::soc}};
constexpr std::array tail_table{Field{0, u8, 1, &Telemetry::cycles}};
constexpr std::array bits{Bit{2, 7, &Telemetry::charge_fet}};
constexpr std::array<std::uint8_t, 2> status{2, 1};
constexpr std::array<std::uint8_t, 1> balancing{3};
constexpr std::array alarms{AlarmBit{0, Alarm::low_voltage, 2}, AlarmBit{8, Alarm::low_voltage, 1}};
constexpr ascii::InfoLayout values{.shape = shape,
                                   .cells = &cell_list,
                                   .middle = middle_table,
                                   .sensors = sensor_table,
                                   .tail = tail_table,
                                   .bits = bits,
                                   .status = status,
                                   .alarms = alarms,
                                   .balancing = balancing,
                                   .more = 1};

Telemetry battery()
{
    Telemetry t;
    t.cell_voltages = {3.3, 3.4};
    t.cell_balancing = {false, true};
    t.balancing = true;
    t.soc = 50;
    t.cycles = 7;
    t.temperatures[1] = -3.5;
    t.charge_fet = true;
    t.alarms[Alarm::low_voltage] = std::uint8_t{2};
    return t;
}

TEST(AsciiLayout, WhatIsEncodedIsDecoded)
{
    const Telemetry sent = battery();
    const Bytes info = ascii::encode(values, sent);
    Telemetry shown;
    ASSERT_TRUE(ascii::decode(values, info, shown));
    EXPECT_EQ(shown, sent);
    EXPECT_FALSE(shown.temperatures[0]) << "a place without a sensor";
    ascii::forget(values, shown);
    EXPECT_EQ(shown, Telemetry());
}

TEST(AsciiLayout, WhatAShorterReplyDoesNotSayIsAbsent)
{
    Bytes info = ascii::encode(values, battery());
    info.pop_back();
    Telemetry shown = battery();
    ASSERT_TRUE(ascii::decode(values, info, shown));
    EXPECT_TRUE(shown.cell_balancing.empty());
    EXPECT_FALSE(shown.balancing);
}

TEST(AsciiLayout, CodesAreNoValuesAndValuesNoCodes)
{
    ascii::InfoLayout codes{.shape = shape, .sensors = sensor_table, .bits = bits}, other = values;
    codes.shape.size = 1;
    other.codes = &codes.shape;
    Telemetry shown;
    Bytes of_values = ascii::encode(values, battery()), of_codes = ascii::encode(codes, battery());
    ASSERT_TRUE(ascii::decode(codes, of_codes, shown));
    ASSERT_TRUE(ascii::decode(other, of_values, shown));
    of_values.resize(64), of_codes.resize(64);  // long enough for either
    of_values[2 + 2 + 2] = of_codes[2 + 4 + 2] = 1;
    EXPECT_EQ(ascii::decode(other, of_codes, shown).error(), Refusal::bad_content);
    EXPECT_EQ(ascii::decode(codes, of_values, shown).error(), Refusal::bad_content);
}

TEST(AsciiLayout, AllRepliesSpeakOfAsManyCells)
{
    Telemetry shown;
    const Bytes info = ascii::encode(values, battery());
    ASSERT_TRUE(ascii::take(values, info, shown));
    EXPECT_EQ(shown.cell_count, 2);
    ASSERT_TRUE(ascii::take(values, info, shown));
    shown.cell_count = 3;
    EXPECT_EQ(ascii::take(values, info, shown).error(), Refusal::bad_content);
}

TEST(AsciiLayout, TwoTablesAreOne)
{
    constexpr auto both = ascii::joined(alarms, std::array{AlarmBit{3, Alarm::fuse_blown, 1}});
    static_assert(both.size() == 3 && both[2].bit == 3 && both[0].bit == 0);
}

}  // namespace
}  // namespace bmsd::test
