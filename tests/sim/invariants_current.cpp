// The invariants of CCL and DCL: every one for both.
#include <fmt/format.h>

#include <cmath>

#include "invariants.h"

namespace bmsd::sim {
namespace {

constexpr double tiny = 1e-6;                          // A
constexpr double step = 0.0011;                        // A: limits have 3 decimals
constexpr double lost_after = 10, give_up_after = 60;  // s

/// One direction of a cycle.
struct Side {
    const char* name;
    const CurrentLimit& before;
    const CurrentLimit& after;
    double most;        // A, configured
    double bound;       // A, what the limiters allow
    double threshold;   // fraction of `most`
    double hold, rate;  // s, A/s
};

class CurrentInvariant : public Invariant {
  public:
    using Invariant::Invariant;
    std::string check(const Observed& o, const Facts& f) final
    {
        const config::Config& c = o.config;
        const Side charge{"CCL",
                          o.before.charge,
                          o.after.limits.charge,
                          c.max_battery_charge_current,
                          f.charge_bound,
                          c.charge_current_recovery_threshold_percent,
                          static_cast<double>(c.ccl_recovery_hold_sec),
                          c.ccl_recovery_rate_a_per_sec};
        const Side discharge{"DCL",
                             o.before.discharge,
                             o.after.limits.discharge,
                             c.max_battery_discharge_current,
                             f.discharge_bound,
                             c.discharge_current_recovery_threshold_percent,
                             static_cast<double>(c.dcl_recovery_hold_sec),
                             c.dcl_recovery_rate_a_per_sec};
        std::string broken = judge(o, f, charge, 0);
        return broken.empty() ? judge(o, f, discharge, 1) : broken;
    }

  protected:
    /// `which`: 0 charge, 1 discharge, for what has to be remembered.
    virtual std::string judge(const Observed& o, const Facts& f, const Side& s, std::size_t which) = 0;
    static std::string change(const Side& s, std::string_view when)
    {
        return fmt::format("{} from {} to {} A {}", s.name, s.before.applied.value_or(-1), s.after.applied.value_or(-1),
                           when);
    }
    static bool rises(const Side& s)
    {
        return s.before.applied && s.after.applied && *s.after.applied > *s.before.applied + tiny;
    }
};

class Range final : public CurrentInvariant {
  public:
    Range() : CurrentInvariant("1 (range of CCL and DCL)") {}
    std::string judge(const Observed&, const Facts&, const Side& s, std::size_t) override
    {
        const Number& a = s.after.applied;
        if (!a || (*a >= 0 && *a <= s.most + step)) return {};  // NaN is in no range
        return change(s, "is out of range");
    }
};

class Bound final : public CurrentInvariant {
  public:
    Bound() : CurrentInvariant("6, 9 (no target above what the limiters allow)") {}
    std::string judge(const Observed&, const Facts& f, const Side& s, std::size_t) override
    {
        if (!f.good || f.n == 0) return {};  // RD16: without a cell count nothing is calculated
        if (!s.after.target) return fmt::format("{} without a target after a good read", s.name);
        if (*s.after.target > s.bound + step)
            return fmt::format("target of {} {} A, the limiters allow {}", s.name, *s.after.target, s.bound);
        if (s.bound <= 0 && s.after.applied != 0.0) return change(s, "although nothing may flow");
        if (s.after.allowed && s.after.applied == 0.0) return fmt::format("{} is 0 and allowed", s.name);
        return {};
    }
};

class FailedRead final : public CurrentInvariant {
  public:
    FailedRead() : CurrentInvariant("5 (limits in a failed read)") {}
    std::string judge(const Observed& o, const Facts& f, const Side& s, std::size_t) override
    {
        if (f.good || o.first) return {};
        if (rises(s)) return change(s, "in a failed read");
        return s.after.allowed && !s.before.allowed ? fmt::format("{} allowed by a failed read", s.name) : "";
    }
};

class Reduction final : public CurrentInvariant {
  public:
    Reduction() : CurrentInvariant("7 (reductions in time)") {}
    std::string judge(const Observed& o, const Facts& f, const Side& s, std::size_t which) override
    {
        Number& since = above_since_[which];
        if (o.first) since.reset();
        if (!f.good || !s.after.applied || !s.after.target) return {};
        const double a = *s.after.applied, target = *s.after.target;
        if (a <= target + tiny) {
            since.reset();
            return {};
        }
        if (!since) since = o.now.steady;
        if (target <= 0) return change(s, "with target 0");
        const auto percent = static_cast<double>(o.config.cvl_recalculation_on_max_percentage_change);
        if (a - target >= a * percent / 100 + tiny)
            return change(s, fmt::format("with target {}, more than {} % lower", target, percent));
        if (o.now.steady - *since > static_cast<double>(o.config.cvl_recalculation_every) + tiny)
            return change(s, fmt::format("above its target {} for {} s", target, o.now.steady - *since));
        return {};
    }

