#pragma once
// The charge voltage of the bank and its mode text from those of the batteries. Source: core/aggregation.md section 8.
#include "bank/coordination.h"
#include "bank/crew.h"

namespace bmsd::bank {

struct VoltageChoice {
    Number voltage;               // V; absent: no battery has one
    std::optional<Phase> phase;   // of the mode `coordinated`; else what they do now
    std::optional<Phase> stated;  // only the former
    std::string mode;             // /Info/ChargeMode; empty: none
    bool protects = false;        // a battery lowers its voltage: nothing is to slow that down
};

class VoltageMerge {
  public:
    /// `user`: the charge voltage the user has set in DVCC, V; absent or 0: none. `balancing`: the merged flag.
    VoltageChoice step(const Crew& crew, bool balancing, const Number& user, const config::Config& config,
                       const control::Now& now);

  private:
    Coordination coordination_;
};

}  // namespace bmsd::bank
