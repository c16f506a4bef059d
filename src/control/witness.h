#pragma once
// Whether a reading, or the clock, can be believed. Source: core/charge-control.md section 15, numbers 12, 14 and 18.
#include "control/input.h"

namespace bmsd::control {

/// The number of cells is known, not read each time: another one is believed when every reply of a minute says the
/// same.
class CellCountWatch {
  public:
    /// A reply has come. False: it tells of another number of cells than the battery has, and is to be refused.
    bool accepts(const Telemetry& telemetry, double now);
    /// The last accepted reply was the first of a battery with another number of cells.
    bool changed() const { return changed_; }

  private:
    Count other_than_known(const Telemetry& telemetry) const;

    Count known_;
    bool all_listed_ = false;  // a reply has had a voltage for each of them
    Count other_;
    double other_since_ = 0;  // s
    bool changed_ = false;
};

/// A BMS (or a converter before it) that repeats itself: much current, and nothing moves. Only where cells are told, as
/// pack voltage and SoC alone may stand still for so long.
class StillnessWatch {
  public:
    /// A reply has come. True: it is the same for 10 min although a current of more than 2 % of the capacity flows.
    bool repeats(const Telemetry& telemetry, double now);

  private:
    struct Picture {
        Cells cells;
        Number lowest, highest, voltage, soc, remaining;
        bool operator==(const Picture&) const = default;
    };
    Picture picture_;
    Number since_;  // s
};

/// The wall clock. What it jumps by, more than a day in all, counts when it has lasted for 10 min.
class WallClock {
  public:
    explicit WallClock(const Now& now) : believed_(now.wall - now.steady), settled_(believed_), candidate_(believed_) {}
    Now judge(const Now& now);

  private:
    // s between wall and steady clock
    double believed_;
    double settled_;    // that has lasted for 10 min, or was there at the start
    double candidate_;  // present one, since `since_`
    Number since_;      // s steady; absent: since the start
};

}  // namespace bmsd::control
