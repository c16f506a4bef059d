#pragma once
// What holds for the bank whatever its batteries ask for: the voltage never rises while a cell is over its limit, and a
// current limit that is not obeyed acts through the voltage. Source: core/charge-control.md section 15, numbers 1 to 3.
#include "bank/crew.h"
#include "config/config.h"
#include "control/voltage_recovery.h"

namespace bmsd::bank {

/// The cells above their limit, of all batteries.
struct CellsOver {
    double excess = 0;   // V, of the highest one; 0: none is over
    double highest = 0;  // V, of that battery
    Number bound;        // V, the lowest "sum of a battery less what its cells are above the limit"
};
/// `limit`: V a cell; absent: of each battery its own (/Info/MaxChargeCellVoltage), and only of those that float.
CellsOver cells_over(const Crew& crew, const Number& limit);

class VoltageGuard {
  public:
    struct Input {
        Number target;  // V, what the bank would ask for
        CellsOver over;
        Number voltage;  // V, of the bank
        Number current;  // A, of the bank, + charges
        Number limit;    // A, the charge current published before
        Number floor;    // V: never below it
    };
    struct Result {
        Number voltage;  // V, at most the target
        bool protects = false, ignored = false;
    };
    Result step(const Input& input, const config::Config& config, const control::Now& now);

  private:
    bool is_ignored(const Input& input, const control::Now& now);
    double pull_down(const Input& input, bool ignored, double dt, const control::Now& now);

    Number held_;           // V, what it has lowered the voltage to
    bool cause_ = false;    // there was one in the last cycle
    Number ignored_since_;  // s steady
    bool ignored_ = false;
    Number fallen_at_;    // s steady, the highest cell was last seen falling
    double highest_ = 0;  // V, then
    Number last_;         // s steady
    control::VoltageRecovery recovery_;
};

}  // namespace bmsd::bank
