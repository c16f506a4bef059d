#pragma once
// Between which voltages the charge voltage may be: by configuration, number of cells and BMS.
// Source: core/charge-control.md sections 1 and 3.
#include "config/config.h"
#include "model/telemetry.h"

namespace bmsd::control {

/// All in V for the whole pack.
struct VoltageBounds {
    double low = 0;       // Vlow
    double floating = 0;  // Vfloat
    double maximum = 0;   // Vmax, at present
    double normal = 0;    // Vmax without a SoC reset
    double raised = 0;    // never above it, whatever is requested
};

/// Remembers what the BMS has said: a value that vanishes keeps its last reading (RD28).
class BoundsKeeper {
  public:
    /// `cell_count` > 0.
    VoltageBounds step(const config::Config& config, std::int64_t cell_count, const Telemetry& telemetry,
                       bool soc_reset_requested);

  private:
    Number maximum_, requested_, minimum_;  // V, of the BMS
};

}  // namespace bmsd::control
