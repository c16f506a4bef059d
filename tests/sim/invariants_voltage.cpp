// The invariants of the charge voltage. C is without VOLTAGE_DROP.
#include <fmt/format.h>

#include <cmath>

#include "invariants.h"

namespace bmsd::sim {
namespace {

constexpr double tiny = 2e-6;                                                      // V: C has 6 decimals
constexpr double slope = 0.001;                                                    // V/s, of the float transition
constexpr double day = 86400;                                                      // s
constexpr double no_charge = 0.5, nothing = 0, settled = 2, furthest_below = 0.3;  // A, A, s, V (section 15, number 2)

bool rises(const Observed& o)
{
    const Number &before = o.before.control_voltage, &now = o.after.limits.control_voltage;
    return before && now && *now > *before + tiny;
}

std::string rise(const Observed& o, std::string_view when)
{
    return fmt::format("C rises from {} to {} V {}", *o.before.control_voltage, *o.after.limits.control_voltage, when);
}

bool in_float(Phase phase)
{
    return phase == Phase::transition || phase == Phase::floating;
}

class Finite final : public Invariant {
  public:
    Finite() : Invariant("1 (CVL finite)") {}
    std::string check(const Observed& o, const Facts&) override
    {
        const Limits& l = o.after.limits;
        for (const Number* value :
             {&l.charge_voltage, &l.control_voltage, &l.max_charge_cell_voltage, &l.battery_low_voltage}) {
            if (*value && !std::isfinite(**value)) return "not a finite number";
        }
        return {};
    }
};

class Ceiling final : public Invariant {
  public:
    Ceiling() : Invariant("2 (C below the maximum)") {}
    std::string check(const Observed& o, const Facts& f) override
    {
        const Number& c = o.after.limits.control_voltage;
        if (c && f.n > 0 && *c > f.ceiling + tiny) return fmt::format("C {} V, at most {}", *c, f.ceiling);
        if (!f.reset) high_ = 0;
        if (f.reset && f.complete && f.sum >= o.config.max_cell_voltage * f.n) high_ += f.since_complete;
        if (high_ > day + 60) return fmt::format("raised voltage at the top for {} s", high_);
        return {};
    }

  private:
    double high_ = 0;  // s at the top in this request
};

class HighCell final : public Invariant {
  public:
    HighCell() : Invariant("3 (high cell)") {}
    std::string check(const Observed& o, const Facts& f) override
    {
        const Number& c = o.after.limits.control_voltage;
        if (!o.config.cvcm_enable || !f.complete || !c) return {};
        const auto mode = o.config.cvl_controller_mode;
        if (f.over > tiny && !o.first && rises(o)) return rise(o, "with a cell above its limit");  // section 15, 1
        if ((mode != 1 && mode != 3) || f.over <= tiny) return {};
        const double most = f.sum + (mode == 3 ? 0.010 : 0);
        if (*c <= most + tiny || *c <= std::min(f.vlow, f.ceiling) + tiny) return {};
        return fmt::format("C {} V, sum {} V with a cell above {} V", *c, f.sum, f.cell_limit);
    }
};

/// While nothing flows C is not lowered far below the pack.
class NoWindup final : public Invariant {
  public:
    NoWindup() : Invariant("15.2 (no windup)") {}
    std::string check(const Observed& o, const Facts& f) override
    {
        const Number &before = o.before.control_voltage, &c = o.after.limits.control_voltage;
        const Number& current = o.after.derived.current;
        if (!o.config.cvcm_enable || o.first || !f.complete || !before || !c || in_float(f.phase)) return {};
        still_ = current && *current <= nothing ? still_ + std::min(f.since_complete, 5.0) : 0;
        if (in_float(f.phase_before) || still_ < settled) return {};
        const double least = std::min({*before, f.vmax, f.sum - std::max(furthest_below, f.over)});
        if (*c >= least - tiny) return {};
        return fmt::format("C falls from {} to {} V, sum {} V, {} A", *before, *c, f.sum, *current);
    }

