#pragma once
// Charge together, float together: the phase of the bank. Source: core/aggregation.md section 8.3.
#include <span>
#include <string>
#include <vector>

#include "bank/values.h"
#include "config/config.h"
#include "control/input.h"

namespace bmsd::bank {

enum class Phase : std::uint8_t { charge, transition, floating };
/// "CHARGE", "TRANSITION", "FLOAT".
std::string_view text(Phase phase);

/// A battery with a charge voltage, as this and the other modes look at it.
struct VoltageVote {
    const Member* member;
    ChargeMode mode;
    double voltage;  // V, its CVL
};

class Coordination {
  public:
    /// The phase after this cycle. nullopt: nobody has one.
    std::optional<Phase> step(std::span<const VoltageVote> votes, const config::Config& config,
                              const control::Now& now);
    std::optional<Phase> phase() const { return phase_; }

  private:
    bool wants_back(std::span<const VoltageVote> votes, const config::Config& config, const control::Now& now);

    std::optional<Phase> phase_;
    Number wanted_since_;               // s steady
    std::vector<std::string> present_;  // identities
};

/// The phase without memory: what the batteries do now.
std::optional<Phase> present_phase(std::span<const VoltageVote> votes);
/// The charge voltage of a phase, V. nullopt: nobody has one.
Number coordinated_voltage(std::span<const VoltageVote> votes, std::optional<Phase> phase);

}  // namespace bmsd::bank
