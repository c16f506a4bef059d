#pragma once
// A battery and the power system around it, stepped together.
#include "sim/charger.h"
#include "sim/day.h"
#include "sim/pack.h"

namespace bmsd::sim {

struct InstallationSpec {
    PackSpec pack;
    ChargerSpec charger;
    DaySpec day;
    double start = 8 * 3600;  // s since midnight
};

class Installation {
  public:
    explicit Installation(const InstallationSpec& spec);

    /// `dt` seconds on, at most 1 s inside; `orders` is what the battery asks for during them.
    void step(double dt, const Orders& orders);

    Pack& pack() { return pack_; }
    const Pack& pack() const { return pack_; }
    const Charger& charger() const { return charger_; }
    /// s since midnight of the first day.
    double time() const { return time_; }

  private:
    Pack pack_;
    Charger charger_;
    Day day_;
    double time_;
};

}  // namespace bmsd::sim
