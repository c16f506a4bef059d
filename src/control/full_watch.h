#pragma once
// Full is full in every phase: the conditions of the way to float, when float is there already.
// Source: core/charge-control.md section 15, number 7.
#include "config/config.h"
#include "control/cells.h"

namespace bmsd::control {

class FullWatch {
  public:
    /// A complete cycle in float; `full`: V, the normal maximum. True once each time the pack has been there for the
    /// wait.
    bool step(const config::Config& config, const CellState& cells, double full, double now);
    /// Float is entered: that it is full is known, until it sags.
    void reached() { told_ = true; }
    void forget() { since_.reset(), told_ = false; }

  private:
    Number since_;  // s, sum at the maximum and balanced
    bool told_ = false;
};

}  // namespace bmsd::control
