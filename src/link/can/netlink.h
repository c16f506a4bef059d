#pragma once
// A network interface by rtnetlink: what it is, and to set a CAN controller's bit rate. The kernel answers in the call
// itself. Source: core/transports.md section 1.3.
#include "link/can/can_system.h"

namespace bmsd::link {

/// `present` false: there is no such interface.
CanLink look_at_link(const std::string& interface);
/// Up; `bit_rate` 0: as it is. A controller gets its bit rate, and comes back by itself after a bus-off.
Result<void> set_link_up(const std::string& interface, unsigned bit_rate);
Result<void> set_link_down(const std::string& interface);

}  // namespace bmsd::link
