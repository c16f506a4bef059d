#pragma once
// What can be seen of a CAN interface from outside of the daemon: its state, and for a moment what travels on it. The
// daemon's own frames are among them.
#include <string>
#include <vector>

#include "config/config.h"
#include "link/can/can_system.h"

namespace bmsd::cli {

struct CanFacts {
    std::string interface;
    bool inverter = false;  // CAN_OUTPUT_INTERFACE; else one of CAN_PORT
    link::CanLink link{};
    std::string problem{};  // why nothing could be heard; empty: it was listened to
    std::size_t frames = 0;
    bool unacknowledged = false, bus_off = false;  // reported while listening
    std::vector<CanFrame> newest{};                // one of each id, by id
};

/// Listens to all interfaces of the configuration for `seconds`. They are not touched.
std::vector<CanFacts> look_at_can(const config::Config& config, double seconds);

/// "up, 250000 bit/s, good"
std::string state_text(const link::CanLink& link);

}  // namespace bmsd::cli
