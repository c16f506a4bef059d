#pragma once
// Charge and discharge current of the bank from those of the batteries. Source: core/aggregation.md section 9.
#include <map>

#include "bank/crew.h"
#include "bank/resistance.h"
#include "config/config.h"

namespace bmsd::bank {

/// A battery that takes current in the direction at hand.
struct Taker {
    const Member* member;
    Number limit;      // A; absent: not known
    double share = 0;  // of the current of the bank
};

/// How the current divides. Source: 9.3.
class Shares {
  public:
    /// Once a cycle.
    void look(const Crew& crew, const config::Config& config);
    void set(std::span<Taker> takers, const config::Config& config) const;

  private:
    std::map<std::string, ResistanceMeter, std::less<>> meters_;
};

/// Lowers the limit while a battery takes more than its own. Source: 9.4.
class OvercurrentGuard {
  public:
    /// `total`: A that all batteries together take in the direction; `published`: the limit in force.
    double step(std::span<const Taker> takers, Direction direction, double total, const Number& published,
                const control::Now& now);
    double factor() const { return factor_; }

  private:
    double factor_ = 1;
    Number evaluated_at_;  // s steady
};

/// The batteries' limits in one direction and what was decided about them.
struct LimitChoice {
    Number limit;                     // A, before the caps of the bank; absent: no battery has one
    const Member* decides = nullptr;  // whose limit it is
    bool blocked = false;             // a battery that stops the bank
};

class LimitMerge {
  public:
    explicit LimitMerge(Direction direction) : direction_(direction) {}

    LimitChoice step(const Crew& crew, const Shares& shares, const Number& published, const config::Config& config,
                     const control::Now& now);
    /// The same for what the BMS themselves allow (own charge control).
    LimitChoice hardware(const Crew& crew, const Shares& shares, const Number& published, const config::Config& config,
                         const control::Now& now);
    double guard_factor() const { return guard_.factor(); }

  private:
    struct Held {
        double value;  // A
        double at;     // s steady
    };
    Number limit_of(const Member& member, const control::Now& now);
    LimitChoice decide(const Crew& crew, std::span<Taker> takers, const Shares& shares, const Number& published,
                       const config::Config& config, const control::Now& now);

    Direction direction_;
    std::map<std::string, Held, std::less<>> held_;
    bool ever_ = false;  // the bank has had a limit
    OvercurrentGuard guard_;
};

/// Rounded down to 0.1 A.
double rounded_down(double amperes);

}  // namespace bmsd::bank
