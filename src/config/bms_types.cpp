#include "config/bms_types.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/text.h"

namespace bmsd::config {
namespace {

#define BMS(entry, NAME) {#NAME, "serial"},
#define BLE(entry, NAME) {#NAME, "ble"},
constexpr BmsType types[]{
#include "config/ble_list.inc"
#include "config/bms_list.inc"
    // specified, not in the catalogue yet
    {"Daly_Can", "can"}, {"Jkbms_Can", "can"}, {"LltJbd_Can", "can"},
    {"RV_C_Can", "can"}, {"Ubms_Can", "can"},  {"Generic_Mqtt", "mqtt"},
};
#undef BLE
#undef BMS
constexpr std::string_view family = "aiobmsble_";

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// What people call them, mostly the name on the cover.
struct Alias {
    std::string_view name, type;
};
constexpr Alias aliases[]{
    {"JK", "Jkbms"},         {"JK_PB", "Jkbms_pb"},     {"JBD", "LltJbd"},          {"LLT", "LltJbd"},
    {"Xiaoxiang", "LltJbd"}, {"UP16S", "LltJbd_Up16s"}, {"Heltec", "HeltecModbus"}, {"Daren", "Daren485"},
    {"HLP", "HLPdataBMS4S"},
};

}  // namespace

std::span<const BmsType> bms_types()
{
    return types;
}

bool is_bms_type(std::string_view name)
{
    return std::ranges::find(types, name, &BmsType::name) != std::end(types) || is_ble_type(name);
}

bool is_can_interface(std::string_view name)
{
    const auto starts = [&](std::string_view begin) { return name.starts_with(begin) && name.size() > begin.size(); };
    return name.find_first_of(" \t/") == std::string_view::npos && (starts("can") || starts("vecan") || starts("vcan"));
}

bool is_ble_type(std::string_view name)
{
    return std::ranges::any_of(
        types, [&](const BmsType& type) { return type.kind == "ble" && same_ble_name(type.name, name); });
}

bool same_ble_name(std::string_view known, std::string_view written)
{
    return known == written || (known.starts_with(family) && same_letters(known, written));
}

std::vector<std::string_view> bms_types_of(std::string_view kind)
{
    std::vector<std::string_view> names;
    for (const BmsType& type : types) {
        if (type.kind == kind) names.push_back(type.name);
    }
    std::ranges::sort(names, [](std::string_view a, std::string_view b) {
        return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
    });
    return names;
}

std::string_view type_meant_by(std::string_view name)
{
    for (const BmsType& type : types)
        if (same_letters(type.name, name)) return type.name;
    for (const Alias& alias : aliases)
        if (same_letters(alias.name, name)) return alias.type;
    return {};
}

std::string unknown_bms_type(std::string_view name)
{
    std::vector<std::string_view> names;
    for (const BmsType& type : types) names.push_back(type.name);
    for (const Alias& alias : aliases) names.push_back(alias.name);
    auto near = nearest(name, names);
    if (const auto meant = type_meant_by(near); !near.empty() && !meant.empty()) near = meant;
    const auto found = std::ranges::find(types, near, &BmsType::name);
    const auto kind = found == std::end(types) ? "serial" : found->kind;
    return fmt::format("BMS_TYPE {} is not known;{} Known for {}: {}.", name,
                       near.empty() ? "" : fmt::format(" did you mean {}?", near), kind,
                       fmt::join(bms_types_of(kind), ", "));
}

}  // namespace bmsd::config
