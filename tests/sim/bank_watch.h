#pragma once
// What must hold for a bank in every cycle, whatever its batteries do. Source: core/aggregation.md sections 5, 8, 9;
// core/charge-control.md sections 14 and 15.
#include <string>

#include "sim/bank_loop.h"

namespace bmsd::sim {

class BankWatch {
  public:
    explicit BankWatch(const BankLoop& loop) : loop_(loop), over_(loop.packs().size()), read_(loop.packs().size()) {}

    /// After a cycle; empty: all holds.
    std::string check();

    // What the run was like.
    std::uint64_t served = 0;  // cycles
    int phase_changes = 0;
    int trips = 0;            // a BMS opened a switch by itself
    double first_float = -1;  // s after the start
    double worst_over = 0;    // s, longest time a battery took more than its own limit

  private:
    std::string published() const;
    std::string voltage();
    std::string stopped(bank::Direction direction) const;
    std::string current(bank::Direction direction);
    std::string shares(bank::Direction direction);
    std::string age();
    void note();

    const BankLoop& loop_;
    struct Over {
        bank::Both<double> time;  // s
        bool off = false;
    };
    std::vector<Over> over_;
    std::vector<double> read_;  // s steady, when each battery was there last
    Number last_voltage_;
    bank::Both<double> zero_for_;  // s
    std::optional<bank::Phase> phase_;
};

/// Runs the world for `hours` under the eyes of a watch; a breach fails the test with a file to replay.
BankWatch run_bank(const BankWorld& world, double hours);

}  // namespace bmsd::sim
