#pragma once
// The list of all BMS types, in the order detection tries them (core/lifecycle.md 4.1).
#include <span>

#include "bms/language/protocol.h"

namespace bmsd::bms {

std::span<const Entry* const> catalogue();

/// By BMS_TYPE name, case-exact; nullptr when there is none.
const Entry* find(std::string_view name);

}  // namespace bmsd::bms
