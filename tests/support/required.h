#pragma once
// Which requests a type cannot do without, as the tests of all types expect it.
#include <string_view>
#include <vector>

namespace bmsd::test {

/// The requests, as far as they tell them apart, without which this type is no battery; all others are optional.
struct Required {
    std::string_view type;
    std::vector<std::string_view> requests;
    bool asked_again = true;  // an optional one within a minute, and what it told is not kept until then
};

inline const std::vector<Required>& required_requests()
{
    static const std::vector<Required> table{
        {"LltJbd", {"dda503", "dda504"}},
        {"Daly", {"a54094", "a54090"}},
        {"Sinowealth", {"0a17", "0a11", "0a0b", "0a01", "0a02", "0a03", "0a04", "0a05", "0a06", "0a07", "0a08"}},
        {"ANT", {"dbdb"}},
        {"HLPdataBMS4S", {"7076", "7073", "6d31"}},
        {"Jkbms", {"4e57"}},
        {"Pace", {"7e3235303034363432"}},
        {"KS48100", {"3e323230313441423036303041303130313033", "3e3232303134323432"}},
        {"Renogy", {"30031402", "30031388", "30031389", "300313b2"}},
        {"HeltecModbus", {"01030007", "0103004b", "0103004c", "01030051"}},
        {"Seplosv3", {"00041700", "00041000", "00041100"}},
        {"Felicity", {"0103f804", "0103132a", "01031306"}},
        {"Ecs", {"01030000", "0103006c"}},
        {"EG4_LL", {"01030069", "01030000"}},
        {"EG4_Lifepower", {"7e010100"}},
        {"Revov", {"7c010100"}},
        {"LltJbd_Up16s", {"01781000"}, false},
    };
    return table;
}

/// Null: a type that stands in no row.
inline const Required* required_of(std::string_view type)
{
    for (const Required& row : required_requests())
        if (row.type == type) return &row;
    return nullptr;
}

}  // namespace bmsd::test
