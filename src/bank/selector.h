#pragma once
// How the configuration names services: "own", "all", "name:Left", "serial:1234", "instance:278", "product:SmartShunt",
// "port:ttyUSB0", "service:..." or a bare bus name; and the lines that begin with one. Source: core/aggregation.md 4.
#include <string>
#include <vector>

#include "bank/values.h"

namespace bmsd::bank {

struct Selector {
    enum class Kind : std::uint8_t { own, all, service, name, serial, instance, product, port };
    Kind kind = Kind::service;
    std::string text;

    bool operator==(const Selector&) const = default;
};
Selector read_selector(std::string_view text);
/// Whole and with letter case; only a product by a part of it.
bool matches(const Selector& selector, const Service& service);
bool matches_any(const std::vector<std::string>& selectors, const Service& service);

/// A selector and the paths meant of it.
struct SourceLine {
    Selector selector;
    bool all_paths = false;  // "*"
    std::vector<Slot> slots;
};
/// nullopt: names no path.
std::optional<SourceLine> read_source(std::string_view line);
/// Whether the line is meant for `slot`.
bool covers(const SourceLine& line, const Slot& slot);

/// The words of a line, separated by blanks.
std::vector<std::string_view> words_of(std::string_view line);

}  // namespace bmsd::bank
