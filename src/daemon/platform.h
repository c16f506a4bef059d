#pragma once
// The machine: what the log says about it at the start, and where things lie on it.

namespace bmsd::daemon {

/// Whether this is Venus OS.
bool on_venus();

/// Version of Venus OS, image type and model of the device; "unknown" where a file is missing (core/lifecycle.md 2).
void log_platform();

}  // namespace bmsd::daemon