  private:
    double still_ = 0;  // s without a charge current
};

class HoldAndRamp final : public Invariant {
  public:
    HoldAndRamp() : Invariant("4 (hold and ramp of C)") {}
    std::string check(const Observed& o, const Facts& f) override
    {
        if (o.first) lowered_.reset();
        if (!o.config.cvcm_enable || !f.complete || !o.after.limits.control_voltage) return {};
        const double now = std::floor(o.now.steady), c = *o.after.limits.control_voltage;
        const std::string broken = lowered_ && rises(o) ? judge(o, f, now) : std::string();
        const bool limited = limits(o, f) && !rises(o) && c < top(f) - tiny;
        const bool anew = in_float(f.phase_before) && !in_float(f.phase) && f.over <= tiny;
        if (limited || (f.gap && lowered_)) lowered_ = now;
        // what falls with no cell over follows the slope: nothing is left to recover
        const bool follows = f.phase == Phase::transition && c < o.before.control_voltage.value_or(0) - tiny;
        const bool float_entered = !in_float(f.phase_before) && in_float(f.phase);  // RD6: the recovery ends there
        if (!limited && (c >= top(f) - tiny || anew || follows || float_entered)) lowered_.reset();
        return broken;
    }

  private:
    static bool limits(const Observed& o, const Facts& f)
    {
        const auto mode = o.config.cvl_controller_mode;
        return mode >= 1 && mode <= 3 && f.over > tiny;
    }
    static bool charging(const Observed& o)
    {
        const Number& current = o.after.derived.current;
        return !current || *current > no_charge;
    }
    /// Where nothing is left to recover.
    static double top(const Facts& f)
    {
        return f.phase == Phase::floating ? std::min(f.vfloat, f.vmax) : f.phase == Phase::transition ? 1e9 : f.vmax;
    }
    std::string judge(const Observed& o, const Facts& f, double now) const
    {
        const double hold = static_cast<double>(o.config.cvl_recovery_hold_sec);
        const double rate = o.config.cvl_recovery_rate_v_per_sec;
        const bool to_bulk = in_float(f.phase_before) && !in_float(f.phase) && f.over <= tiny;
        if (to_bulk) return {};
        // section 15, number 2: back to the voltage of a pack into which nothing flows
        if (f.over <= tiny && !charging(o) && *o.after.limits.control_voltage <= f.sum + tiny) return {};
        if (now - *lowered_ < hold) return rise(o, fmt::format("{} s after it was lowered", now - *lowered_));
        const double risen = *o.after.limits.control_voltage - *o.before.control_voltage;
        if (rate <= 0 || risen <= rate * f.since_complete + tiny) return {};
        return rise(o, fmt::format("within {} s", f.since_complete));
    }

    Number lowered_;  // s, last cycle in which a high cell held C down
};

class Incomplete final : public Invariant {
  public:
    Incomplete() : Invariant("5 (C without data)") {}
    std::string check(const Observed& o, const Facts& f) override
    {
        const Number& c = o.after.limits.control_voltage;
        if (o.first || !c || f.complete) return {};
        if (!f.good) return rises(o) ? rise(o, "in a failed read") : "";
        if (!o.config.cvcm_enable) return {};
        if (*c > f.vfloat + tiny) return fmt::format("C {} V above float {} V with missing data", *c, f.vfloat);
        return rises(o) ? rise(o, "with missing data") : "";
    }
};

class FloatEntry final : public Invariant {
  public:
    FloatEntry() : Invariant("11 (float only from a timer)") {}
    std::string check(const Observed& o, const Facts& f) override
    {
        const double now = std::floor(o.now.steady);
        const bool entered = o.stored_before.allow_max_voltage && !o.stored.allow_max_voltage;
        const Count &syncs_before = o.stored_before.history.automatic_syncs, &syncs = o.stored.history.automatic_syncs;
        const bool counted = syncs.value_or(0) > syncs_before.value_or(0);
        std::string broken;
        if (entered && o.first) broken = "entered by a start";
        if (entered && !f.complete) broken = "entered without complete data";
        follow(o, f, now, entered);
        const auto wait = static_cast<double>(o.config.switch_to_float_wait_for_sec);
        const bool by_trip = f.tripped && was_reset_;  // section 15, number 6
        if (entered && !full_since_ && !by_trip) broken = "entered without the sum at the maximum";
        if (entered && full_since_ && now - *full_since_ <= wait && !by_trip)
            broken = fmt::format("entered {} s after the sum was at the maximum", now - *full_since_);
        if (counted && !entered) broken = "a sync was counted without entering float";
        if (!o.stored.allow_max_voltage) full_since_.reset();
        if (f.complete) was_reset_ = f.reset;  // the text of a cycle with missing data does not tell
        return broken;
    }

