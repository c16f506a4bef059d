// The names of BMS types as people write them.
#include <gtest/gtest.h>

#include "bms/catalogue.h"
#include "config/bms_types.h"

namespace bmsd::cli {
namespace {

TEST(Types, EachOfTheCatalogueMayStandInBmsType)
{
    for (const bms::Entry* entry : bms::catalogue())
        EXPECT_TRUE(config::is_bms_type(entry->name)) << "src/config/bms_types.cpp does not have " << entry->name;
}

TEST(Types, AreTakenInAnyCaseAndByTheNameOnTheCover)
{
    for (const char* name : {"jk", "JK", "Jk"}) EXPECT_EQ(config::type_meant_by(name), "Jkbms");
    for (const char* name : {"jbd", "JBD", "llt", "LLTJBD"}) EXPECT_EQ(config::type_meant_by(name), "LltJbd");
    for (const char* name : {"daly", "DALY"}) EXPECT_EQ(config::type_meant_by(name), "Daly");
    EXPECT_EQ(config::type_meant_by("nobody"), "");
    EXPECT_NE(config::unknown_bms_type("Jbdd").find("did you mean LltJbd?"), std::string::npos);
    EXPECT_NE(config::unknown_bms_type("Dally").find("did you mean Daly?"), std::string::npos);
}

}  // namespace
}  // namespace bmsd::cli
