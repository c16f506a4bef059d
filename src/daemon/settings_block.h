#pragma once
// What the log says about a battery when it starts to be served. Source: core/lifecycle.md section 11.
#include "battery/battery.h"

namespace bmsd::daemon {

void log_settings(const battery::Battery& battery, const config::Config& config);

}  // namespace bmsd::daemon
