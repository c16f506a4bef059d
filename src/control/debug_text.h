#pragma once
// What charge control thinks, in words: /Info/ChargeModeDebug, ...Float, ...Bulk. Free wording, several lines, at most
// eight. Source: core/charge-control.md section 6.
#include "control/voltage.h"
#include "model/snapshot.h"

namespace bmsd::control {

struct DebugView {
    const Telemetry& telemetry;
    const Derived& derived;
    const ChargeVoltage& voltage;
    const Now& now;
    double started = 0;  // s steady, of the process
};

/// Empty unless GUI_PARAMETERS_SHOW_ADDITIONAL_INFO or log level DEBUG asks for them. `limits` are of the same cycle.
void write_debug_texts(const config::Config& config, const DebugView& view, Limits& limits);

}  // namespace bmsd::control
