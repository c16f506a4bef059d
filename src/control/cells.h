#pragma once
// What charge control sees of the cells. Source: core/charge-control.md sections 1, 7, 8.2.
#include "config/config.h"
#include "control/input.h"

namespace bmsd::control {

/// The cells in one cycle with a good read. It points into the reading it was made from.
struct CellState {
    std::int64_t count = 0;              // n in use, 0 = unknown
    const Cells* single = nullptr;       // null: this BMS has no single cells, only a lowest and a highest
    bool complete = false;               // all there: each of n cells, or lowest, highest and pack voltage
    Number lowest, highest;              // V, Vcmin and Vcmax; a maximum the BMS no longer tells with its last reading
    Number sum;                          // V, rounded to 1 mV; absent unless it is of all cells
    Number diff;                         // V, rounded to 1 mV
    double raw_sum = 0;                  // V, not rounded
    bool all_gone = false;               // for 600 s not one of the cells that were there (section 15, number 13)
    Number limiting_low, limiting_high;  // V, Vcmin and Vcmax with the last reading of what has vanished

    /// By how much the cells are above `limit` in all, V; 0: none is. Needs a complete state.
    double excess(double limit) const;
};

class CellWatch {
  public:
    /// After a good read.
    CellState step(const config::Config& config, const Telemetry& telemetry, const Now& now);
    /// Each cell with its last reading, for cycles in which some are missing. A cell never seen counts as 0 V: the sum
    /// is never above the true one. Without a sum nothing is known. It points into this object and says nothing of
    /// `complete`.
    CellState last_known() const;

  private:
    bool judge_gone(bool any, double now);
    void look_at_each(const config::Config& config, const Telemetry& telemetry, CellState& out);
    bool look_at_extremes(const config::Config& config, const Telemetry& telemetry, CellState& out);

    std::int64_t count_ = 0;             // n in use
    Number gone_since_;                  // s, all cells that were there are gone
    Number back_since_;                  // s, one of them is there again
    bool has_single_cells_ = false;      // this BMS has shown some
    Cells last_;                         // last reading of each cell, V
    Number last_lowest_, last_highest_;  // last reading of the BMS's own minimum and maximum, V
    Number last_pack_;                   // last pack voltage, V
};

}  // namespace bmsd::control
