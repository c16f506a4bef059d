#pragma once
// Recorded or made-up telemetry through the very control code of the daemon: scenario files and raw captures.
// Source: core/charge-control.md section 13, core/lifecycle.md section 12.
#include <boost/json/object.hpp>
#include <functional>

#include "control/controller.h"
#include "util/result.h"

namespace bmsd::replay {

struct ScenarioEvent {
    enum class Kind { none, user_soc_reset, history_clear, restart };
    Kind kind = Kind::none;
    double value = 0;  // % or mode
};

/// What changes at the cycle of time `t`.
struct ScenarioStep {
    double t = 0;                // s
    boost::json::object inputs;  // model names; what is not named keeps its value
    bool whole = false;          // the inputs are all there is: what is not named is absent
    std::optional<bool> comm;    // false: reads fail from here on
    ScenarioEvent event{};       // before the cycle
};

/// What must hold after the cycle of time `t`.
struct ScenarioCheck {
    double t = 0;
    boost::json::object values;
};

struct Scenario {
    std::string name, description;
    std::string type;             // what the BMS calls itself; empty: not told
    bool charges_itself = false;  // as control::Traits has it; the caller knows the types
    config::Config config;
    double poll_interval = 1;  // s; 0: one cycle a step, at its time (captures)
    double epoch = 0;          // s since 1970 at t = 0
    double end = 0;            // s
    control::Stored stored;
    Reading first;                            // what is known before the first step
    std::vector<std::string> history_of_bms;  // history values that the BMS keeps itself
    std::vector<ScenarioStep> steps;          // by time
    std::vector<ScenarioCheck> checks;        // by time
};

/// The cases of a scenario file, or a raw capture (one case a battery). `base` is the configuration where a case names
/// no key. Lines of a capture that are not JSON (cut off) are left out.
Result<std::vector<Scenario>> read_scenarios(std::string_view text, const config::Config& base);

/// One cycle as it has been published.
struct ScenarioCycle {
    double t;  // s
    const config::Config& config;
    const Telemetry& telemetry;  // the input
    const Snapshot& snapshot;
    const control::Controller& control;
    bool exit;  // the battery is given up in this cycle
};

/// Runs all cycles. A battery that was given up is found again, and starts anew with what was stored, with the next
/// read that succeeds; there are no cycles until then.
void run(const Scenario& scenario, const std::function<void(const ScenarioCycle&)>& on_cycle);

}  // namespace bmsd::replay
