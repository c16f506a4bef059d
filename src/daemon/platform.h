#pragma once
// The machine: what the log says about it at the start, and where things lie on it.
#include <string>

namespace bmsd::daemon {

/// Whether this is Venus OS.
bool on_venus();

/// Version of Venus OS, image type and model of the device; "unknown" where a file is missing (core/lifecycle.md 2).
void log_platform();

/// As many descriptors as the system allows this process: a battery needs three.
void raise_file_limit();

/// /data/bmsd on Venus OS; else the service's state folder, /var/lib/bmsd or the user's.
std::string default_state_dir();

}  // namespace bmsd::daemon
