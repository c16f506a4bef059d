#pragma once
// Small helpers for texts: letter case (ASCII), blanks, lists, the nearest of some names.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bmsd::config {

std::string_view trimmed(std::string_view text);
std::string upper(std::string_view text);

/// Equal but for letter case.
bool same_letters(std::string_view a, std::string_view b);

/// The parts between separators, trimmed; empty parts are left out.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Optional sign and decimal digits, nothing else; nullopt also when it does not fit.
std::optional<std::int64_t> parse_int(std::string_view text);
/// Decimal point, exponent allowed; no "nan", no "inf", no hexadecimal.
std::optional<double> parse_float(std::string_view text);

/// The name that needs the fewest letters changed, letter case not counted; empty when none is near (more than a third
/// of the letters would have to change).
std::string_view nearest(std::string_view text, std::span<const std::string_view> names);

/// Lines of at most `width` characters, broken at blanks, each after `prefix` and with a line end.
std::string wrapped(std::string_view text, std::size_t width, std::string_view prefix);

}  // namespace bmsd::config
