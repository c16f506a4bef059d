// The key table as a whole, and what follows from a row.
#include "config/schema.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/keys.h"
#include "config/text.h"
#include "config/value.h"

namespace bmsd::config {
namespace {

std::vector<Group> all_groups()
{
    std::vector<Group> all;
    for (const auto& part : {basic_groups, limits_groups, more_groups, mqtt_battery_groups, capture_groups, mqtt_groups,
                             bank_groups, inverter_groups, web_groups})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

template <class... Kinds>
bool holds(const Member& member)
{
    return (std::holds_alternative<Kinds>(member) || ...);
}

}  // namespace

std::span<const Group> groups()
{
    static const std::vector<Group> all = all_groups();
    return all;
}

const std::vector<const Key*>& keys()
{
    static const std::vector<const Key*> all = [] {
        std::vector<const Key*> list;
        for (const Group& group : groups()) {
            for (const Key& key : group.keys) list.push_back(&key);
        }
        return list;
    }();
    return all;
}

std::string_view group_of(const Key& key)
{
    for (const Group& group : groups()) {
        if (&key >= group.keys.data() && &key < group.keys.data() + group.keys.size()) return group.name;
    }
    return {};
}

const Key* find(std::string_view name)
{
    const auto found = std::ranges::find(keys(), name, &Key::name);
    return found == keys().end() ? nullptr : *found;
}

const Key* find_any_case(std::string_view name)
{
    const auto is_it = [&](const Key* key) {
        const auto prefix = key->name.substr(0, key->name.find('<'));
        const bool member = key->family && name.size() > prefix.size();
        return same_letters(key->name, name) || (member && same_letters(prefix, name.substr(0, prefix.size())));
    };
    const auto found = std::ranges::find_if(keys(), is_it);
    return found == keys().end() ? nullptr : *found;
}

std::string_view type_of(const Key& key)
{
    using namespace std;
    if (holds<bool Config::*>(key.member)) return "bool";
    if (!choices_of(key).empty()) return "enum";
    if (holds<int64_t Config::*, optional<int64_t> Config::*>(key.member)) return "int";
    if (holds<double Config::*, optional<double> Config::*>(key.member)) return "float";
    if (holds<string Config::*, optional<string> Config::*>(key.member)) return "string";
    if (holds<vector<double> Config::*>(key.member)) return "list<float>";
    if (holds<vector<int64_t> Config::*>(key.member)) return "list<int>";
    if (key.item == Item::hex) return "list<hex>";
    return key.item == Item::ble ? "list<ble>" : "list<string>";
}

bool is_list(const Key& key)
{
    return holds<std::vector<double> Config::*, std::vector<std::int64_t> Config::*,
                 std::vector<std::string> Config::*>(key.member);
}

std::string_view range_of(const Key& key)
{
    return holds<bool Config::*>(key.member) ? "True|False" : key.range;
}

std::string_view empty_of(const Key& key)
{
    if (!key.empty.empty()) return key.empty;
    return holds<bool Config::*>(key.member) ? "False" : "default";
}

std::optional<Bounds> bounds_of(const Key& key)
{
    const auto type = type_of(key);
    if (type != "int" && type != "float" && type != "list<float>" && type != "list<int>") return std::nullopt;
    std::string_view text = key.range;
    if (text.starts_with("each ")) text.remove_prefix(5);
    const auto dots = text.find("..");
    if (dots == std::string_view::npos) return std::nullopt;
    Bounds bounds{};
    std::from_chars(text.data(), text.data() + dots, bounds.least);
    std::from_chars(text.data() + dots + 2, text.data() + text.size(), bounds.most);
    return bounds;
}

std::vector<std::string_view> choices_of(const Key& key)
{
    if (holds<bool Config::*>(key.member) || key.range.find('|') == std::string_view::npos) return {};
    return split(key.range, '|');
}

bool is_published(const Key& key)
{
    return key.publish && !key.installer && !key.sensitive;
}

Config defaults()
{
    static const Config made = [] {
        Config config;
        for (const Key* key : keys()) {
            if (auto reading = read_value(*key, key->initial); reading.value) {
                set_value(config, *key, std::move(*reading.value));
            }
        }
        return config;
    }();
    return made;
}

}  // namespace bmsd::config
