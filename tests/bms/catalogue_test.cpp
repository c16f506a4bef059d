// The catalogue and the names a configuration may use are one list.
#include "bms/catalogue.h"

#include <gtest/gtest.h>

#include "config/bms_types.h"

namespace bmsd::test {
namespace {

TEST(Catalogue, AnEntryBearsTheNameOfTheList)
{
    const auto all = bms::catalogue();
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(config::bms_types()[i].name, all[i]->name);
        EXPECT_EQ(bms::find(all[i]->name), all[i]);
    }
    EXPECT_EQ(config::bms_types_of("serial").size(), all.size());
    EXPECT_EQ(bms::find("daly"), nullptr) << "case-exact";
}

}  // namespace
}  // namespace bmsd::test
