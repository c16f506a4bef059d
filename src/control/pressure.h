#pragma once
// What goes on pressing the charge voltage down: a high cell that does not give way, chargers that ignore the CCL; how
// far down at most, and from where it comes back. Source: core/charge-control.md section 15, numbers 1 to 3.
#include "model/telemetry.h"

namespace bmsd::control {

/// Whether the highest cell falls, judged by the means of quarters of a minute: noise of a few millivolts is no fall.
class StallWatch {
  public:
    /// Once a cycle; times in whole steady seconds. True while the cell has been above `limit` for 30 s and has not
    /// fallen from the last but one quarter of a minute to the last.
    bool step(double highest, double limit, double now);

  private:
    Number over_since_;   // s
    Number block_start_;  // s, the present quarter of a minute
    double sum_ = 0;      // V, of the readings in it
    int count_ = 0;
    Number last_mean_;  // V, of the one before
    bool falling_ = false;
};

/// Whether more current comes in than was asked for: with DC feed-in Venus OS does not hold solar chargers to the CCL.
class ObeyWatch {
  public:
    /// `current` and `limit` (the CCL of the cycle before) in A. True from 30 s of disobedience on, until the current
    /// is within the limit. An unknown one ends it: nobody has seen it disobey.
    bool step(const Number& current, const Number& limit, double now);

  private:
    Number since_;  // s
    bool ignored_ = false;
};

class VoltagePressure {
  public:
    /// One cycle, by the last readings where some are missing.
    struct Seen {
        double sum, highest;  // V
        double cell_limit;    // V, Vcell; in float Vt
        bool controller;      // one that holds high cells down is in use
        Number current;       // A, in use
        Number ccl;           // A, in force until now
        double now, seconds;  // s, whole; since the last cycle
    };

    /// Once a cycle, before it presses. `present`: C.
    void look(const Seen& seen, const Number& present);
    /// `target` for C, pressed down from `present`.
    double press(double target, double present) const;
    /// Without a charge current C is not lowered below this, V: further down the battery would only be discharged.
    double floor(double present) const;
    /// What held C down is gone and nothing flows: C begins at this, V; the pack's voltage, less what the chargers have
    /// been seen to be above C. Once, and absent otherwise.
    const Number& release() const { return release_; }
    /// C is back where it would be anyway.
    void forget() { beyond_ = 0, held_ = false; }

    bool cell_over() const { return over_ > 0; }
    bool holds() const { return over_ > 0 || ignored_; }
    bool ccl_ignored() const { return ignored_; }

  private:
    StallWatch stall_;
    ObeyWatch obey_;
    Seen seen_{};          // of the last cycle, its current smoothed
    Number last_current_;  // A, the last one that was told
    double over_ = 0;      // V, the highest cell above its limit
    bool charging_ = false, stalled_ = false, ignored_ = false;
    bool held_ = false;  // a cell or the chargers have held C down, and it has not come back
    double beyond_ = 0;  // V the pack was above C although it was charged
    Number release_;
};

}  // namespace bmsd::control
