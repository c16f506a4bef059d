// Invariant 13: with a constant complete input C, CCL, DCL and the texts stop changing after the wait, holds and ramps.
#include "control/controller.h"
#include "run.h"

namespace bmsd::sim {
namespace {

/// What must not change any more.
bool same(const Limits& a, const Limits& b)
{
    return a.control_voltage == b.control_voltage && a.charge_mode == b.charge_mode &&
           a.charge.applied == b.charge.applied && a.charge.reason == b.charge.reason &&
           a.charge.allowed == b.charge.allowed && a.discharge.applied == b.discharge.applied &&
           a.discharge.reason == b.discharge.reason && a.discharge.allowed == b.discharge.allowed;
}

/// A reading of a battery in the middle of its life.
Telemetry some_reading(ClosedLoop& loop, Random& random)
{
    for (auto cycles = random.whole(1, 3000); cycles > 0; --cycles) loop.step();
    Telemetry t = *loop.input().telemetry;
    t.current = 0;  // or a calculated SoC would go on moving
    return t;
}

/// The longest of all waits, holds and ramps one after the other, s.
double patience(const config::Config& c)
{
    const double volts = 3;  // no C moves further
    const auto ramp = [](double way, double rate) { return rate > 0 ? way / rate : 0; };
    const double recovery = static_cast<double>(c.cvl_recovery_hold_sec) + ramp(volts, c.cvl_recovery_rate_v_per_sec);
    const double current = static_cast<double>(std::max(c.ccl_recovery_hold_sec, c.dcl_recovery_hold_sec)) +
                           ramp(c.max_battery_charge_current, c.ccl_recovery_rate_a_per_sec) +
                           ramp(c.max_battery_discharge_current, c.dcl_recovery_rate_a_per_sec);
    return static_cast<double>(c.switch_to_float_wait_for_sec) + volts / 0.001 + 2 * recovery + current +
           static_cast<double>(c.cvl_recalculation_every) + 100;
}

/// Section 14, number 13: float that is refused comes back once per wait.
bool float_is_refused(const config::Config& c, const Limits& seen)
{
    const bool by_difference = c.switch_to_bulk_cell_voltage_diff <= c.switch_to_float_cell_voltage_diff;
    return by_difference || (!c.soc_calculation && seen.charge_mode.view().starts_with("Absorption"));
}

std::string settle(std::uint64_t seed)
{
    constexpr double step = 5;  // s a cycle
    Random random(seed);
    World scenario = random_world(random.bits());
    scenario.disturbance = {};
    if (scenario.config.cvl_controller_mode == 2) scenario.config.cvl_controller_mode = 1;
    ClosedLoop loop(scenario);
    const Telemetry constant = some_reading(loop, random);
    control::Controller control(scenario.config, {}, loop.stored(), loop.now());
    control::Input input;
    input.good = true;
    input.telemetry = &constant;
    control::Now now = loop.now();
    Snapshot out;
    control.start(input, now, out);
    const auto live = [&] {
        now.steady += step;
        now.wall += step;
        control.step(input, now, out);
    };
    for (double time = patience(scenario.config); time > 0; time -= step) live();
    const Limits settled = out.limits;
    for (int cycle = 0; cycle < 1000; ++cycle) {
        live();
        if (same(settled, out.limits) || float_is_refused(scenario.config, settled)) continue;
        return std::string(settled.charge_mode.view()) + " became " + std::string(out.limits.charge_mode.view()) +
               ", C " + std::to_string(settled.control_voltage.value_or(-1)) + " became " +
               std::to_string(out.limits.control_voltage.value_or(-1)) + ", CCL " +
               std::to_string(settled.charge.applied.value_or(-1)) + " became " +
               std::to_string(out.limits.charge.applied.value_or(-1)) + " (" +
               std::string(out.limits.charge.reason.view()) + ")";
    }
    return {};
}

TEST(Settle, AConstantInputComesToRest)
{
    for (const auto seed : seeds(1, 60)) {
        const std::string broken = settle(seed);
        EXPECT_TRUE(broken.empty()) << "seed " << seed << ": " << broken;
    }
}

}  // namespace
}  // namespace bmsd::sim
