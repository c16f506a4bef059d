// The key table against the specification's (tests/vectors/core/config.json).
#include "config/schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "config/bms_types.h"
#include "config/value.h"
#include "util/file.h"

namespace bmsd::config {
namespace {

namespace json = boost::json;

const json::object& specification()
{
    static const json::value document = json::parse(read_file(BMSD_VECTORS "/core/config.json").value());
    return document.get_object();
}

std::string text(const json::object& row, std::string_view name)
{
    const auto* value = row.if_contains(name);
    return value == nullptr || value->is_null() ? "" : std::string(value->get_string());
}

TEST(Schema, HasTheKeysOfTheSpecificationInItsOrder)
{
    const auto& rows = specification().at("keys").get_array();
    ASSERT_EQ(rows.size(), 121U);
    // those of our own come after them
    ASSERT_GT(keys().size(), rows.size());
    for (std::size_t i = rows.size(); i < keys().size(); ++i) EXPECT_TRUE(keys()[i]->since.empty()) << keys()[i]->name;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i].get_object();
        const Key& key = *keys()[i];
        SCOPED_TRACE(key.name);
        EXPECT_EQ(key.name, text(row, "name"));
        EXPECT_EQ(group_of(key), text(row, "group"));
        EXPECT_EQ(type_of(key), text(row, "type"));
        EXPECT_EQ(key.unit, text(row, "unit"));
        EXPECT_EQ(key.initial, text(row, "default_text"));
        EXPECT_EQ(range_of(key), text(row, "range"));
        EXPECT_EQ(empty_of(key), text(row, "empty"));
        EXPECT_EQ(key.since, text(row, "since"));
        EXPECT_EQ(key.installer, text(row, "read_by") == "installer");
        // half of the way in, and what may hold the other half
        const bool ours = key.name == "MQTT_USERNAME" || key.name == "MQTT_TOPIC";
        EXPECT_EQ(key.sensitive, row.contains("sensitive") || ours);
        EXPECT_FALSE(key.meaning.empty());
    }
}

TEST(Schema, HasItsBoundsAndListRules)
{
    for (const auto& item : specification().at("keys").get_array()) {
        const auto& row = item.get_object();
        const Key& key = *find(text(row, "name"));
        SCOPED_TRACE(key.name);
        const auto bounds = bounds_of(key);
        ASSERT_EQ(bounds.has_value(), row.contains("min"));
        if (bounds) {
            EXPECT_EQ(bounds->least, row.at("min").to_number<double>());
            EXPECT_EQ(bounds->most, row.at("max").to_number<double>());
        }
        const auto* list = row.if_contains("list");
        ASSERT_EQ(is_list(key), list != nullptr);
        if (list == nullptr) continue;
        const auto& rules = list->get_object();
        EXPECT_EQ(key.least, rules.at("min_items").to_number<std::size_t>());
        EXPECT_EQ(key.most, rules.contains("max_items") ? rules.at("max_items").to_number<std::size_t>() : 0);
        EXPECT_EQ(key.pair, text(rules, "paired_with"));
        EXPECT_EQ(key.monotonic, text(rules, "order").starts_with("monotonic"));
        if (!key.pair.empty()) {
            EXPECT_EQ(find(key.pair)->pair, key.name);
        }
    }
}

TEST(Schema, DefaultsAreThoseOfTheSpecification)
{
    const Config config = defaults();
    for (const auto& item : specification().at("keys").get_array()) {
        const auto& row = item.get_object();
        const Key& key = *find(text(row, "name"));
        SCOPED_TRACE(key.name);
        const auto& wanted = row.at("default");
        if (wanted.is_null()) {
            EXPECT_EQ(to_text(value_of(config, key)), "");
            continue;
        }
        EXPECT_EQ(to_json(value_of(config, key)), wanted);
        Config other = config;
        EXPECT_TRUE(set_from_json(other, key.name, wanted));
        EXPECT_EQ(other, config);
    }
}

TEST(Schema, KeysAreFoundByNameAndInAnyCase)
{
    for (const Key* key : keys()) EXPECT_EQ(find(key->name), key);
    EXPECT_EQ(find("logging"), nullptr);
    EXPECT_EQ(find_any_case("logging"), find("LOGGING"));
    EXPECT_EQ(find_any_case("logging2"), nullptr);
}

TEST(Schema, EachMemberHasOneKey)
{
    for (const Key* key : keys()) {
        const auto same = [&](const Key* other) { return other->member == key->member; };
        EXPECT_EQ(std::count_if(keys().begin(), keys().end(), same), 1) << key->name;
    }
}

TEST(Schema, BmsTypesAreThoseOfTheSpecification)
{
    for (const auto& [kind, names] : specification().at("bms_types").get_object()) {
        for (const auto& name : names.get_array()) {
            const std::string full(name.get_string());
            const auto word = full == "aiobmsble_<module>" ? "aiobmsble_jbd_bms" : full.substr(0, full.find(' '));
            EXPECT_TRUE(is_bms_type(word)) << word;
            EXPECT_EQ(is_ble_type(word), kind == "ble") << word;
        }
    }
    EXPECT_TRUE(is_ble_type("AioBmsBle_jikong_bms"));
    EXPECT_FALSE(is_ble_type("aiobmsble_"));
    EXPECT_TRUE(is_bms_type("Revov"));
    EXPECT_FALSE(is_bms_type("lltjbd"));
    EXPECT_EQ(bms_types_of("serial").size(), 21U);
}

}  // namespace
}  // namespace bmsd::config
