#include "config/issue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "config/ble_entry.h"
#include "config/bms_types.h"

namespace bmsd::config {
namespace {

constexpr std::array warnings{"R04", "R05", "R06", "R11", "R20", "R31", "R32", "R33", "R34", "R35"};

std::string shown(std::string_view value)
{
    return value.empty() ? "(empty)" : in_one_line(value);
}

/// Messages of the rules that name the file begin with it, and some with the line; describe() has told both.
std::string_view without_place(const Issue& issue)
{
    std::string_view text = issue.message;
    const std::string_view file = std::string_view(issue.file).substr(issue.file.rfind('/') + 1);
    if (file.empty() || !text.starts_with(file)) return text;
    for (const std::string& place : {fmt::format("{} line {}: ", file, issue.line), fmt::format("{}: ", file)}) {
        if (text.starts_with(place)) return text.substr(place.size());
    }
    return text;
}

}  // namespace

Severity severity_of(std::string_view rule)
{
    return std::ranges::find(warnings, rule) == warnings.end() ? Severity::error : Severity::warning;
}

std::string message_of(const Key& key, const Fault& fault, std::string_view used)
{
    const std::string value = key.sensitive           ? "***"
                              : key.item == Item::ble ? in_one_line(without_passwords(fault.text))
                                                      : in_one_line(fault.text);
    const std::string_view rule = fault.rule;
    if (rule == "R10") {
        const auto range = fault.range.empty() ? range_of(key) : fault.range;
        return fmt::format("{}: {} is outside {}; {} is used.", key.name, value, range, shown(used));
    }
    if (rule == "R11") return fmt::format("{} is empty; {} is used.", key.name, shown(used));
    if (rule == "R27") return unknown_bms_type(value);
    if (rule == "R29") return fmt::format("{}: \"{}\" is not a hex address.", key.name, value);
    if (rule == "R30") return fmt::format("{}: entry \"{}\" must be \"<type> <MAC>\".", key.name, value);
    if (rule == "R31") {
        const Bounds bounds = bounds_of(key).value_or(Bounds{});
        return fmt::format("{} {} s is outside {}..{}; {} s is used.", key.name, value, bounds.least, bounds.most,
                           used);
    }
    if (rule == "R32") return fmt::format("{} {} is below {}; {} is used.", key.name, value, used, used);
    if (rule == "R33") return fmt::format("{} must be 1 or -1; {} is used.", key.name, used);
    return fmt::format("{}: \"{}\" is not a valid {}; {} is used.", key.name, value, type_of(key), shown(used));
}

Issue issue_of(const Key& key, const Fault& fault, std::string_view used)
{
    Issue issue;
    issue.severity = fault.harmless ? Severity::warning : severity_of(fault.rule);
    issue.rule = fault.rule;
    issue.key = key.name;
    if (!key.sensitive) issue.value = key.item == Item::ble ? without_passwords(fault.text) : fault.text;
    issue.message = message_of(key, fault, used);
    issue.allowed = allowed_for(key);
    return issue;
}

std::string allowed_for(const Key& key)
{
    if (key.item == Item::hex) return "hex bytes, 0x01 or 01, usually 0x00..0xFF";
    if (key.item == Item::can_interface) return "names that begin with can, vecan or vcan";
    if (key.item == Item::bms_type) return "names of BMS types (`bmsd bms` lists them)";
    if (key.item == Item::ble)
        return fmt::format("\"<type> <MAC> [adapter=hci1] [password]\"; types: {}",
                           fmt::join(bms_types_of("ble"), ", "));
    if (const auto choices = choices_of(key); !choices.empty()) return fmt::format("{}", fmt::join(choices, ", "));
    if (type_of(key) == "bool") return "True, False";
    constexpr std::string_view or_empty = " or empty";
    std::string_view range = range_of(key);
    const bool may_be_empty = range.ends_with(or_empty);
    if (may_be_empty) range.remove_suffix(or_empty.size());
    std::string text(range);
    if (key.most > 0) {
        text += fmt::format(" ({})", key.unit);
    } else if (!key.unit.empty() && key.unit != "fraction") {
        text += fmt::format(" {}", key.unit);
    }
    return may_be_empty ? text + std::string(or_empty) : text;
}

std::string in_one_line(std::string_view text)
{
    std::string out;
    for (const char letter : text) {
        const auto code = static_cast<unsigned char>(letter);
        if (letter == '\n') {
            out += "\\n";
        } else if (code < 0x20 || code == 0x7F) {
            out += fmt::format("\\x{:02X}", code);
        } else {
            out += letter;
        }
    }
    return out;
}

std::string describe(const Issue& issue)
{
    std::string text = issue.file;
    if (issue.line > 0) text += fmt::format(":{}", issue.line);
    text += issue.severity == Severity::error ? ": error: " : ": warning: ";
    text += without_place(issue);
    if (!issue.allowed.empty()) text += fmt::format(" Allowed: {}.", issue.allowed);
    if (!issue.hint.empty()) text += fmt::format(" Hint: {}.", issue.hint);
    return text;
}

}  // namespace bmsd::config
