#pragma once
// Runs of the closed loop under the eyes of the invariants, and what is said when one fails.
#include <gtest/gtest.h>

#include <functional>

#include "invariants.h"
#include "sim/closed_loop.h"

namespace bmsd::sim {

/// What a run was like, for properties beside the invariants.
struct Course {
    int phase_changes = 0;    // between bulk, absorption, float transition and float
    int floats = 0;           // times float was entered
    double first_float = -1;  // s after the start
    double highest_cell = 0;  // V, true
    double charged_high =
        0;  // s, longest time without a break that more than a trickle went into a cell above its limit
    double lowest_cell = 9;  // V
    int trips = 0;           // times the BMS had to switch a MOSFET off
    double hours = 0;
};

/// Runs `scenario` for `hours`; a breach of an invariant fails the test with seed, time and a file to replay it.
Course run_under_watch(const World& scenario, double hours);

/// Seeds to run: BMSD_SIM_SEED alone if it is set, else BMSD_SIM_PACKS (default `usual`) of them from `first` on.
std::vector<std::uint64_t> seeds(std::uint64_t first, std::size_t usual);

/// BMSD_SIM_HOURS, default `usual`.
double hours(double usual);

}  // namespace bmsd::sim
