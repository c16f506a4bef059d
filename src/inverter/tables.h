#pragma once
// The frames of each profile. Source: core/can-out.md sections 1, 2 and 4.
#include <span>

#include "inverter/frame.h"

namespace bmsd::inverter::tables {

std::span<const Frame> pylontech();
std::span<const Frame> pylontech_plus();
std::span<const Frame> victron();
std::span<const Frame> byd();
std::span<const Frame> sma();
std::span<const Frame> luxpower();
std::span<const Frame> growatt();

}  // namespace bmsd::inverter::tables
