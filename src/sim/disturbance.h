#pragma once
// What goes wrong between a battery and control: reads that fail, values that vanish, jump or drift for a while and
// return, a daemon that starts anew.
#include <array>

#include "model/telemetry.h"
#include "sim/random.h"

namespace bmsd::sim {

/// Each number is the chance a cycle that such a trouble begins; it lasts up to `longest` seconds.
struct DisturbanceSpec {
    double lost_read = 0;
    double missing_cell = 0;
    double missing_sensor = 0;  // battery or MOSFET temperature
    double missing_soc = 0;
    double missing_fet = 0;
    double missing_limit = 0;  // of the BMS
    double missing_current = 0;
    double wrong_cell = 0;       // reads 65.535 V
    double restart = 0;          // of the daemon; lasts one cycle
    double no_cells = 0;         // not one cell voltage
    double half_count = 0;       // the reply tells half as many cells
    double jumping_soc = 0;      // the SoC is any other
    double jumping_sensor = 0;   // reads 21 to 60 K off
    double drifting_sensor = 0;  // moves away by up to 0.1 K/s
    double broken_sensor = 0;    // open or shorted: says what such a one says
    double longest = 30;         // s
};

class Disturbance {
  public:
    Disturbance(const DisturbanceSpec& spec, std::uint64_t seed) : spec_(spec), random_(seed) {}

    /// The next cycle: `dt` seconds on. Takes away from `telemetry` what is missing in it.
    void apply(double dt, Telemetry& telemetry);

    /// Of the present cycle.
    bool read_fails() const { return active(lost_read); }
    bool restarts() const { return restart_; }

  private:
    enum Kind : std::uint8_t {
        lost_read,
        missing_cell,
        missing_sensor,
        missing_soc,
        missing_fet,
        missing_limit,
        missing_current,
        wrong_cell,
        no_cells,
        half_count,
        jumping_soc,
        jumping_sensor,
        drifting_sensor,
        broken_sensor,
        kinds,
    };
    struct Trouble {
        double left = 0;        // s
        double age = 0;         // s
        std::size_t which = 0;  // cell, sensor or switch
        double size = 0;        // -1..1
    };

    bool active(Kind kind) const { return troubles_[kind].left > 0; }
    void begin(Kind kind, double probability);
    void spoil_sensors(Telemetry& telemetry) const;

    DisturbanceSpec spec_;
    Random random_;
    std::array<Trouble, kinds> troubles_{};
    bool restart_ = false;
};

}  // namespace bmsd::sim
