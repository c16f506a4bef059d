#pragma once
// The current limit of one direction (CCL or DCL): limiters, throttle, threshold, hold and ramp. Pure: no I/O, no
// clock. Source: core/charge-control.md sections 8 to 10.
#include "control/cells.h"
#include "control/sensors.h"
#include "model/limits.h"

namespace bmsd::control {

enum class Direction { charge, discharge };

/// V; a cell below it is damaged or its sense wire broken (RD34).
inline constexpr double dead_cell_voltage = 1.0;

class CurrentLimiter {
  public:
    struct Reading {
        const CellState& cells;
        const SensorState& sensors;
        const Telemetry& telemetry;  // for the limits and FET states of the BMS
    };

    explicit CurrentLimiter(Direction direction) : direction_(direction) {}

    /// What the service shows before the first decision: the lower of BMS and configured maximum, nothing allowed.
    void start(const config::Config& config, const Telemetry& telemetry, CurrentLimit& out) const;
    /// A cycle with a good read. Returns how many limiters could not be evaluated (internal errors).
    unsigned step(const config::Config& config, const Reading& reading, const Now& now, CurrentLimit& out);
    /// A cycle with a failed read: everything stays; `blocked`: nothing may flow (RA7).
    void miss(bool blocked, const Now& now, CurrentLimit& out);

  private:
    struct Target {
        double amperes = 0;  // 3 decimals
        InlineText<96> reason;
        LimitCause cause;  // of the first that asks for so little
        unsigned errors = 0;
    };

    void remember(const config::Config& config, const Telemetry& telemetry);
    Target find_target(const config::Config& config, const Reading& reading) const;
    void fall(const config::Config& config, const Target& target, double maximum, double now);
    void recover(const config::Config& config, const Target& target, double maximum, double now);
    void show(const Target& target, bool waiting);
    void cancel_recovery();

    Direction direction_;
    // what the BMS has said last
    Number bms_limit_, bms_request_;  // A
    Flag fet_;
    bool fet_known_ = true;  // it was delivered in the last good read, or never
    // section 9
    Number applied_;         // A
    InlineText<96> reason_;  // of `applied_`
    LimitCause cause_;       // likewise
    double changed_at_ = 0;  // s
    Number hold_since_;      // s
    Number ramp_since_;      // s
    double ramp_base_ = 0;   // A
    Number gap_since_;       // s, first failed read since the last good one
};

}  // namespace bmsd::control
