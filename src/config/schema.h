#pragma once
// What keys there are: one row a key (keys_*.cpp), from which defaults, reading, checks, printing and documents come.
// A new key is one row there and one member of Config. Source: core/config.md section 4.
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace bmsd::config {

using Member = std::variant<bool Config::*, std::int64_t Config::*, double Config::*, std::string Config::*,
                            std::optional<std::int64_t> Config::*, std::optional<double> Config::*,
                            std::optional<std::string> Config::*, std::vector<double> Config::*,
                            std::vector<std::int64_t> Config::*, std::vector<std::string> Config::*>;

/// What an item of a list of texts must look like.
enum class Item {
    text,
    hex,
    ble,
    can_interface,
    bms_type,
    line,  // lines separate as commas do
};

struct Key {
    std::string_view name;
    Member member;
    Item item = Item::text;
    std::string_view unit{};
    std::string_view initial{};  // the default, as it would stand in the file
    std::string_view range{};    // "1.0..5.0", "each 0..1", "1|2", or words; empty for True|False
    std::string_view empty{};    // what an empty value means: "default", a number, or words for an empty value
    std::size_t least = 0;       // items of a list
    std::size_t most = 0;        // 0: any number
    bool monotonic = false;      // the points of a curve: neighbours may be equal, but the direction never changes
    bool unique = false;         // an item that occurs again is dropped
    bool family = false;         // PREFIX_<NAME>: any number of keys, the items of each begin with its NAME
    std::string_view pair{};     // the list of the same length that belongs to it
    bool installer = false;      // read by the enable script, not by the daemon
    bool sensitive = false;      // never printed, logged or published
    bool publish = true;         // under /Info/Config, unless it is of the installer or sensitive
    std::string_view since{};    // first release of the reference driver that had it
    std::string_view meaning{};
};

struct Group {
    std::string_view name;
    std::span<const Key> keys;
};

/// All keys, in the order of the documented file.
std::span<const Group> groups();
const std::vector<const Key*>& keys();
std::string_view group_of(const Key& key);

/// nullptr when there is none; `find` takes the exact name, `find_any_case` any letter case and a name of a family.
const Key* find(std::string_view name);
const Key* find_any_case(std::string_view name);

/// "bool", "int", "float", "enum", "string", "list<float>", "list<int>", "list<string>", "list<hex>", "list<ble>".
std::string_view type_of(const Key& key);
bool is_list(const Key& key);

/// The range with its words, as people read it: "1.0..5.0", "True|False", "each 0..1".
std::string_view range_of(const Key& key);

/// What an empty value means: "default", a number, or words.
std::string_view empty_of(const Key& key);

struct Bounds {
    double least;
    double most;
};

/// Of a number or of each item of a list of numbers; nullopt where the range is none of numbers.
std::optional<Bounds> bounds_of(const Key& key);

/// The values of an enum; empty for other types.
std::vector<std::string_view> choices_of(const Key& key);

/// Whether it stands under /Info/Config (core/dbus.md 4.15).
bool is_published(const Key& key);

/// A configuration of which every key has its default.
Config defaults();

}  // namespace bmsd::config
