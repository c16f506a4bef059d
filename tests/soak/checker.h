#pragma once
// What must be true of every battery's service at every moment, however broken the wire is: seen from the bus, against
// what the simulated battery really is.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/bus/client.h"
#include "util/clock.h"

namespace bmsd::test {

/// What the checker knows of one battery.
struct Known {
    double cells = 16, reset_cell = 3.65;          // V a cell
    double max_charge = 50, max_discharge = 60;    // A
    double lowest_cell = 2.5, highest_cell = 3.7;  // V; every truth so far
    double lowest_soc = 0, highest_soc = 100;      // %
    Instant silent_since{};                        // of a BMS that says nothing at all; 0: it answers
};

class Checker {
  public:
    /// `items` as GetItems gives them; what is broken is kept, as text.
    void check(const std::string& service, const Items& items, const Known& known, Instant now);
    const std::vector<std::string>& broken() const { return broken_; }
    std::uint64_t checks() const { return checks_; }

  private:
    std::vector<std::string> broken_;
    std::uint64_t checks_ = 0;
};

}  // namespace bmsd::test
