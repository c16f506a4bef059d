#pragma once
// Temperatures and SoC as the current limiters see them: without readings that cannot be, with the last reading of what
// has vanished (RD22), which says less and less (RD33). Source: core/charge-control.md section 8.2, section 15
// number 4.
#include "config/config.h"
#include "control/input.h"

namespace bmsd::control {

/// The readings of one sensor that can be: within -50..150 degC, and no jump that no battery makes.
class SensorFilter {
  public:
    /// The reading if it counts. `now`: s steady.
    Number step(const Number& reading, double now);
    /// It was there and is broken: it said something that cannot be, or nothing for 10 s.
    bool lost() const { return lost_; }

  private:
    Number last_;              // degC, that counted
    double last_at_ = 0;       // s
    bool faulty_ = false;      // since then it has said what cannot be, or nothing for long
    bool suspect_ = false;     // it has jumped and must prove itself
    Number steady_from_;       // degC
    double steady_since_ = 0;  // s
    bool lost_ = false;
};

struct SensorRange {
    Number coldest, hottest;  // degC
};

struct SensorState {
    SensorRange all;            // of the selected battery sensors, lost ones with their last reading
    SensorRange heard;          // of those heard of within 600 s
    Number mosfet;              // degC
    Number soc;                 // %
    bool stale = false;         // a selected sensor has said nothing for 600 s
    bool mosfet_stale = false;  // likewise
    bool newly_stale = false;
};

class SensorWatch {
  public:
    struct Reading {
        std::array<Number, sensor_count> temperatures;  // degC, adjusted
        Number mosfet;                                  // degC, adjusted
        Number soc;                                     // %
    };

    /// After a good read.
    SensorState step(const config::Config& config, const Reading& reading, const Now& now);

  private:
    struct Sensor {
        Number last;    // degC
        double at = 0;  // s, when it was read
        bool stale = false;

        /// True when it has become stale.
        bool hear(const Number& value, double now);
    };
    std::array<Sensor, sensor_count> sensors_;
    Sensor mosfet_;
    Number soc_;
};

}  // namespace bmsd::control
