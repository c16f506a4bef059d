#pragma once
// What the invariants judge a cycle by: worked out from the inputs alone, apart from src/control and in another way.
// Source: core/charge-control.md sections 1, 3, 7, 8.
#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "control/input.h"
#include "control/stored.h"
#include "model/snapshot.h"

namespace bmsd::sim {

/// One cycle as an outsider sees it. `before` is the snapshot of the cycle before (of start() in the first).
struct Observed {
    const config::Config& config;
    const control::Input& input;
    control::Now now;
    const Limits& before;
    const Snapshot& after;
    const control::Stored& stored_before;
    const control::Stored& stored;
    bool first = false;                       // the first cycle of a run
    const Telemetry* started_with = nullptr;  // then: what the start had read, when that was another reading
    double started_at = 0;                    // s steady
};

enum class Phase { none, bulk, absorption, transition, floating, error, always };

struct Facts {
    bool good = false;                                  // the read counts
    bool complete = false;                              // and nothing is missing that the charge voltage needs
    double n = 0;                                       // cells in use, 0 = unknown
    double sum = 0, diff = 0, highest = 0, lowest = 0;  // V, rounded; of a complete cycle
    double over = 0;                                    // V above Vt, all cells together; of a complete cycle
    double cell_limit = 0;                              // V, Vcell; in float Vt
    double vfloat = 0, vlow = 0, vmax = 0;              // V
    double ceiling = 0;                                 // V, nothing may be above it
    bool reset = false;                                 // a SoC reset is on
    bool tripped = false;                               // the BMS has ended the charge near the voltage of one
    Phase phase = Phase::none, phase_before = Phase::none;
    double charge_bound = 0, discharge_bound = 0;  // A, what the limiters allow at most; of a good read
    double outage = 0;                             // s, T
    bool first_decision = false;                   // the first good read of a run
    bool back = false;                             // the first good read more than 10 s after a failed one
    bool gap = false;                              // the first complete cycle more than 10 s after one that was not
    double since_good = 0, since_complete = 0;     // s
};

class Oracle {
  public:
    Facts look(const Observed& o);

  private:
    /// Section 15, number 4.
    struct Sensor {
        void hear(const Number& raw, const std::vector<double>& adjust, double now);

        Number raw, adjusted;  // degC, last that counted
        double seen = 0;       // s, then
        bool broken = false, doubted = false;
        Number steady_from;       // degC
        double steady_since = 0;  // s
    };
    struct Lasting {
        std::vector<Number> cells;                     // V, last usable reading
        Number lowest_told, highest_told;              // V
        std::array<Sensor, sensor_count + 1> sensors;  // the MOSFET's last
        Number soc, charge_limit, discharge_limit;     // last readings
        Flag charge_fet, discharge_fet;
    };

    bool same_count(const Telemetry& t, double now);
    bool repeats(const Telemetry& t, double now);
    bool cells_are_gone(const Observed& o);
    void cells(const Observed& o, Facts& f);
    void voltages(const Observed& o, Facts& f);
    void phases(const Observed& o, Facts& f);
    void remember(const Observed& o);
    void hear_sensors(const Telemetry& t, const config::Config& c, double now);
    void bounds(const Observed& o, Facts& f) const;
    double bound(const Observed& o, bool charge) const;
    double by_temperature(const Observed& o, bool charge) const;
    void times(const Observed& o, Facts& f);

    Lasting last_;
    bool singles_ = false;  // this BMS tells single cells
    double n_ = 0, other_n_ = 0;
    Number other_since_;             // s
    bool whole_list_ = false;        // every cell has been listed
    std::vector<Number> picture_;    // V, %, Ah: what must move while a current flows
    double picture_since_ = 0;       // s
    Number gone_since_, any_since_;  // s, no cell at all; and again one
    Number bms_maximum_;             // V, last sensible one
    Number bms_request_;             // V, the same; only ever lowers
    bool raised_ = false;            // a SoC reset, until its slope ends
    Number transition_limit_;        // V, Vt of the present transition
    Phase phase_ = Phase::none;
    Number failed_since_, incomplete_since_, good_at_, last_good_, last_complete_;  // s
};

}  // namespace bmsd::sim
