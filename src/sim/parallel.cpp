#include "sim/parallel.h"

#include <algorithm>

namespace bmsd::sim {

Parallel::Parallel(std::vector<Pack> packs, std::vector<double> cables)
    : packs_(std::move(packs)),
      cables_(std::move(cables)),
      connected_(packs_.size(), true),
      equalising_(packs_.size(), 0)
{
    voltage_ = split(0).voltage;
}

double Parallel::current() const
{
    double sum = 0;
    for (const Pack& pack : packs_) sum += pack.current();
    return sum;
}

/// The voltage at which the currents add up to `total`. A pack whose switch stops its current leaves the sum; the
/// others are asked again until nothing changes.
Parallel::Split Parallel::split(double total) const
{
    std::vector<bool> takes = connected_;
    Split out;
    out.currents.resize(packs_.size());
    const auto rest = [&](std::size_t i) { return packs_[i].voltage() - packs_[i].current() * packs_[i].resistance(); };
    for (bool changed = true; changed;) {
        changed = false;
        double conductance = 0, sum = total;
        for (std::size_t i = 0; i < packs_.size(); ++i) {
            if (!takes[i]) continue;
            const double g = 1 / (packs_[i].resistance() + cables_[i]);
            conductance += g;
            sum += rest(i) * g;
        }
        out.voltage = conductance > 0 ? sum / conductance : 0;
        for (std::size_t i = 0; i < packs_.size(); ++i) {
            out.currents[i] = 0;
            if (!takes[i]) continue;
            out.currents[i] = (out.voltage - rest(i)) / (packs_[i].resistance() + cables_[i]);
            const bool stopped = out.currents[i] > 0 ? !packs_[i].charge_fet() : !packs_[i].discharge_fet();
            if (!stopped || out.currents[i] == 0) continue;
            takes[i] = false;
            changed = true;
        }
    }
    if (std::ranges::find(takes, true) != takes.end()) return out;
    for (const Pack& pack : packs_) out.voltage = std::max(out.voltage, pack.voltage());
    return out;
}

double Parallel::step(double dt, double total)
{
    equalising_ = split(0).currents;
    const Split now = split(total);
    double flowed = 0;
    for (std::size_t i = 0; i < packs_.size(); ++i) flowed += packs_[i].step(dt, now.currents[i]);
    voltage_ = now.voltage;
    return flowed;
}

}  // namespace bmsd::sim
