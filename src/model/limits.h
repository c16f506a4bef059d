#pragma once
// What the battery may be charged and discharged with, and why. Source: core/charge-control.md sections 2, 6, 8, 10.
#include <cstdint>

#include "model/telemetry.h"
#include "util/inline_text.h"

namespace bmsd {

/// The explanation of a current limit in numbers: which limiter, what it saw, between which points of its curve.
struct LimitCause {
    std::string_view limiter;          // "Cell Voltage", "Temp" ...; static text
    Number measured{};                 // the value the limiter looked at, in V, degC or %
    Number point_low{}, point_high{};  // neighbouring points of the curve, same unit
    Number limit_low{}, limit_high{};  // what the curve gives there, A
    Number limit{};                    // its result, A

    bool operator==(const LimitCause&) const = default;
};

struct CurrentLimit {
    Number applied;         // A, after throttle, hold and ramp; absent before the first decision
    Number target;          // A, what the limiters ask for now
    InlineText<96> reason;  // /Info/ChargeLimitation
    LimitCause cause;       // of the limiter that decides
    bool allowed = false;   // /Io/AllowToCharge

    bool operator==(const CurrentLimit&) const = default;
};

struct Limits {
    Number charge_voltage;           // V, CVL as published: control_voltage + VOLTAGE_DROP
    Number control_voltage;          // V, C
    Number max_charge_cell_voltage;  // V, Vmax / n
    Number battery_low_voltage;      // V, Vlow
    InlineText<96> charge_mode;
    InlineText<512> charge_mode_debug, charge_mode_debug_float, charge_mode_debug_bulk;
    CurrentLimit charge, discharge;  // CCL, DCL

    bool operator==(const Limits&) const = default;
};

}  // namespace bmsd