  private:
    void follow(const Observed& o, const Facts& f, double now, bool entered)
    {
        if (f.reset && !was_reset_) full_since_.reset();
        if (!f.complete || !o.stored_before.allow_max_voltage) return;
        if (f.reset) raised_ = f.vmax;
        const double vmax = entered && was_reset_ ? std::max(f.vmax, raised_) : f.vmax;  // its text is gone by then
        const double most = o.config.switch_to_float_cell_voltage_diff;
        if (!full_since_ && f.sum >= vmax - tiny && f.diff <= most + tiny) full_since_ = now;
        if (full_since_ && f.diff > most + o.config.switch_to_float_cell_voltage_deviation + tiny) full_since_ = now;
        if (full_since_ && !entered && f.sum < vmax - 0.5 - tiny) full_since_.reset();
    }

    Number full_since_;  // s
    double raised_ = 0;  // V, Vmax while a SoC reset was on
    bool was_reset_ = false;
};

class FloatSlope final : public Invariant {
  public:
    FloatSlope() : Invariant("12 (float is reached)") {}
    std::string check(const Observed& o, const Facts& f) override
    {
        if (o.first) entered_.reset();
        if (o.stored_before.allow_max_voltage && !o.stored.allow_max_voltage) {
            entered_ = o.now.steady;
            from_ = o.before.control_voltage.value_or(f.vfloat);
        }
        if (o.stored.allow_max_voltage) entered_.reset();
        const Number& c = o.after.limits.control_voltage;
        if (!o.config.cvcm_enable || !entered_ || !f.complete || !c) return {};
        const double time = o.now.steady - *entered_;
        if (time < (from_ - f.vfloat) / slope + 1 || *c <= f.vfloat + tiny) return {};
        return fmt::format("C {} V, {} s after the change to float from {} V", *c, time, from_);
    }

  private:
    Number entered_;   // s
    double from_ = 0;  // V
};

class Restart final : public Invariant {
  public:
    Restart() : Invariant("14 (C after a restart)") {}
    std::string check(const Observed& o, const Facts& f) override
    {
        const Number& c = o.after.limits.control_voltage;
        if (!o.first || !o.config.cvcm_enable || !f.complete || !c || o.stored_before.allow_max_voltage) return {};
        if (!in_float(f.phase) || *c <= f.vfloat + tiny) return {};
        return fmt::format("starts in float with C {} V", *c);
    }
};

}  // namespace

InvariantList voltage_invariants()
{
    InvariantList list;
    list.push_back(std::make_unique<Finite>());
    list.push_back(std::make_unique<Ceiling>());
    list.push_back(std::make_unique<HighCell>());
    list.push_back(std::make_unique<NoWindup>());
    list.push_back(std::make_unique<HoldAndRamp>());
    list.push_back(std::make_unique<Incomplete>());
    list.push_back(std::make_unique<FloatEntry>());
    list.push_back(std::make_unique<FloatSlope>());
    list.push_back(std::make_unique<Restart>());
    return list;
}

}  // namespace bmsd::sim
