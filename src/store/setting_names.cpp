#include "store/setting_names.h"

#include <algorithm>

namespace bmsd::store {
namespace {

bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::string sanitised(std::string_view unique_id)
{
    std::string result(unique_id);
    std::ranges::replace_if(
        result, [](char c) { return !is_alnum(c); }, '_');
    return result;
}

std::string settings_group(std::string_view sanitised_id)
{
    std::string group = "serialbattery_";
    for (const char c : sanitised_id) group += upper(c);
    return group;
}

}  // namespace bmsd::store
