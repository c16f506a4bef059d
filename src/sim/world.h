#pragma once
// A whole simulated installation, drawn from a seed: battery, power system, troubles, configuration.
#include "config/config.h"
#include "control/stored.h"
#include "sim/disturbance.h"
#include "sim/installation.h"

namespace bmsd::sim {

struct World {
    std::uint64_t seed = 1;
    config::Config config;
    control::Stored stored;  // what the run before has left
    InstallationSpec site;
    DisturbanceSpec disturbance;
    double interval = 1;         // s a cycle
    bool only_extremes = false;  // the BMS tells no single cells
};

/// The defaults with the voltages, curves and currents that fit the cells.
config::Config fitting_config(Chemistry chemistry, double charge_current, double discharge_current);

/// Any configuration that passes the rules of core/config.md section 5, for cells of `chemistry`.
config::Config random_config(Random& random, Chemistry chemistry);

/// 4 cells to 100 V, LFP or NMC, of all conditions: spread, runaway cell, weak balancer, cold, hot, wrong SoC, noise,
/// lost telegrams, values that are missing, jump or drift, chargers that measure otherwise or take no notice of the
/// CCL, a BMS that trips in a SoC reset. Half of them have the fitting configuration.
World random_world(std::uint64_t seed);

/// A healthy battery on a sunny day with the fitting configuration; only sizes and shapes are random.
World healthy_world(std::uint64_t seed);

}  // namespace bmsd::sim
