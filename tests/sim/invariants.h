#pragma once
// The safety invariants of core/charge-control.md section 14, each a checker of its own, held against every cycle.
#include <memory>
#include <string>
#include <vector>

#include "oracle.h"

namespace bmsd::sim {

/// What was broken: number of the invariant, time, and the figures.
struct Broken {
    std::string invariant;
    double steady = 0;  // s
    std::string what;
};

class Invariant {
  public:
    explicit Invariant(std::string name) : name_(std::move(name)) {}
    Invariant(const Invariant&) = delete;
    Invariant& operator=(const Invariant&) = delete;
    virtual ~Invariant() = default;

    const std::string& name() const { return name_; }
    /// Empty when the invariant holds in this cycle.
    virtual std::string check(const Observed& o, const Facts& f) = 0;

  private:
    std::string name_;
};

using InvariantList = std::vector<std::unique_ptr<Invariant>>;
InvariantList voltage_invariants();  // 1 to 5, 11, 12, 14
InvariantList current_invariants();  // 1, 5, 7, 8, 9, 10, 14

/// All of them, over one run; remembers the first breach of each.
class Invariants {
  public:
    Invariants();
    void check(const Observed& o);
    const std::vector<Broken>& broken() const { return broken_; }

  private:
    Oracle oracle_;
    InvariantList list_;
    std::vector<Broken> broken_;
};

}  // namespace bmsd::sim
