// The line protocol: what real servers refuse never leaves the house.
#include "influx/line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "config/schema.h"
#include "influx/points.h"
#include "influx/ring.h"
#include "influx/settings.h"

namespace bmsd::influx {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string line_of(const Point& point)
{
    std::string text;
    point.append_to(text, 1700000000);
    return text;
}

TEST(Line, EscapesAndSorts)
{
    Point point("a b,c", {{"z", "1"}, {"b=x", "v w,=\\"}, {"empty", ""}});
    point.field("f 1", Number(3), 3).field("text", std::string_view("say \"a\\b\"\n"));
    EXPECT_EQ(line_of(point), "a\\ b\\,c,b\\=x=v\\ w\\,\\=,z=1 f\\ 1=3.0,text=\"say \\\"a\\\\b\\\" \" 1700000000\n");
}

TEST(Line, NumbersKeepTheirTypeAndNonsenseStaysOut)
{
    Point point("m", {});
    point.field("whole", Number(53), 3).field("parts", Number(3.3120001), 3).field("small", Number(-0.0001), 2);
    point.field("nan", Number(NAN), 3)
        .field("inf", Number(INFINITY), 3)
        .field("none", Number(), 3)
        .field("flag", Flag(true));
    point.field("unknown", Flag()).field("zero", Number(12), 0);
    EXPECT_EQ(line_of(point), "m whole=53.0,parts=3.312,small=0.0,flag=t,zero=12.0 1700000000\n");
    EXPECT_EQ(line_of(Point("m", {}).field("nan", Number(NAN), 3)), "");
}

Snapshot battery()
{
    Snapshot s;
    s.derived.voltage = 53.125;
    s.derived.soc = 50;
    s.telemetry.cell_voltages = {3.312, std::nullopt, 3.33};
    s.telemetry.cell_balancing = {false, true};
    s.derived.temperatures[1] = 21;
    s.alarms[Alarm::low_cell_voltage] = 2;
    return s;
}

Who somebody()
{
    Who who;
    who.unique_id = "Bat 1";
    who.custom_name = "My, battery";
    return who;
}

TEST(Points, TallAndWide)
{
    std::string lines;
    EXPECT_EQ(append_points(lines, somebody(), battery(), {.wide = false, .tags = {{"site", "home"}}}, 1), 5U);
    EXPECT_THAT(lines, HasSubstr(",name=My\\,\\ battery,site=home voltage=53.125,soc=50.0,charge_allowed=f"));
    EXPECT_THAT(lines, HasSubstr(",cell=01,site=home voltage=3.312,balancing=f 1\n"));
    EXPECT_THAT(lines, HasSubstr(",cell=02,site=home balancing=t 1\n"));
    EXPECT_THAT(lines, HasSubstr("sensor=2,site=home value=21.0 1\n"));
    EXPECT_THAT(lines, HasSubstr("alarms=1.0"));
    std::string wide;
    EXPECT_EQ(append_points(wide, somebody(), battery(), {.wide = true, .tags = {}}, 1), 3U);
    EXPECT_THAT(wide, HasSubstr(" cell_01=3.312,balancing_01=f,balancing_02=t,cell_03=3.33 1\n"));
}

TEST(Points, AnEventIsAPointWithItsText)
{
    std::string lines;
    site::Event event{"low_cell_voltage", 2, 7, 2.7, std::nullopt, "V"};
    EXPECT_TRUE(append_event(lines, somebody(), event, {}, 1));
    EXPECT_THAT(lines,
                HasSubstr("kind=low_cell_voltage text=\"low cell voltage, cell 7: 2.700 V\",level=2.0,value=2.7 1\n"));
    event.level = 0;
    append_event(lines, somebody(), event, {}, 1);
    EXPECT_THAT(lines, HasSubstr("V (over)\""));
}

TEST(RingOfBatches, IsBoundedAndCounts)
{
    Ring ring(1000);
    for (int i = 0; i < 100; ++i) ring.add(std::string(99, 'x') + "\n", 1);
    EXPECT_LE(ring.bytes(), 1000U);
    EXPECT_GT(ring.dropped(), 0U);
    std::size_t left = 0;
    while (const auto batch = ring.take()) left += batch->count;
    EXPECT_EQ(left + ring.dropped(), 100U);
    EXPECT_EQ(ring.bytes(), 0U);
    ring.add(std::string(2000, 'x'), 3);
    EXPECT_TRUE(ring.empty());
    for (int i = 0; i < 4; ++i) ring.add("x\n", 200);
    EXPECT_EQ(ring.take()->count, 400U);
    const auto last = ring.take();
    EXPECT_EQ(last->count, 400U);
    ring.put_back(*last);
    EXPECT_EQ(ring.take()->count, 400U);
}

TEST(Settings, ThreeVersions)
{
    auto config = config::defaults();
    EXPECT_FALSE(configured(config));
    config.influx_url = "http://influx:8086/base/";
    config.influx_org = "my org";
    config.influx_bucket = "db/month";
    config.influx_token = "secret";
    config.influx_username = "user";
    config.influx_password = "pass";
    ASSERT_TRUE(configured(config));
    const auto header = [&](const Settings& settings) {
        for (const auto& [name, value] : settings.headers)
            if (name == "Authorization") return value;
        return std::string();
    };
    EXPECT_EQ(settings_of(config)->target, "/base/api/v2/write?org=my%20org&bucket=db%2Fmonth&precision=s");
    EXPECT_EQ(header(*settings_of(config)), "Token secret");
    config.influx_version = 1;
    EXPECT_EQ(settings_of(config)->target, "/base/write?db=db&precision=s&rp=month");
    EXPECT_EQ(header(*settings_of(config)), "Basic dXNlcjpwYXNz");
    config.influx_version = 3;
    EXPECT_EQ(settings_of(config)->target, "/base/api/v3/write_lp?db=db%2Fmonth&precision=second");
    EXPECT_EQ(header(*settings_of(config)), "Bearer secret");
    config.influx_tags = {"site=a b"};
    EXPECT_EQ(settings_of(config)->layout.tags.at(0).second, "a b");
    for (const char* wrong : {"site", "=x", "battery=x", "cell=1", "x=", "_x=1"}) {
        config.influx_tags = {wrong};
        EXPECT_FALSE(settings_of(config)) << wrong;
    }
    config.influx_tags.clear();
    config.influx_token = "secret\r\nX: y";
    EXPECT_THAT(settings_of(config).error(), Not(HasSubstr("secret")));
    config.influx_url = "ftp://x";
    EXPECT_FALSE(settings_of(config));
}

}  // namespace
}  // namespace bmsd::influx
