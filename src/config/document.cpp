#include "config/document.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/ble_entry.h"
#include "config/credentials.h"
#include "config/issue.h"
#include "config/load.h"
#include "config/old_keys.h"
#include "config/text.h"

namespace bmsd::config {
namespace {

constexpr std::size_t width = 100;
constexpr std::string_view fraction_ending = "_FRACTION";

constexpr std::string_view head =
    R"(; All settings with their defaults. Every update writes this file anew: changes made here are lost.
; Copy only the lines you want to change into config.ini, below the line [DEFAULT].
; `bmsd config check` tells what is wrong with config.ini, `bmsd config explain KEY` more about a key.
;
; A line that begins with ; or # is a comment; there are none behind a value. A list is separated by
; commas, and may go on in indented lines.

[DEFAULT]
)";

std::string empty_text(const Key& key)
{
    const auto meaning = empty_of(key);
    if (meaning == "default") return "not allowed";
    return std::string(meaning);
}

/// What a list must be, besides its items: "at least 2 values, rising or falling, as many as OTHER".
std::string list_text(const Key& key)
{
    std::vector<std::string> parts;
    if (key.least > 1 && key.most == 0) parts.push_back(fmt::format("at least {} values", key.least));
    if (key.monotonic) parts.emplace_back("rising or falling throughout");
    if (!key.pair.empty()) parts.push_back(fmt::format("as many as {}", key.pair));
    return fmt::format("{}", fmt::join(parts, ", "));
}

/// "V, 1.0..5.0" for the documented file; nothing for a bool, which shows what it is.
std::string allowed_text(const Key& key)
{
    if (type_of(key) == "bool") return {};
    std::string text = allowed_for(key);
    if (const auto list = list_text(key); !list.empty()) text += "; " + list;
    if (key.initial.empty() || empty_of(key) == "default") return text;
    return text + "; empty: " + std::string(empty_of(key));
}

std::string names_before(const Key& key)
{
    std::vector<std::string> names;
    for (const OldKey& old : old_keys()) {
        if (old.renamed == key.name) names.push_back(fmt::format("{} (until {})", old.name, old.replaced_in));
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string defaults_before(const Key& key)
{
    std::vector<std::string> texts;
    for (const OldDefault* old : defaults_of(key.name))
        texts.push_back(fmt::format("{} (from {})", old->text, old->from));
    return fmt::format("{}", fmt::join(texts, "; "));
}

std::string explanation(const Key& key)
{
    std::string text = fmt::format("{} ({})\n\n{}\n", key.name, group_of(key), wrapped(key.meaning, width, "  "));
    const auto row = [&](std::string_view what, std::string_view value) {
        if (value.empty()) return;
        const std::string begin = fmt::format("  {:<10}", what);
        text += begin + wrapped(value, width, std::string(begin.size(), ' ')).substr(begin.size());
    };
    row("type", type_of(key));
    row("unit", key.unit);
    row("default", key.initial.empty() ? "(empty)" : key.initial);
    row("range", range_of(key));
    row("list", list_text(key));
    row("empty", empty_text(key));
    row("since", key.since);
    row("was", names_before(key));
    row("defaults", defaults_before(key));
    if (key.installer) row("read by", "the enable script; run it again after a change");
    if (key.sensitive) row("shown", "nowhere: not in the log, not on D-Bus");
    return text;
}

std::vector<double> in_ampere(const Config& config, const Key& key, const std::vector<double>& fractions)
{
    const double most =
        key.name.starts_with("MAX_CHARGE") ? config.max_battery_charge_current : config.max_battery_discharge_current;
    std::vector<double> currents;
    for (const double fraction : fractions) currents.push_back(fraction * most);
    return currents;
}

}  // namespace

std::string default_ini()
{
    std::string text(head);
    for (const Group& group : groups()) {
        text += fmt::format("\n\n; ----- {} -----\n", group.name);
        for (const Key& key : group.keys) {
            text += "\n" + wrapped(key.meaning, width, "; ");
            if (const auto allowed = allowed_text(key); !allowed.empty()) text += wrapped(allowed, width, "; ");
            text += fmt::format("{} = {}", key.name, key.initial);
            text.erase(text.find_last_not_of(' ') + 1);
            text += '\n';
        }
    }
    return text;
}

namespace {

std::string ini_of(const Config& config, const std::vector<std::string_view>& names)
{
    std::string text = "[DEFAULT]\n";
    for (const auto name : names) {
        const Key& key = *find(name);
        text += fmt::format("\n; default: {}\n", key.initial.empty() ? "(empty)" : key.initial);
        text += key.sensitive ? fmt::format("; {} is set, but never shown\n", name)
                              : to_line(key, value_of(config, key)) + "\n";
    }
    return text;
}

}  // namespace

std::string difference_ini(const Config& config)
{
    auto names = diff(defaults(), config);
    if (names.empty()) return "; nothing differs from the defaults\n";
    // a default follows what the user set; where the user kept it all the same it has to be written down, too
    for (bool more = true; more;) {
        more = false;
        for (const auto name : diff(config, load(ini_of(config, names)).config)) {
            if (find(name)->sensitive || std::ranges::find(names, name) != names.end()) continue;
            names.push_back(name);
            more = true;
        }
    }
    return ini_of(config, names);
}

Result<std::string> explain(std::string_view name)
{
    if (const Key* key = find_any_case(name)) return explanation(*key);
    if (const OldKey* old = find_old(name)) {
        return fmt::format("{} is called {} since release {}.\n\n{}", old->name, old->renamed, old->replaced_in,
                           explanation(*find(old->renamed)));
    }
    if (const RemovedKey* gone = find_removed(name)) {
        return fmt::format("{} no longer exists since release {}: {}.\n", gone->name, gone->removed_in, gone->hint);
    }
    std::vector<std::string_view> names;
    for (const Key* key : keys()) names.push_back(key->name);
    const auto near = nearest(name, names);
    return Failure(near.empty() ? fmt::format("there is no setting {}", name)
                                : fmt::format("there is no setting {}; did you mean {}?", name, near));
}

std::vector<const Key*> search(const std::vector<std::string>& words)
{
    std::vector<const Key*> found;
    for (const Key* key : keys()) {
        const std::string text = upper(fmt::format("{} {} {}", key->name, group_of(*key), key->meaning));
        const auto has = [&](const std::string& word) { return text.find(upper(word)) != text.npos; };
        if (std::ranges::all_of(words, has)) found.push_back(key);
    }
    return found;
}

std::string to_line(const Key& key, const Value& value)
{
    std::string line = fmt::format("{} = ", key.name);
    for (const char letter : to_text(value)) {
        line += letter;
        if (letter == '%') line += letter;
    }
    return line;
}

std::vector<std::pair<std::string, Value>> published_values(const Config& config)
{
    std::vector<std::pair<std::string, Value>> values;
    for (const Key* key : keys()) {
        if (!is_published(*key)) continue;
        Value value = value_of(config, *key);
        if (std::holds_alternative<std::monostate>(value)) continue;
        if (const auto* fractions = std::get_if<std::vector<double>>(&value); key->name.ends_with(fraction_ending)) {
            const auto name = key->name.substr(0, key->name.size() - fraction_ending.size());
            values.emplace_back(name, in_ampere(config, *key, *fractions));
        }
        values.emplace_back(key->name, std::move(value));
    }
    return values;
}

boost::json::object to_json(const Config& config)
{
    boost::json::object object;
    for (const Key* key : keys()) {
        if (!key->sensitive) object.emplace(key->name, to_json(value_of(config, *key)));
    }
    if (!config.bluetooth_bms.empty()) {  // an entry may hold a password
        boost::json::array entries;
        for (const auto& entry : config.bluetooth_bms) entries.emplace_back(without_passwords(entry));
        object["BLUETOOTH_BMS"] = std::move(entries);
    }
    return object;
}

namespace {

void hide_credentials(boost::json::value& value)
{
    if (value.is_string()) value = without_credentials(std::string_view(value.get_string()));
    if (value.is_array())
        for (auto& item : value.get_array()) hide_credentials(item);
}

}  // namespace

boost::json::object settings_json(const Config& config)
{
    const auto initial = to_json(defaults());
    auto now = to_json(config);
    const auto changed = diff(defaults(), config);
    boost::json::array list;
    for (const Group& group : groups()) {
        boost::json::array settings;
        for (const Key& key : group.keys) {
            boost::json::object one{{"name", key.name}, {"type", type_of(key)}, {"meaning", key.meaning}};
            one["changed"] = std::ranges::find(changed, key.name) != changed.end();
            if (!key.unit.empty()) one["unit"] = key.unit;
            if (const auto range = range_of(key); !range.empty()) one["range"] = range;
            if (key.sensitive) {
                one["secret"] = true;
            } else {
                hide_credentials(now[key.name]);
                one["default"] = initial.at(key.name);
                one["value"] = now[key.name];
            }
            settings.emplace_back(std::move(one));
        }
        list.emplace_back(boost::json::object{{"name", group.name}, {"settings", std::move(settings)}});
    }
    return {{"groups", std::move(list)}};
}

}  // namespace bmsd::config
