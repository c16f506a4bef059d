// The live table: order, width, names that are no names, scrolling, the link's share.
#include "cli/table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/items.h"
#include "cli/screen.h"

namespace bmsd::cli {
namespace {

Services one(const std::string& name = "")
{
    Services services;
    auto& items = services["com.victronenergy.battery.ttyUSB2"];
    items["/Dc/0/Voltage"].value = 52.8;
    items["/Info/MaxDischargeCurrent"].value = 60.0;
    items["/CustomName"].value = name;
    return services;
}

TEST(Table, PortsStandAsPeopleCount)
{
    Services services;
    for (const char* name : {"ttyUSB10", "ttyUSB2", "ttyUSB1"}) services[name];
    EXPECT_EQ(in_order(services), (std::vector<std::string>{"ttyUSB1", "ttyUSB2", "ttyUSB10"}));
}

TEST(Table, EightyColumnsHoldAllFewerAreMarked)
{
    const auto lines = table_lines(one(), "12:00:00", {.colour = false, .width = 80});
    EXPECT_TRUE(lines[1].ends_with("DCL A")) << lines[1];
    EXPECT_TRUE(lines[2].ends_with("60.0")) << lines[2];
    EXPECT_EQ(lines[0].find("left out"), std::string::npos);
    const auto narrow = table_lines(one(), "12:00:00", {.colour = false, .width = 50});
    EXPECT_NE(narrow[0].find("…"), std::string::npos) << narrow[0];
    EXPECT_LE(narrow[1].size(), 50U);
}

TEST(Table, WideCharactersTakeTwoColumns)
{
    const auto blanks = [](const std::string& name) {
        return std::ranges::count(table_lines(one(name), "", {.colour = false, .width = 80})[2], ' ');
    };
    EXPECT_EQ(blanks("\u65e5\u672c\u65e5\u672c"), blanks("abcdefgh"));
    EXPECT_EQ(blanks("K\u00e4se"), blanks("Kase"));
}

TEST(Table, NamesDoNotDriveTheTerminal)
{
    const auto text = table(one("a\x1b[2Jb"), "", {.colour = false, .width = 80});
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
}

TEST(Table, ScrollsBelowItsHead)
{
    std::vector<std::string> lines;
    for (int i = 0; i < 30; ++i) lines.push_back(std::to_string(i));
    std::size_t offset = 100;
    const auto shown = page(lines, 10, offset);
    EXPECT_EQ(offset, 21U);
    EXPECT_EQ(shown.size(), 10U);
    EXPECT_EQ(shown[0], "0");
    EXPECT_EQ(shown[8], "29");
    EXPECT_EQ(shown[9], "22-28 of 28: arrows scroll, q ends") << "fits 40 columns";
}

TEST(Table, TheBatteryWhoseCellsAreShownIsBroughtIntoView)
{
    Services services;
    const std::string prefix = "com.victronenergy.battery.";
    for (const char* name : {"ttyUSB10", "ttyUSB2", "ttyUSB1"}) services[prefix + name]["/Voltages/Cell1"].value = 3.3;
    std::size_t at = 99;
    const auto lines = table_lines(services, "", {.colour = false, .width = 80, .cells_of = prefix + "ttyUSB2"}, &at);
    EXPECT_EQ(at, 1U) << "below the one line of ttyUSB1";
    EXPECT_TRUE(lines[head_lines + at].starts_with("ttyUSB2"));
    EXPECT_NE(lines[head_lines + at + 1].find("3.300"), std::string::npos);
}

TEST(Table, WithoutABatteryItSaysWhereItLooked)
{
    const auto text = table({}, "", {.colour = false, .width = 80, .nobody = "looked at unix:path=/x"});
    EXPECT_NE(text.find("no battery on the bus\nlooked at unix:path=/x\n"), std::string::npos) << text;
}

TEST(Screen, ErasesALineBeforeItIsDrawn)
{
    EXPECT_EQ(drawing({"ab", "cd"}, 2), "\x1b[H\x1b[Kab\r\n\x1b[Kcd");
    EXPECT_EQ(drawing({"ab"}, 2), "\x1b[H\x1b[Kab\r\n\x1b[J");
}

TEST(Table, KeysOfATerminal)
{
    EXPECT_EQ(keys_in("\x1b[Bxq"), (std::vector<Key>{Key::down, Key::quit}));
}

TEST(Items, AShareIsNeverNegative)
{
    auto services = one();
    auto& items = services.begin()->second;
    items["/Info/Link/Replies"].value = 1;
    items["/Info/Link/Timeouts"].value = 0;
    items["/Info/Link/Refused/Total"].value = 4;
    EXPECT_FALSE(link_counts(items)) << "replies are not told yet";
}

}  // namespace
}  // namespace bmsd::cli
