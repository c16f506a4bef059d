#pragma once
// A day at a site: sun with clouds, loads that come and go, outside temperature. Pure functions of time, so that a
// simulation may start at any hour and repeats itself from its seed.
#include <cstdint>

namespace bmsd::sim {

struct DaySpec {
    double length = 86400;                    // s; shorter ones for demonstrations
    double peak = 3000;                       // W of the sun at noon without clouds
    double clouds = 0.3;                      // 0 clear .. 1 mostly dark
    double mains = 0;                         // W a charger on the mains or a generator gives at any time
    double base_load = 150;                   // W
    double burst_load = 1500;                 // W, of a kettle or pump
    double bursts = 0.05;                     // share of the minutes it runs
    double mean_temperature = 20, swing = 5;  // degC, K: warmest in the afternoon
    std::uint64_t seed = 1;
};

class Day {
  public:
    explicit Day(const DaySpec& spec) : spec_(spec) {}

    // `time`: s since midnight of the first day.
    double supply(double time) const;       // W of sun and mains
    double load(double time) const;         // W
    double temperature(double time) const;  // degC

  private:
    double cloud(double time) const;

    DaySpec spec_;
};

}  // namespace bmsd::sim
