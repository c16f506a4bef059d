// The catalogue and the names a configuration may use are one list.
#include "bms/catalogue.h"

#include <gtest/gtest.h>

#include "config/bms_types.h"

namespace bmsd::test {
namespace {

/// Names of a kind in the order of the list, which is that of the catalogue.
std::vector<std::string_view> listed(std::string_view kind)
{
    std::vector<std::string_view> names;
    for (const auto& type : config::bms_types())
        if (type.kind == kind) names.push_back(type.name);
    return names;
}

void expect_same(std::span<const bms::Entry* const> entries, std::string_view kind)
{
    const auto names = listed(kind);
    ASSERT_EQ(names.size(), entries.size()) << kind;
    for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(names[i], entries[i]->name);
}

TEST(Catalogue, AnEntryBearsTheNameOfTheList)
{
    expect_same(bms::catalogue(), "serial");
    expect_same(bms::ble_catalogue(), "ble");
    for (const bms::Entry* entry : bms::catalogue()) EXPECT_EQ(bms::find(entry->name), entry);
    EXPECT_EQ(bms::find("daly"), nullptr) << "case-exact";
}

}  // namespace
}  // namespace bmsd::test
