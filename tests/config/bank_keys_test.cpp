// The keys of the battery bank: lists by lines, a family of keys, curves.
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/schema.h"

namespace bmsd::config {
namespace {

TEST(BankKeys, ListsAreSeparatedByCommasOrLines)
{
    const auto loaded = load(
        "[DEFAULT]\nAGGREGATE_OVERRIDES = name:Main shunt /Soc\n  serial:7 /Dc/0/Current\n"
        "AGGREGATE_EXCLUDE = name:A, name:B\n",
        "x");
    EXPECT_TRUE(loaded.issues.empty());
    EXPECT_EQ(loaded.config.aggregate_overrides,
              (std::vector<std::string>{"name:Main shunt /Soc", "serial:7 /Dc/0/Current"}));
    EXPECT_EQ(loaded.config.aggregate_exclude, (std::vector<std::string>{"name:A", "name:B"}));
}

TEST(BankKeys, AVirtualMemberIsAKeyOfAFamily)
{
    const auto loaded = load(
        "[DEFAULT]\nAGGREGATE_VIRTUAL_SHUNT = service:a *\n  fixed /Soc 50\n"
        "aggregate_virtual_two = name:B *\n",
        "x");
    EXPECT_TRUE(loaded.issues.empty());
    const std::vector<std::string> wanted{"SHUNT service:a *", "SHUNT fixed /Soc 50", "TWO name:B *"};
    EXPECT_EQ(loaded.config.aggregate_virtual, wanted);
    EXPECT_NE(find_any_case("AGGREGATE_VIRTUAL_X"), nullptr);
    EXPECT_EQ(find_any_case("AGGREGATE_VIRTUAL_"), nullptr);
}

TEST(BankKeys, ACurveThatDoesNotFitGoesBackToTheDefaultsOfBoth)
{
    for (const auto* text :
         {"AGGREGATE_CELL_CHARGE_LIMITING_VOLTAGE = 3.0, 3.4\n", "AGGREGATE_CELL_CHARGE_LIMITED_CURRENT = 1, 0\n",
          "AGGREGATE_CELL_CHARGE_LIMITING_VOLTAGE = 3.4, 3.0\n"
          "AGGREGATE_CELL_CHARGE_LIMITED_CURRENT = 1, 0\n"}) {
        const auto loaded = load(std::string("[DEFAULT]\n") + text, "x");
        EXPECT_TRUE(loaded.has_errors()) << text;
        EXPECT_EQ(loaded.config, defaults()) << text;
    }
    const auto fine = load(
        "[DEFAULT]\nAGGREGATE_CELL_CHARGE_LIMITING_VOLTAGE = 3.0, 3.4\n"
        "AGGREGATE_CELL_CHARGE_LIMITED_CURRENT = 1, 0\n",
        "x");
    EXPECT_TRUE(fine.issues.empty());
    EXPECT_EQ(fine.config.aggregate_cell_charge_limiting_voltage, (std::vector<double>{3.0, 3.4}));
}

TEST(BankKeys, AWrongValueIsToldAndTheDefaultUsed)
{
    const auto loaded =
        load("[DEFAULT]\nAGGREGATE_CVL_MODE = highest\nAGGREGATE_MEMBER_GRACE = 1000\nAGGREGATE_FOO = 1\n", "x");
    EXPECT_EQ(loaded.issues.size(), 3U);
    EXPECT_EQ(loaded.config, defaults());
}

}  // namespace
}  // namespace bmsd::config
