#pragma once
// The charge voltage (CVL): bulk, absorption, float, single high cells, missing data. Pure: no I/O, no clock.
// Source: core/charge-control.md sections 2 to 7. C = charge voltage without VOLTAGE_DROP.
#include "control/cells.h"
#include "control/full_watch.h"
#include "control/pressure.h"
#include "control/soc_reset.h"
#include "control/stored.h"
#include "control/voltage_bounds.h"
#include "control/voltage_recovery.h"
#include "model/limits.h"

namespace bmsd::control {

class ChargeVoltage {
  public:
    struct Reading {
        const CellState& cells;
        const CellState& last_cells;  // with the last reading of what is missing
        const Telemetry& telemetry;   // for the limits and the heating of the BMS
        Number soc;                   // %, in use
        bool balancing = false;
        Number current{};  // A, in use
    };
    /// What has happened in a cycle and others must act on.
    struct Events {
        bool entered_float = false;  // the battery is full: section 4.1
        bool float_refused = false;  // and will go back to bulk at once, because its SoC is too low
        bool reset_overdue = false;  // a SoC reset ended without balance (RD29)
        bool reset_by_trip = false;  // a SoC reset ended by the protection of the BMS (section 15, number 6)
        bool full = false;           // full by its voltage, in float (section 15, number 7)
        bool ccl_ignored = false;    // from this cycle on the chargers give more than the CCL (section 15, number 3)
        bool data_missing = false;   // from this cycle on a cell or the SoC is missing
        unsigned errors = 0;         // internal errors, alarms-and-errors.md section 2
    };
    enum class Phase { none, fixed, missing_data, bulk, absorption, float_transition, floating };

    /// Takes of `stored` what is its own; an absorption timer only when it is young (RD12).
    ChargeVoltage(const config::Config& config, const Stored& stored, const Now& now);

    /// What the service shows before the first decision.
    void start(const config::Config& config, const Telemetry& telemetry, Limits& out);
    /// A cycle with a good read.
    Events step(const config::Config& config, const Reading& reading, const Now& now, Limits& out);
    /// A cycle with a failed read: everything stays. `at_most_float`: the link is lost near the top (RA8).
    void miss(const config::Config& config, bool at_most_float, const Now& now, Limits& out);

    /// The configuration has changed: a higher charge voltage comes by hold and ramp.
    void reconfigured(const Now& now);

    void save(Stored& out) const;
    bool soc_reset_requested() const { return reset_.requested(); }
    bool max_allowed() const { return max_allowed_; }
    bool timer_running() const { return timer_.has_value(); }

    /// For the debug texts.
    Phase phase() const { return phase_; }
    const VoltageBounds& bounds() const { return bounds_; }
    std::int64_t soc_reset_stamp() const { return reset_.stamp(); }
    /// What is asked for at the end of hold and ramp, V.
    const Number& target() const { return target_; }
    Number seconds_since_limit(double now) const { return recovery_.age(now); }
    Number seconds_at_max(double now) const { return timer_ ? Number(now - *timer_) : std::nullopt; }

  private:
    enum class Suffix { none, hold, ramp };
    /// The way down from where float was entered.
    struct Slope {
        double start;  // s
        double from;   // V, C0
        double cell;   // V, Vt: what is a high cell meanwhile
        bool raised;   // it begins at the voltage of a SoC reset
    };
    /// A cycle with something missing.
    struct Moment {
        double cell_limit;  // V, Vcell
        double now;         // s
        double seconds;     // since the last cycle with a good read
        bool first;         // the first decision of all
        Number current;     // A, in use
        Number ccl;         // A, in force until now
    };
    /// One complete cycle, worked out once.
    struct Cycle {
        const config::Config& config;
        const CellState& cells;
        const Now& clock;
        double now;         // s, whole, steady
        double soc;         // %, 3 decimals
        double seconds;     // since the last cycle with a good read
        bool after_gap;     // the cycle before was not complete
        double cell_limit;  // V, Vcell
        Number current;     // A, in use
        Number ccl;         // A, in force until now
        bool tripped;       // the BMS has stopped the charge of a SoC reset (never in its first cycle)

        /// A controller is in use and has a cell above Vcell to hold down.
        bool cell_over() const;
    };

    void keep_maximum(const config::Config& config, const Reading& reading);
    void missing_data(const config::Config& config, const CellState& last_cells, const Moment& moment);
    void limit_by_high_cell(const config::Config& config, const CellState& last_cells, const Moment& moment);
    void complete(const Cycle& cycle, Events& events);
    void decide(const Cycle& cycle, Events& events);
    bool reset_reached(const Cycle& cycle) const;
    void look_at_pressure(const Cycle& cycle, double cell_limit);
    void recovered();
    void start_timer(const Cycle& cycle);
    void enter_float(const Cycle& cycle, Events& events);
    void enter_bulk(const Cycle& cycle);
    void charge(const Cycle& cycle, bool from_float);
    double controller_target(const Cycle& cycle, bool from_float) const;
    void follow_float(const Cycle& cycle);
    double slope_voltage(const Cycle& cycle);
    void lower_to(double voltage);
    void fill(const config::Config& config, const Reading& reading, Limits& out) const;
    void fill_voltages(const config::Config& config, Limits& out) const;

    Phase phase_ = Phase::none;
    Suffix suffix_ = Suffix::none;
    bool max_allowed_;
    Number timer_;      // s, start of absorption
    Count timer_wall_;  // s since 1970, the same
    SocReset reset_;
    BoundsKeeper bounds_keeper_;
    VoltageBounds bounds_;
    std::int64_t cell_count_ = 0;
    Number voltage_;  // V, C
    Number target_;   // V
    VoltageRecovery recovery_;
    VoltagePressure pressure_;
    FullWatch full_;
    bool capped_ = false;  // the recovery waits at a Vmax that has fallen
    std::optional<Slope> slope_;
    bool lowered_by_gap_ = false;  // C is where missing data or a lost link has put it
    Number last_complete_;         // s
    Number last_cycle_;            // s, complete or not
    Number gap_since_;             // s, first cycle that was not complete since then
};

}  // namespace bmsd::control
