#pragma once
// The lists of all BMS types: wired ones in the order detection tries them (core/lifecycle.md 4.1), Bluetooth ones by
// name.
#include <span>

#include "bms/language/protocol.h"

namespace bmsd::bms {

std::span<const Entry* const> catalogue();

/// Types that a configuration names with an address: nobody is asked what he might be.
std::span<const Entry* const> ble_catalogue();

/// By BMS_TYPE name, case-exact but for aiobmsble_...; nullptr when there is none.
const Entry* find(std::string_view name);

}  // namespace bmsd::bms
