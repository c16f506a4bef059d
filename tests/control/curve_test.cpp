#include "control/curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace bmsd::control {
namespace {

using Curve = std::vector<double>;

double at(double x, Between between, const Curve& points, const Curve& factors)
{
    return read_curve(points, factors, 100, between, x)->value;
}

const Curve rising{0, 10, 20}, factors{0, 0.5, 1};

TEST(Curve, LinearBetweenThePointsAndFlatBeyond)
{
    EXPECT_EQ(at(-5, Between::linear, rising, factors), 0);
    EXPECT_EQ(at(0, Between::linear, rising, factors), 0);
    EXPECT_EQ(at(5, Between::linear, rising, factors), 25);
    EXPECT_EQ(at(10, Between::linear, rising, factors), 50);
    EXPECT_EQ(at(15, Between::linear, rising, factors), 75);
    EXPECT_EQ(at(20, Between::linear, rising, factors), 100);
    EXPECT_EQ(at(90, Between::linear, rising, factors), 100);
}

TEST(Curve, StepsBelowAndAbove)
{
    EXPECT_EQ(at(9.99, Between::lower, rising, factors), 0);
    EXPECT_EQ(at(10, Between::lower, rising, factors), 50);
    EXPECT_EQ(at(20, Between::lower, rising, factors), 100);
    EXPECT_EQ(at(0.01, Between::upper, rising, factors), 50);
    EXPECT_EQ(at(10, Between::upper, rising, factors), 100);
    EXPECT_EQ(at(0, Between::upper, rising, factors), 0);
}

TEST(Curve, FallingListsAreTheSameCurve)
{
    const Curve falling{20, 10, 0}, reversed{1, 0.5, 0};
    for (const Between between : {Between::linear, Between::lower, Between::upper}) {
        for (double x = -1; x <= 21; x += 0.5) {
            EXPECT_EQ(at(x, between, falling, reversed), at(x, between, rising, factors)) << x;
        }
    }
}

TEST(Curve, StepKindsInPlainWordsWithTheDefaultLists)
{
    const Curve cells{3.5, 3.45, 3.425, 3.4, 3.375}, charge{0, 0.005, 0.05, 0.25, 1};
    EXPECT_EQ(at(3.41, Between::lower, cells, charge), 25);
    const Curve low{2.8, 2.9, 3, 3.1, 3.19}, discharge{0, 0.005, 0.05, 0.25, 1};
    EXPECT_EQ(at(3.05, Between::upper, low, discharge), 25);
    EXPECT_EQ(at(3.1, Between::upper, low, discharge), 100);
    const Curve degrees{0, 2, 5, 10, 40, 45, 50, 55}, share{0, 0.25, 0.5, 1, 1, 0.5, 0.25, 0};
    EXPECT_EQ(at(42, Between::lower, degrees, share), 100);
    EXPECT_EQ(at(42, Between::upper, degrees, share), 50);
    EXPECT_EQ(at(50, Between::upper, degrees, share), 0);
    const Curve soc{98, 95, 90, 85}, by_soc{0.1, 0.2, 0.5, 1};
    EXPECT_EQ(at(92, Between::upper, soc, by_soc), 20);
}

TEST(Curve, EqualNeighboursAreAStep)
{
    const Curve points{0, 10, 10, 20}, outputs{1, 1, 0.2, 0.2};
    EXPECT_EQ(at(9.999, Between::linear, points, outputs), 100);
    EXPECT_EQ(at(10, Between::linear, points, outputs), 20);
    EXPECT_EQ(at(10, Between::lower, points, outputs), 20);
}

TEST(Curve, OnePointIsAConstant)
{
    for (const double x : {-1.0, 5.0, 9.0}) EXPECT_EQ(at(x, Between::upper, {5}, {0.3}), 30);
}

TEST(Curve, RD23_WhatIsNoCurveHasNoValue)
{
    const auto read = [](const Curve& points, const Curve& outputs, double x) {
        return read_curve(points, outputs, 100, Between::linear, x);
    };
    EXPECT_FALSE(read({}, {}, 1));
    EXPECT_FALSE(read({1, 2}, {0.5}, 1));
    EXPECT_FALSE(read({5}, {0.3}, std::nan("")));
    EXPECT_FALSE(read({1, 2}, {0.5, 1}, INFINITY));
}

TEST(Curve, SaysBetweenWhichPoints)
{
    const auto inside = *read_curve(rising, factors, 100, Between::linear, 12);
    EXPECT_EQ(inside, (CurveValue{60, 10.0, 20.0, 50.0, 100.0}));
    const auto below = *read_curve(rising, factors, 100, Between::linear, -1);
    EXPECT_EQ(below.point_low, std::nullopt);
    EXPECT_EQ(below.point_high, 0.0);
    const auto above = *read_curve(rising, factors, 100, Between::linear, 99);
    EXPECT_EQ(above.point_low, 20.0);
    EXPECT_EQ(above.point_high, std::nullopt);
}

}  // namespace
}  // namespace bmsd::control
