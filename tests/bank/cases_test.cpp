// The recorded cases of the bank, all of them, as `bmsd replay` runs them.
#include "bank/cases.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "config/schema.h"
#include "util/file.h"

namespace bmsd::bank {
namespace {

namespace json = boost::json;

struct File {
    const char* name;
    std::size_t cases;
};

class RecordedCases : public testing::TestWithParam<File> {};

TEST_P(RecordedCases, EachStepIsAsRecorded)
{
    const auto text = read_file(std::string(BMSD_VECTORS) + "/core/" + GetParam().name);
    ASSERT_TRUE(text) << text.error();
    const json::value document = json::parse(*text);
    ASSERT_EQ(document.as_array().size(), GetParam().cases);
    for (const json::value& item : document.as_array()) {
        const json::object& object = item.as_object();
        SCOPED_TRACE(std::string(object.at("name").as_string()));
        ASSERT_TRUE(is_bank_case(object));
        std::size_t checked = 0;
        const auto run = run_bank_case(object, config::defaults(), [&](const CaseStep& step) {
            checked += step.expected != nullptr || step.must_be_refused ? 1 : 0;
            for (const auto& difference : differences(step))
                ADD_FAILURE() << "step " << step.step << ": " << difference;
        });
        EXPECT_TRUE(run) << run.error();
        EXPECT_GT(checked, 0U);
    }
}

INSTANTIATE_TEST_SUITE_P(Core, RecordedCases,
                         testing::Values(File{"aggregate-merge.json", 9}, File{"aggregate-cvl.json", 18},
                                         File{"aggregate-limits.json", 19}, File{"aggregate-current.json", 10},
                                         File{"aggregate-own.json", 11}, File{"aggregate-soc.json", 3},
                                         File{"aggregate-series.json", 1}, File{"aggregate-virtual.json", 6},
                                         File{"aggregate-ir.json", 2}, File{"virtual-mqtt.json", 11}),
                         [](const auto& info) {
                             std::string name(info.param.name);
                             for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                             return name;
                         });

TEST(RecordedCases, ADifferenceIsSeen)
{
    const auto object = json::parse(R"({"batteries": [{"/Dc/0/Voltage": 53.0, "/Soc": 50}],
        "expect": {"/Dc/0/Voltage": 53.02, "/Soc": null, "/Info/ChargeMode": "Bulk", "/Nothing": 1}})");
    std::size_t found = 0;
    EXPECT_TRUE(run_bank_case(object.as_object(), config::defaults(),
                              [&](const CaseStep& step) { found = differences(step).size(); }));
    EXPECT_EQ(found, 4U);
}

TEST(RecordedCases, WhatCannotBeReadIsToldAndNotRun)
{
    for (const char* text :
         {R"({"batteries": [], "config": {"NO_SUCH_KEY": 1}})", R"({"virtual": [5]})",
          R"({"virtual": ["ccl_by_voltage x"]})", R"({"samples": [[1]]})", R"({"steps": [{"batteries": []}, 5]})"}) {
        const auto object = json::parse(text);
        EXPECT_TRUE(is_bank_case(object.as_object())) << text;
        EXPECT_FALSE(run_bank_case(object.as_object(), config::defaults(), [](const CaseStep&) {})) << text;
    }
    EXPECT_FALSE(is_bank_case(json::parse(R"({"steps": [{"t": 0}]})").as_object()));
}

}  // namespace
}  // namespace bmsd::bank
