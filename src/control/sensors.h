#pragma once
// Temperatures and SoC as the current limiters see them: with the last reading of what has vanished (RD22), which says
// less and less (RD33). Source: core/charge-control.md section 8.2.
#include "config/config.h"
#include "control/input.h"

namespace bmsd::control {

struct SensorState {
    Number coldest, hottest;  // degC, of the selected battery sensors
    Number mosfet;            // degC
    Number soc;               // %
    bool stale = false;       // a selected sensor has said nothing for 600 s
    bool newly_stale = false;
};

class SensorWatch {
  public:
    struct Reading {
        const std::array<Number, sensor_count>& temperatures;  // degC, adjusted
        Number mosfet;                                         // degC, adjusted
        Number soc;                                            // %
    };

    /// After a good read.
    SensorState step(const config::Config& config, const Reading& reading, const Now& now);

  private:
    struct Sensor {
        Number last;    // degC
        double at = 0;  // s, when it was read
        bool stale = false;
    };
    std::array<Sensor, sensor_count> sensors_;
    Number mosfet_, soc_;
};

}  // namespace bmsd::control
