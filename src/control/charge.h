#pragma once
// All limits of one battery: charge voltage and both currents, from the same view of cells and sensors.
// Source: core/charge-control.md.
#include "control/current.h"
#include "control/voltage.h"
#include "model/snapshot.h"

namespace bmsd::control {

class ChargeControl {
  public:
    struct Events {
        ChargeVoltage::Events voltage;
        bool sensor_stale = false;  // a temperature sensor has said nothing for 600 s (RD33)
        bool dead_cell = false;     // a cell has fallen below 1.0 V (RD34)
        // section 15
        bool sensor_lost = false;    // a sensor says what cannot be, or nothing (number 4)
        bool cells_gone = false;     // not one cell for 600 s (number 13)
        bool count_changed = false;  // the battery has another number of cells now (number 14)
        bool still = false;          // the BMS repeats itself: its replies are refused from now on (number 12)
        bool soc_step = false;       // the counted SoC has moved by more than 5 points in a minute (number 16)
        unsigned errors = 0;         // internal errors, all in all
    };

    ChargeControl(const config::Config& config, const Stored& stored, const Now& now) : voltage_(config, stored, now) {}

    /// What the service shows before the first decision.
    void start(const config::Config& config, const Telemetry& telemetry, Limits& out)
    {
        voltage_.start(config, telemetry, out);
        charge_.start(config, telemetry, out.charge);
        discharge_.start(config, telemetry, out.discharge);
    }
    /// The configuration has changed: what it now allows more comes by hold and ramp.
    void reconfigured(const Now& now) { voltage_.reconfigured(now); }
    /// A cycle with a good read; `derived` is of the same cycle. Adds to `events`.
    void step(const config::Config& config, const Telemetry& telemetry, const Derived& derived, const Now& now,
              Limits& out, Events& events);

    struct Link {
        bool lost = false;     // for 10 s
        bool blocked = false;  // and nothing may flow
    };
    /// A cycle with a failed read.
    void miss(const config::Config& config, const Link& link, const Number& highest_cell, const Now& now, Limits& out);

    const ChargeVoltage& voltage() const { return voltage_; }

  private:
    CellWatch cells_;
    SensorWatch sensors_;
    ChargeVoltage voltage_;
    CurrentLimiter charge_{Direction::charge}, discharge_{Direction::discharge};
    bool dead_cell_ = false, cells_gone_ = false;
};

}  // namespace bmsd::control
