#pragma once
// Recorded CAN frames: the two formats of candump (can-utils) and the lines bmsd itself prints.
#include <optional>
#include <string_view>

#include "model/can_frame.h"

namespace bmsd::replay {

/// "(1700000000.1) can0 351#2802E803DC05C001", "can0  351   [8]  28 02 E8 ...", {"id": "0x351", "data": "2802..."}; an
/// id of more than three digits is an extended one. nullopt: no data frame.
std::optional<CanFrame> candump_frame(std::string_view line);

}  // namespace bmsd::replay
