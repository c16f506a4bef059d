// The catalogue and the names a configuration may use are one list.
#include "bms/catalogue.h"

#include <gtest/gtest.h>

#include "config/bms_types.h"

namespace bmsd::test {
namespace {

TEST(Catalogue, AnEntryBearsTheNameOfTheList)
{
    const auto wired = config::bms_types_of("serial"), radio = config::bms_types_of("ble");
    ASSERT_EQ(wired.size(), bms::catalogue().size());
    ASSERT_EQ(radio.size(), bms::ble_catalogue().size());
    for (std::size_t i = 0; i < wired.size(); ++i) {
        EXPECT_EQ(wired[i], bms::catalogue()[i]->name);
        EXPECT_EQ(bms::find(wired[i]), bms::catalogue()[i]);
    }
    for (std::size_t i = 0; i < radio.size(); ++i) EXPECT_EQ(radio[i], bms::ble_catalogue()[i]->name);
    EXPECT_EQ(bms::find("daly"), nullptr) << "case-exact";
}

}  // namespace
}  // namespace bmsd::test
