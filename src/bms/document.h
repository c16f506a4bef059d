#pragma once
// The catalogue for people: docs/bms.md and the table of `bmsd bms`.
#include <span>
#include <string>

#include "bms/language/protocol.h"

namespace bmsd::bms {

/// docs/bms.md: all types in tables of what they tell, and a paragraph for each.
std::string document(std::span<const Entry* const> wired, std::span<const Entry* const> ble);

/// One line a type, for a terminal.
std::string table(std::span<const Entry* const> wired, std::span<const Entry* const> ble);

}  // namespace bmsd::bms
