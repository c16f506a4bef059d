#pragma once
// Average current, time to go and time to SoC. Source: core/soc-and-history.md sections 5 and 6, core/dbus.md 4.9.
#include <array>

#include "config/config.h"
#include "control/input.h"
#include "model/snapshot.h"

namespace bmsd::control {

/// Mean of the last 300 known currents; the window counts cycles, not seconds.
class CurrentAverage {
  public:
    /// Once a cycle. Returns the mean in A, 2 decimals; an unknown current gives none and does not enter the window.
    Number add(const Number& current);

  private:
    static constexpr std::size_t window = 300;
    std::array<double, window> values_{};
    std::size_t count_ = 0, next_ = 0;
    double sum_ = 0;
};

/// The SoC down to which the system discharges, %: what ESS says, else SOC_LOW_WARNING.
double discharge_floor(const EssSettings& ess, double soc_low_warning);

class Times {
  public:
    struct Reading {
        bool lost = false;  // the link, for 10 s or more
        Number average;     // A, 2 decimals
        Number soc;         // %
        Number capacity;    // Ah
    };

    /// The points to give times for; what is known is forgotten.
    void configure(const config::Config& config);
    /// Once a cycle; keeps what is published until it is due again.
    void step(const config::Config& config, const Reading& reading, const EssSettings& ess, const Now& now);
    void fill(Derived& out) const;

  private:
    void forget();
    void evaluate(const config::Config& config, const Reading& reading, const EssSettings& ess);

    Number evaluated_at_;  // s; absent: due at once
    Count to_go_;          // s
    std::vector<TimeToSoc> to_soc_;
};

}  // namespace bmsd::control
