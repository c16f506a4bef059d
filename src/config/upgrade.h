#pragma once
// Values of old keys turned into values of the new ones (core/config.md section 6, C1 to C5).
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/old_keys.h"

namespace bmsd::config {

/// The text for the new key; nullopt when `text` cannot be read as `old_type_of` says. `config` is what has been read
/// so far: C3 looks at the BMS types, C5 at the difference the old value contains.
std::optional<std::string> convert(Conversion conversion, std::string_view text, const Config& config);

/// Type of the old value, for the message of rule R09.
std::string_view old_type_of(Conversion conversion);

/// C3: 1 was the default of an option that only one type looked at.
bool is_idle_default(Conversion conversion, std::string_view text, const Config& config);

/// A curve that was written as six numbers.
struct OldCurve {
    std::string_view points;  // the new keys
    std::string_view fractions;
    std::array<std::string_view, 3> limit_names;
    std::array<std::string_view, 3> fraction_names;
    std::array<double, 3> limits;  // the old defaults
    std::array<double, 3> old_fractions;
    std::string_view before_limits;  // "100, " where the curve began before its first limit
    std::size_t used_fractions;      // the others never had an effect
};

std::array<OldCurve, 2> old_curves();

/// The two lists, from the values of the file where there are any.
std::string points_text(const OldCurve& curve, const std::array<double, 3>& limits);
std::string fractions_text(const OldCurve& curve, const std::array<double, 3>& fractions);

}  // namespace bmsd::config
