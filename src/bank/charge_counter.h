#pragma once
// The charge in the bank, counted by the bank itself. Source: core/aggregation.md section 10.
#include "bank/values.h"
#include "config/config.h"
#include "control/input.h"

namespace bmsd::bank {

class ChargeCounter {
  public:
    struct Input {
        Number current;                    // A, of the bank
        Number capacity;                   // Ah, installed, of all learned batteries
        Number start;                      // Ah, what the batteries say, if nothing was stored
        Number voltage;                    // V, of the bank
        Number lowest_cell, highest_cell;  // V
        Number cells;                      // a battery; for charge control `own`
    };

    /// `stored`: Ah; absent: begin with what the batteries say.
    explicit ChargeCounter(Number stored) : charge_(stored) {}
    void step(const Input& input, const config::Config& config, const control::Now& now);
    void set_soc(double percent, double capacity) { charge_ = percent / 100 * capacity; }
    /// Ah; absent before the first value.
    const Number& charge() const { return charge_; }

  private:
    void count(const Input& input, const config::Config& config, double dt);
    void reset(const Input& input, const config::Config& config);

    Number charge_;             // Ah
    Number last_;               // s steady
    int full_ = 0, empty_ = 0;  // cycles in a row that said so
};

}  // namespace bmsd::bank
