// A text as the value of a key: types, ranges and the rules that concern a single key (core/config.md sections 3 to 5).
#include <algorithm>
#include <charconv>
#include <type_traits>

#include "config/ble_entry.h"
#include "config/bms_types.h"
#include "config/text.h"
#include "config/value.h"

namespace bmsd::config {
namespace {

bool is_hex_digit(char letter)
{
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F');
}

template <class Number>
std::optional<Number> number(std::string_view text)
{
    if constexpr (std::is_same_v<Number, double>) {
        return parse_float(text);
    } else {
        return parse_int(text);
    }
}

Reading refused(std::string_view rule, std::string_view text, std::string_view range = {})
{
    return {std::nullopt, {{rule, std::string(text), range}}};
}

Reading accepted(Value value, std::vector<Fault> faults = {})
{
    return {std::move(value), std::move(faults)};
}

Reading read_bool(std::string_view text)
{
    if (same_letters(text, "true")) return accepted(true);
    if (same_letters(text, "false")) return accepted(false);
    return refused("R09", text);
}

/// A number outside the range: R10 and the default, but for three keys that are gentler.
template <class Number>
Reading out_of_range(const Key& key, std::string_view text, Number value, Bounds bounds)
{
    if (key.name == "POLL_INTERVAL") {
        const auto used = std::clamp(static_cast<double>(value), bounds.least, bounds.most);
        return accepted(used, {{"R31", std::string(text)}});
    }
    if (key.name == "TIME_TO_SOC_RECALCULATE_EVERY" && static_cast<double>(value) < bounds.least) {
        return accepted(static_cast<std::int64_t>(bounds.least), {{"R32", std::string(text)}});
    }
    if (key.name == "SOC_RESET_AFTER_DAYS" && value == Number{}) {
        return accepted(std::monostate(), {{"R10", std::string(text), {}, true}});
    }
    return refused("R10", text);
}

bool within(double value, const std::optional<Bounds>& bounds)
{
    return !bounds || (value >= bounds->least && value <= bounds->most);
}

template <class Number>
Reading read_number(const Key& key, std::string_view text)
{
    const auto value = number<Number>(text);
    if (!value) return refused("R09", text);
    const auto bounds = bounds_of(key);
    if (!within(static_cast<double>(*value), bounds)) return out_of_range(key, text, *value, *bounds);
    return accepted(*value);
}

Reading read_choice(const Key& key, std::string_view text)
{
    const bool is_number = std::holds_alternative<std::int64_t Config::*>(key.member);
    const auto value = number<std::int64_t>(text);
    for (const auto choice : choices_of(key)) {
        if (is_number && value && value == number<std::int64_t>(choice)) return accepted(*value);
        if (!is_number && same_letters(text, choice)) return accepted(std::string(choice));
    }
    if (key.name == "INVERT_CURRENT_MEASUREMENT" && value) return refused("R33", text);
    return refused("R09", text);
}

bool is_hex_bytes(std::string_view item)
{
    if (item.starts_with("0x")) item.remove_prefix(2);
    return !item.empty() && item.size() % 2 == 0 && std::ranges::all_of(item, is_hex_digit);
}

/// What is wrong with an item, and whether it is left out for it.
struct Judged {
    std::string_view rule;
    bool dropped = true;
    std::string_view range{};
};

std::optional<Judged> judge(const Key& key, std::string_view item)
{
    switch (key.item) {
        case Item::hex:
            if (!is_hex_bytes(item)) return Judged{"R29"};
            break;
        case Item::ble:
            if (!parse_ble_entry(item)) return Judged{"R30"};
            break;
        case Item::can_interface:
            if (!is_can_interface(item)) return Judged{"R10", true, "names that begin with can, vecan or vcan"};
            break;
        case Item::bms_type:
            // It stays in the list: a name that nothing answers to is looked for in vain, but an empty list means all.
            if (!is_bms_type(item)) return Judged{"R27", false};
            break;
        case Item::line:
        case Item::text:
            break;
    }
    return std::nullopt;
}

/// What makes two items the same: the address, however it is written.
std::string sameness(const Key& key, std::string_view item)
{
    if (key.item != Item::hex) return std::string(item);
    if (item.starts_with("0x")) item.remove_prefix(2);
    return upper(item);
}

Reading read_texts(const Key& key, std::string_view text)
{
    std::vector<std::string> items;
    std::vector<std::string> known;
    std::vector<Fault> faults;
    std::string lines;
    if (key.item == Item::line) {
        lines = text;
        std::ranges::replace(lines, '\n', ',');
        text = lines;
    }
    for (const auto item : split(text, ',')) {
        auto judged = judge(key, item);
        if (!judged && item.find('\n') != std::string_view::npos) return refused("R09", text);
        const auto same = sameness(key, item);
        if (!judged && key.unique && std::ranges::find(known, same) != known.end()) judged = Judged{"R29"};
        if (judged) faults.push_back({judged->rule, std::string(item), judged->range});
        if (judged && judged->dropped) continue;
        items.emplace_back(item);
        known.push_back(same);
    }
    return accepted(std::move(items), std::move(faults));
}

template <class Number>
Reading read_numbers(const Key& key, std::string_view text)
{
    const auto bounds = bounds_of(key);
    std::vector<Number> items;
    for (const auto item : split(text, ',')) {
        const auto value = number<Number>(item);
        if (!value) return refused("R09", text);
        if (!within(static_cast<double>(*value), bounds)) return refused("R10", item);
        if (key.unique && std::ranges::find(items, *value) != items.end()) continue;
        items.push_back(*value);
    }
    if (key.most > 0 && (items.size() < key.least || items.size() > key.most)) return refused("R10", text);
    if (items.size() < key.least) return refused("R10", text, "2 or more values");
    return accepted(std::move(items));
}

}  // namespace

std::optional<Value> empty_value(const Key& key)
{
    const auto meaning = empty_of(key);
    if (meaning == "default") return std::nullopt;
    const auto type = type_of(key);
    if (type == "bool") return Value(false);
    if (type == "string") return Value(std::string());
    if (type == "list<float>") return Value(std::vector<double>());
    if (type == "list<int>") return Value(std::vector<std::int64_t>());
    if (is_list(key)) return Value(std::vector<std::string>());
    if (type == "int" || type == "enum") {
        if (const auto value = number<std::int64_t>(meaning)) return Value(*value);
    } else if (const auto value = number<double>(meaning)) {
        return Value(*value);
    }
    return Value(std::monostate());
}

std::optional<std::uint8_t> address_of(std::string_view item)
{
    if (!is_hex_bytes(item)) return std::nullopt;
    if (item.starts_with("0x")) item.remove_prefix(2);
    std::uint8_t address = 0;
    if (item.size() != 2) return std::nullopt;
    std::from_chars(item.data(), item.data() + item.size(), address, 16);
    return address;
}

Reading read_value(const Key& key, std::string_view text)
{
    text = trimmed(text);
    const bool list = is_list(key);
    if (text.empty() || (list && split(text, ',').empty())) {
        auto value = empty_value(key);
        if (value) return accepted(std::move(*value));
        return refused("R11", "");
    }
    if (!list && text.find('\n') != std::string_view::npos) return refused("R09", text);
    const auto type = type_of(key);
    if (type == "bool") return read_bool(text);
    if (type == "enum") return read_choice(key, text);
    if (type == "int") return read_number<std::int64_t>(key, text);
    if (type == "float") return read_number<double>(key, text);
    if (type == "string") return accepted(std::string(text));
    if (type == "list<float>") return read_numbers<double>(key, text);
    if (type == "list<int>") return read_numbers<std::int64_t>(key, text);
    return read_texts(key, text);
}

}  // namespace bmsd::config
