#pragma once
// Names, values and defaults of older releases of the reference driver (core/config.md sections 6 to 9), so that a file
// written for one of them keeps working.
#include <span>
#include <string_view>
#include <vector>

namespace bmsd::config {

/// How the value of an old key becomes that of the new one (C1 to C5 of the sheet, and the small ones).
enum class Conversion {
    as_is,
    at_least_5,
    curve,              // C1, C2: up to six old keys make the two lists of a curve
    decimal_addresses,  // C3
    sensors,            // C4
    surplus,            // C5
    charge_mode,        // True -> 1, False -> 2
    controller_mode,    // True -> 2, False -> 1
};

struct OldKey {
    std::string_view name;
    std::string_view renamed;
    Conversion conversion;
    std::string_view replaced_in;  // the release from which the old name had no effect
};

struct RemovedKey {
    std::string_view name;
    std::string_view removed_in;
    std::string_view hint;
};

struct OldValue {
    std::string_view key;
    std::string_view old;
    std::string_view renamed;
    std::string_view since;
};

struct OldDefault {
    std::string_view key;
    std::string_view from;  // the first release that had it
    std::string_view text;
};

std::span<const OldKey> old_keys();
std::span<const RemovedKey> removed_keys();
std::span<const OldValue> old_values();

/// In any letter case; nullptr when there is none.
const OldKey* find_old(std::string_view name);
const RemovedKey* find_removed(std::string_view name);

/// What a value is called today; `old` itself when it was never renamed.
std::string_view new_value(std::string_view key, std::string_view old);

/// The defaults a key has had, oldest first, the present one last; empty for a key whose default never changed.
std::vector<const OldDefault*> defaults_of(std::string_view key);

}  // namespace bmsd::config
