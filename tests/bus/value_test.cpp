// Types and texts of values: core/dbus.md section 2.2.
#include "bus/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace bmsd::bus {
namespace {

TEST(ValueTexts, WithFormatAndUnit)
{
    EXPECT_EQ(text(53.12, {2, "V"}), "53.12V");
    EXPECT_EQ(text(-12.34, {2, "A"}), "-12.34A");
    EXPECT_EQ(text(-655.5, {0, "W"}), "-656W");
    EXPECT_EQ(text(198.85, {2, "Ah"}), "198.85Ah");
    EXPECT_EQ(text(280.0, {0, "Ah"}), "280Ah");
    EXPECT_EQ(text(0.4, {1, "%"}), "0.4%");
    EXPECT_EQ(text(3.321, {3, "V"}), "3.321V");
    EXPECT_EQ(text(47735, {.hex = true}), "0xBA77");
    EXPECT_EQ(text(Value(), {2, "V"}), "---");
}

TEST(ValueTexts, PrintfRoundsTheBinaryValue)
{
    EXPECT_EQ(text(14.625, {2, "V"}), "14.62V");
    EXPECT_EQ(text(0.5, {0, "W"}), "0W");
    EXPECT_EQ(text(1.5, {0, "W"}), "2W");
    EXPECT_EQ(text(1e300, {0, ""}).size(), 301U);
}

TEST(ValueTexts, WithoutFormatTheShortestThatReadsBack)
{
    EXPECT_EQ(text(46.4), "46.4");
    EXPECT_EQ(text(-280.00024054580894), "-280.00024054580894");
    EXPECT_EQ(text(71.0), "71.0");
    EXPECT_EQ(text(1e6), "1000000.0");
    EXPECT_EQ(text(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(text(0.0001), "0.0001");
    EXPECT_EQ(text(5e-7), "5e-07");
    EXPECT_EQ(text(123), "123");
    EXPECT_EQ(text("Pack A"), "Pack A");
    EXPECT_EQ(text(true), "True");
    EXPECT_EQ(text(false), "False");
}

TEST(ValueTexts, Lists)
{
    EXPECT_EQ(text(Value::List{}), "[]");
    EXPECT_EQ(text(Value::List{3.5, 3.45}), "[3.5, 3.45]");
    EXPECT_EQ(text(Value::List{1, 2}), "[1, 2]");
    EXPECT_EQ(text(Value::List{"LltJbd", "Daly"}), "['LltJbd', 'Daly']");
}

TEST(Values, WhatIsNoNumberIsNoValueAndMinusZeroIsZero)
{
    EXPECT_TRUE(Value(std::nan("")).null());
    EXPECT_TRUE(Value(std::numeric_limits<double>::infinity()).null());
    EXPECT_FALSE(std::signbit(*Value(-0.0).get<double>()));
    EXPECT_EQ(text(-0.0, {2, "A"}), "0.00A");
    EXPECT_TRUE(Value(std::optional<double>()).null());
    EXPECT_EQ(Value(std::optional<double>(2.5)), Value(2.5));
    EXPECT_NE(Value(1), Value(1.0));
    EXPECT_NE(Value(1), Value(true));
}

TEST(Values, TextsAreValidUtf8)
{
    EXPECT_EQ(text("Bulk \u2502 \U0001F50B \u00e4"), "Bulk \u2502 \U0001F50B \u00e4");
    EXPECT_EQ(text("a\xe4z"), "a?z");
    EXPECT_EQ(text("\xc0\x80"), "??");
    EXPECT_EQ(text("\xed\xa0\x80"), "???");
    EXPECT_EQ(text("\xf4\x90\x80\x80"), "????");
    EXPECT_EQ(text("\xe2\x94"), "??");
    EXPECT_EQ(text(std::string("a\0b", 3)), "a?b");
}

TEST(Values, WireTypes)
{
    EXPECT_EQ(wire_type(Value()), "ai");
    EXPECT_EQ(wire_type(2147483647), "i");
    EXPECT_EQ(wire_type(std::int64_t{2147483648}), "x");
    EXPECT_EQ(wire_type(0.0), "d");
    EXPECT_EQ(wire_type("x"), "s");
    EXPECT_EQ(wire_type(true), "b");
    EXPECT_EQ(wire_type(Value::List{1.0}), "av");
    EXPECT_EQ(wire_type(Value::List{}), "au");
}

TEST(Values, RoundingIsToTheNearestDoubleAndTiesToEven)
{
    EXPECT_EQ(nearest(-655.5008, 2), -655.5);
    EXPECT_EQ(nearest(14.625, 2), 14.62);
    EXPECT_EQ(nearest(14.635, 2), 14.63);  // the double is below the tie
    EXPECT_EQ(nearest(2.5, 0), 2.0);
    EXPECT_EQ(nearest(3.3214999, 3), 3.321);
    EXPECT_TRUE(std::isnan(nearest(std::nan(""), 2)));
}

TEST(Values, ConversionOfWhatAClientWrites)
{
    EXPECT_EQ(converted(1.0, 'i'), Value(1));
    EXPECT_EQ(converted("1", 'i'), Value(1));
    EXPECT_EQ(converted(" 50.0 ", 'i'), Value(50));
    EXPECT_EQ(converted(true, 'i'), Value(1));
    EXPECT_EQ(converted(1.5, 'i'), std::nullopt);
    EXPECT_EQ(converted("abc", 'i'), std::nullopt);
    EXPECT_EQ(converted("", 'i'), std::nullopt);
    EXPECT_EQ(converted("1e300", 'i'), std::nullopt);
    EXPECT_EQ(converted(3, 'd'), Value(3.0));
    EXPECT_EQ(converted("nan", 'd'), std::nullopt);
    EXPECT_EQ(converted("2.5", 'd'), Value(2.5));
    EXPECT_EQ(converted(5, 's'), Value("5"));
    EXPECT_EQ(converted(Value(), 'i'), Value());
    EXPECT_EQ(converted(Value::List{1}, 's'), std::nullopt);
}

}  // namespace
}  // namespace bmsd::bus
