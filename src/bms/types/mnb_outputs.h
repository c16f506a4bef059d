#pragma once
// What the MNB board leaves to whoever reads it: counting its charge, and switching its charger, loads, generator and
// fan. Source: the sheet MNB, section 6.
#include "bms/language/channel.h"
#include "config/config.h"
#include "model/telemetry.h"

namespace bmsd::bms::mnb_board {

inline constexpr double capacity = 129.6;                          // Ah, 36 cells of 3.6 Ah
inline constexpr double near_limit = 0.05, well_off_limit = 0.15;  // V, hysteresis of the outputs

struct Extremes {
    double lowest, highest;  // cell, V
};

/// The charge counter; kept as long as the port, so that a battery lost and found goes on where it was.
struct Counter {
    double remaining = capacity / 2;  // Ah
    std::optional<Instant> last;

    /// Counts what flowed since the last call; a full or an empty cell sets the counter. Without a current it is not
    /// known what is left.
    void count(Telemetry& t, const Extremes& cells, const config::Config& config, Instant now);
};

/// The output lines beside the bus, BCM numbers; high is on.
class Outputs {
  public:
    /// Decides by the cells, the charge and the chip's temperature, and shows what may flow.
    void decide(Telemetry& t, const Extremes& cells, const config::Config& config);
    /// Sets each line, also after one that fails: it must not keep the others as they were. False: one failed.
    bool drive(Channel& channel) const;
    static void all_off(Channel& channel);

  private:
    bool charge_ = true, load_ = true, generator_ = false, fan_ = false;
};

}  // namespace bmsd::bms::mnb_board
