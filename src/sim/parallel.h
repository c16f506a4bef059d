#pragma once
// Packs on one bus bar: a common voltage, and each takes the current its own resistance and charge let it.
#include <span>
#include <vector>

#include "sim/pack.h"

namespace bmsd::sim {

class Parallel {
  public:
    /// `cables`: ohm from each pack to the bus bar.
    Parallel(std::vector<Pack> packs, std::vector<double> cables);

    /// `dt` seconds with `total` A (+ charges) from outside. Returns what flows in all.
    double step(double dt, double total);
    /// V at the bus bar; with no pack connected that of the highest.
    double voltage() const { return voltage_; }
    /// A into all packs.
    double current() const;
    /// A that would flow into pack `i` if nothing came from outside.
    double equalising(std::size_t i) const { return equalising_[i]; }

    std::size_t size() const { return packs_.size(); }
    Pack& pack(std::size_t i) { return packs_[i]; }
    const Pack& pack(std::size_t i) const { return packs_[i]; }
    /// A battery that was taken out carries nothing.
    void connect(std::size_t i, bool connected) { connected_[i] = connected; }

  private:
    struct Split {
        double voltage = 0;
        std::vector<double> currents;  // A, each pack
    };
    Split split(double total) const;

    std::vector<Pack> packs_;
    std::vector<double> cables_;
    std::vector<bool> connected_;
    std::vector<double> equalising_;
    double voltage_ = 0;
};

}  // namespace bmsd::sim
