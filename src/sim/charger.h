#pragma once
// The power system around a battery: chargers fed by the sun or the mains, loads behind an inverter. It obeys CVL, CCL
// and DCL as real ones do: some seconds late, with an over- or undershooting voltage regulator and a dead band.
#include <functional>

#include "model/telemetry.h"

namespace bmsd::sim {

/// What a battery asks for, as published; an absent limit lets nothing flow in that direction.
struct Orders {
    Number charge_voltage;     // V, CVL
    Number charge_current;     // A, CCL
    Number discharge_current;  // A, DCL
    bool may_charge = false, may_discharge = false;
};

/// What becomes of the orders on their way to the power system.
using Relay = std::function<Orders(const Orders& published)>;

struct ChargerSpec {
    double period = 3;          // s between two looks at the orders
    double deadband = 0.02;     // V: smaller changes of CVL are ignored
    double rise = 20;           // A/s, as the charger follows
    double fall = 200;          // A/s
    double resistance = 0.02;   // ohm, what it takes the battery for
    double gain = 0.5;          // of the voltage regulator: slow overshoots, above 1 (and too low a resistance) rings
    double voltage_error = 0;   // V it regulates too high
    bool obeys_current = true;  // false: DC feed-in, solar chargers give what they have up to CVL
    bool drains = false;        // feeds the surplus into the grid: brings the battery down to CVL
};

class Charger {
  public:
    explicit Charger(const ChargerSpec& spec) : spec_(spec) {}

    struct Power {
        double supply = 0;  // W the sun or the mains could give
        double load = 0;    // W of the loads
    };
    /// `dt` seconds on. `voltage`: the battery's now, V. Returns the current into the battery it would make flow, A.
    double step(double dt, const Orders& orders, const Power& power, double voltage);

    /// V and A it works to now, late by up to the period.
    const Orders& seen() const { return seen_; }

  private:
    void look(double dt, const Orders& orders);
    double regulated(double voltage) const;
    double drained(double dt, double voltage);

    ChargerSpec spec_;
    Orders seen_;
    double since_look_ = 1e9;  // s
    double supply_ = 0;        // A the chargers give
    double drain_ = 0;         // A fed into the grid
};

}  // namespace bmsd::sim
