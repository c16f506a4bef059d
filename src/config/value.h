#pragma once
// The value of one key: out of a text, out of JSON, out of a configuration and into it.
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/schema.h"
#include "util/result.h"

namespace bmsd::config {

/// monostate: a number without a value. A text without a value is the empty text.
using Value = std::variant<std::monostate, std::int64_t, double, bool, std::string, std::vector<double>,
                           std::vector<std::int64_t>, std::vector<std::string>>;

/// What is wrong with a text, by rule of core/config.md section 5.
struct Fault {
    std::string_view rule;  // "R09" not of its type, "R10" out of range, "R11" empty, ... ; "R29" to "R33" of one key
    std::string text;       // the text, or the item of the list that is meant
    std::string_view range{};  // what was left, where it is not the range of the key
    bool harmless = false;     // a warning, though the rule is an error in general
};

/// A value read from a text. Without `value` the default is to be used; with faults and a value, the value is what can
/// be used all the same (an item dropped, a number moved into its range).
struct Reading {
    std::optional<Value> value;
    std::vector<Fault> faults;
};

/// `text` as it stands in the file, blanks at the ends removed, lines of a list separated by '\n'.
Reading read_value(const Key& key, std::string_view text);

/// The value of `key` where `text` is empty. nullopt: empty has no meaning, the default is used (rule R11).
std::optional<Value> empty_value(const Key& key);

Value value_of(const Config& config, const Key& key);
/// monostate also for a name that is no key.
Value value_of(const Config& config, std::string_view key);
void set_value(Config& config, const Key& key, Value value);

/// As it would stand in the file; "" for a value that is not there. Numbers as short as they read back the same.
std::string to_text(const Value& value);
std::string to_text(double value);

/// Sets one key; an error says what is wrong (unknown key, type, range) and leaves `config` as it was. An empty text
/// means what it means in the file. No rule over several keys is looked at.
Result<void> set_from_text(Config& config, std::string_view key, std::string_view text);

/// The same out of JSON: a bool, a number, a list of them or of texts, null for empty; a text is read as in the file.
Result<void> set_from_json(Config& config, std::string_view key, const boost::json::value& value);

boost::json::value to_json(const Value& value);

/// An item of BATTERY_ADDRESSES as a number: hex, with or without 0x. nullopt when it is longer than a byte.
std::optional<std::uint8_t> address_of(std::string_view item);

/// Names of the keys whose values differ, in the order of the table.
std::vector<std::string_view> diff(const Config& before, const Config& after);

}  // namespace bmsd::config
