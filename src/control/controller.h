#pragma once
// One battery's control: everything that is calculated from its readings, cycle by cycle. Pure: no I/O, no clock; a
// step allocates nothing. Source: core/soc-and-history.md, core/alarms-and-errors.md, core/charge-control.md.
#include "config/config.h"
#include "control/alarms.h"
#include "control/charge.h"
#include "control/connection.h"
#include "control/errors.h"
#include "control/history.h"
#include "control/input.h"
#include "control/soc.h"
#include "control/state.h"
#include "control/stored.h"
#include "control/times.h"
#include "control/witness.h"
#include "model/snapshot.h"

namespace bmsd::control {

/// What is known before the first cycle.
struct Traits {
    bool settings_invalid = false;  // the configuration has errors: state 10, error code 119
    unsigned stored_errors = 0;     // stored values that could not be read
    bool charges_itself = false;    // the BMS ends the charge: no phases, as with CVCM_ENABLE = False (section 7)
    bool can_repeat = true;         // its readings come from a device that moves: stillness is a fault (section 15, 12)
};

class Controller {
  public:
    Controller(const config::Config& config, const Traits& facts, const Stored& stored, const Now& now);

    /// Before the service is registered: what it starts with (core/charge-control.md section 2). `input` holds what the
    /// detection found out; when it is good it is cycle 0: current, counters and SoC start from it.
    void start(const Input& input, const Now& now, Snapshot& out);

    /// One cycle. Writes derived, limits, alarms, history and state of `out`, and the telemetry after a good read;
    /// `out` is the one of the cycle before. A value that cannot be is absent (sift()); a reading that
    /// cannot be (impossible(), witness.h) counts as a failed read.
    void step(const Input& input, const Now& now, Snapshot& out);

    /// By the user, with SOC_CALCULATION: shows in the next cycle. False (nothing done) without it or outside 0..100.
    bool set_soc(double percent);
    /// By the user: modes 1 to 7, false for others. Shows in the next cycle.
    bool clear_history(std::int64_t mode);
    /// This history value is the BMS's own, although it has not said it yet.
    void leave_history_to_bms(std::string_view name) { history_.leave_to_bms(name); }
    /// A new configuration for the same battery: limits only fall or follow hold and ramp.
    void reconfigure(const config::Config& config, bool settings_invalid, const Now& now);

    /// What the last cycle has brought that others must act on or tell.
    const ChargeControl::Events& events() const { return events_; }
    const Connection& connection() const { return connection_; }
    /// The charge voltage's inner state, for tests, replay and debug texts.
    const ChargeVoltage& voltage() const { return charge_.voltage(); }
    /// What to keep now; how often: stored.h.
    const Stored& stored() const { return stored_; }
    /// The history as it is now; the Snapshot shows calculated values once a minute.
    const History& history() const { return history_.values(); }

  private:
    bool believable(const Input& input, const Now& now);
    void filter_sensors(Telemetry& telemetry, const Now& now);
    void read(const Input& input, const Now& now);
    void limit(const Telemetry& telemetry, const Now& now, Limits& out);
    void finish(const Input& input, bool good, const Now& now, Snapshot& out);
    HistoryKeeper::Reading history_reading(const Number& average) const;
    void store();

    bool charges_itself_, can_repeat_;
    config::Config config_;
    Stored stored_;
    ChargeControl charge_;
    ChargeControl::Events events_;  // of the last cycle
    WallClock clock_;
    CellCountWatch count_;
    StillnessWatch stillness_;
    std::array<SensorFilter, sensor_count> sensors_;
    SensorFilter mosfet_;
    bool still_ = false, sensor_lost_ = false;
    Connection connection_;
    ErrorLog errors_;
    ServiceState state_;
    AlarmLevels alarms_;
    SocCounter soc_counter_;
    FlowCounter flow_;
    CurrentAverage average_;
    Times times_;
    HistoryKeeper history_;
    Derived derived_;        // of the last good read
    Number capacity_;        // Ah, likewise
    Number nominal_energy_;  // kWh, likewise
    double started_;         // s steady
};

}  // namespace bmsd::control
