#include "sim/recording.h"

#include "config/value.h"
#include "model/json.h"
#include "util/decimal.h"

namespace bmsd::sim {
namespace {

namespace json = boost::json;

json::object config_of(const config::Config& config)
{
    json::object object;
    for (const auto key : config::diff(config::defaults(), config)) {
        object[key] = config::to_json(config::value_of(config, key));
    }
    return object;
}

json::object start_of(const control::Stored& stored, double wall)
{
    json::object start;
    start["epoch"] = wall;
    start["allow_max_voltage"] = stored.allow_max_voltage;
    if (stored.max_voltage_start_time) start["max_voltage_start_time"] = *stored.max_voltage_start_time;
    if (stored.soc_reset_last_reached != 0) start["soc_reset_last_reached"] = stored.soc_reset_last_reached;
    if (stored.soc_calc) start["soc_calc"] = *stored.soc_calc;
    return start;
}

json::object inputs_of(const control::Input& input)
{
    json::object inputs = to_json(*input.telemetry);
    if (const auto flags = inputs.find("cell_balancing"); flags != inputs.end()) {
        inputs["balancing"] = json::value(flags->value());
        inputs.erase("cell_balancing");
    }
    inputs["comm"] = input.good;
    return inputs;
}

/// What turns `before` into `now`; of objects inside only their own changes.
json::object changes(const json::object& before, const json::object& now)
{
    json::object changed;
    for (const auto& [name, value] : now) {
        const json::value* old = before.if_contains(name);
        if (old != nullptr && *old == value) continue;
        const bool nested = old != nullptr && old->is_object() && value.is_object();
        changed[name] = nested ? json::value(changes(old->get_object(), value.get_object())) : value;
    }
    for (const auto& [name, value] : before) {
        if (!now.contains(name)) changed[name] = nullptr;
    }
    return changed;
}

}  // namespace

Recording::Recording(const ClosedLoop& loop) : interval_(loop.scenario().interval)
{
    const World& s = loop.scenario();
    const Pack& pack = loop.site().pack();
    case_["name"] = "seed_" + std::to_string(s.seed);
    case_["config"] = config_of(s.config);
    case_["cells"] = pack.size();
    const Telemetry& t = *loop.input().telemetry;
    json::object battery;
    if (t.capacity) battery["capacity"] = *t.capacity;
    if (t.max_charge_current) battery["max_charge_current"] = *t.max_charge_current;
    if (t.max_discharge_current) battery["max_discharge_current"] = *t.max_discharge_current;
    case_["battery"] = std::move(battery);
    if (interval_ != 1) case_["poll_interval"] = interval_;
    case_["start"] = start_of(s.stored, loop.now().wall + interval_);
}

void Recording::add(const ClosedLoop& loop)
{
    json::object now = inputs_of(loop.input());
    json::object step = changes(present_, now);
    if (loop.restarted() && time_ > 0) step["event"] = json::object{{"type", "restart"}};
    if (!step.empty()) {
        step["t"] = rounded(time_, 6);
        steps_.push_back(std::move(step));
    }
    present_ = std::move(now);
    time_ += interval_;
}

json::value Recording::file() const
{
    json::object whole = case_;
    whole["end"] = rounded(time_ - interval_, 6);
    whole["steps"] = steps_;
    whole["expect"] = json::array();
    return json::array{std::move(whole)};
}

}  // namespace bmsd::sim