  private:
    std::array<Number, 2> above_since_;  // s
};

class Recovery final : public CurrentInvariant {
  public:
    Recovery() : CurrentInvariant("8 (hold and ramp of the limits)") {}
    std::string judge(const Observed& o, const Facts& f, const Side& s, std::size_t which) override
    {
        Number& since = below_since_[which];
        if (o.first || f.back) since.reset();
        if (!f.good || !s.after.applied || !s.after.target || !s.before.applied || o.first) return {};
        const double a = *s.before.applied, target = *s.after.target, now = std::floor(o.now.steady);
        const bool waits = target > a + tiny && (a > 0 || target >= s.most * s.threshold - tiny);
        if (!waits) since.reset();
        if (waits && !since) since = now;
        if (!rises(s) || f.first_decision) return {};
        if (!since) return change(s, fmt::format("with target {}", target));
        if (*s.after.applied > target + tiny) return change(s, fmt::format("above its target {}", target));
        if (now - *since < s.hold) return change(s, fmt::format("{} s after its target rose", now - *since));
        const double risen = *s.after.applied - a;
        if (s.rate <= 0 || risen <= s.rate * f.since_good + step) return {};
        return change(s, fmt::format("within {} s", f.since_good));
    }

  private:
    std::array<Number, 2> below_since_;  // s
};

class Lost final : public CurrentInvariant {
  public:
    Lost() : CurrentInvariant("10 (lost link)") {}
    std::string judge(const Observed& o, const Facts& f, const Side& s, std::size_t which) override
    {
        if (which == 0) follow(o, f);
        const bool blocked = o.config.block_on_disconnect || !ever_good_;
        if (f.outage >= lost_after && blocked && (s.after.applied.value_or(0) != 0 || s.after.allowed))
            return change(s, "although the link is lost");
        if (in_a_row_ < 2) return o.after.state.give_up ? "given up too early" : "";
        const auto minutes = static_cast<double>(o.config.block_on_disconnect_timeout_minutes);
        const double limit = o.config.block_on_disconnect || !safe_ ? give_up_after : minutes * 60;
        if (o.after.state.give_up == (f.outage >= limit)) return {};
        return fmt::format("{} after {} s, limit {} s", o.after.state.give_up ? "given up" : "still there", f.outage,
                           limit);
    }

  private:
    void follow(const Observed& o, const Facts& f)
    {
        if (o.first) ever_good_ = false;
        if (o.first) in_a_row_ = 0;
        if (f.good) {
            ever_good_ = true;
            in_a_row_ = 0;
            return;
        }
        const Derived& last = o.after.derived;
        if (++in_a_row_ == 2) {
            safe_ = last.min_cell_voltage && last.max_cell_voltage &&
                    *last.min_cell_voltage > o.config.block_on_disconnect_voltage_min &&
                    *last.max_cell_voltage < o.config.block_on_disconnect_voltage_max;
        }
    }

    bool ever_good_ = false, safe_ = false;
    int in_a_row_ = 0;
};

class Fresh final : public CurrentInvariant {
  public:
    Fresh() : CurrentInvariant("14 (limits after a restart)") {}
    std::string judge(const Observed& o, const Facts& f, const Side& s, std::size_t) override
    {
        if (!o.first || !f.good || f.n == 0 || s.after.applied == s.after.target) return {};
        return change(s, fmt::format("at a start with target {}", s.after.target.value_or(-1)));
    }
};

}  // namespace

InvariantList current_invariants()
{
    InvariantList list;
    list.push_back(std::make_unique<Range>());
    list.push_back(std::make_unique<Bound>());
    list.push_back(std::make_unique<FailedRead>());
    list.push_back(std::make_unique<Reduction>());
    list.push_back(std::make_unique<Recovery>());
    list.push_back(std::make_unique<Lost>());
    list.push_back(std::make_unique<Fresh>());
    return list;
}

}  // namespace bmsd::sim
