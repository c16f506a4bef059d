#include "bank/selector.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/text.h"

namespace bmsd::bank {
namespace {

struct Prefix {
    std::string_view text;
    Selector::Kind kind;
};
using enum Selector::Kind;
constexpr Prefix prefixes[]{{"service:", service},   {"name:", name},       {"serial:", serial},
                            {"instance:", instance}, {"product:", product}, {"port:", port}};

bool same(const Slot& a, const Slot& b)
{
    return a.item == b.item && a.word == b.word && a.cell == b.cell;
}

}  // namespace

Selector read_selector(std::string_view text)
{
    text = config::trimmed(text);
    if (text == "own") return {own, {}};
    if (text == "all") return {all, {}};
    for (const Prefix& prefix : prefixes) {
        if (text.starts_with(prefix.text)) {
            return {prefix.kind, std::string(config::trimmed(text.substr(prefix.text.size())))};
        }
    }
    return {service, std::string(text)};
}

bool matches(const Selector& selector, const Service& candidate)
{
    switch (selector.kind) {
        case own:
            return candidate.own;
        case all:
            return true;
        case service:
            return candidate.name == selector.text;
        case name:
            return candidate.values[Word::custom_name] == selector.text;
        case serial:
            return candidate.values[Word::serial] == selector.text;
        case instance: {
            const Number& number = candidate.values[Item::device_instance];
            return number && fmt::format("{}", static_cast<std::int64_t>(*number)) == selector.text;
        }
        case product:
            return candidate.values[Word::product_name].find(selector.text) != std::string::npos;
        case port:
            return !candidate.port.empty() && candidate.port == selector.text;
    }
    return false;
}

bool matches_any(const std::vector<std::string>& selectors, const Service& candidate)
{
    return std::ranges::any_of(selectors, [&](const auto& text) { return matches(read_selector(text), candidate); });
}

std::vector<std::string_view> words_of(std::string_view line)
{
    return config::split(line, ' ');
}

/// A name may have blanks in it: the paths are the words at the end that are some.
std::optional<SourceLine> read_source(std::string_view line)
{
    SourceLine out;
    line = config::trimmed(line);
    while (true) {
        const auto blank = line.find_last_of(" \t");
        if (blank == std::string_view::npos) break;
        const auto word = line.substr(blank + 1);
        const auto slot = slot_of(word);
        if (word != "*" && !slot) break;
        if (slot) out.slots.push_back(*slot);
        out.all_paths = out.all_paths || word == "*";
        line = config::trimmed(line.substr(0, blank));
    }
    if (line.empty() || (out.slots.empty() && !out.all_paths)) return std::nullopt;
    out.selector = read_selector(line);
    return out;
}

bool covers(const SourceLine& line, const Slot& slot)
{
    return line.all_paths || std::ranges::any_of(line.slots, [&](const Slot& other) { return same(slot, other); });
}

}  // namespace bmsd::bank
