// Scenario files and raw captures into cases. Source: core/charge-control.md section 13, core/lifecycle.md section 12.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "config/value.h"
#include "model/json.h"
#include "replay/capture_names.h"
#include "replay/scenario.h"

namespace bmsd::replay {
namespace {

namespace json = boost::json;

/// Members of the object `name`; none when there is no such object.
const json::object& object_in(const json::object& parent, std::string_view name)
{
    static const json::object none;
    const json::value* value = parent.if_contains(name);
    return value != nullptr && value->is_object() ? value->get_object() : none;
}

const json::array& array_in(const json::object& parent, std::string_view name)
{
    static const json::array none;
    const json::value* value = parent.if_contains(name);
    return value != nullptr && value->is_array() ? value->get_array() : none;
}

double number_in(const json::object& parent, std::string_view name, double otherwise)
{
    const json::value* value = parent.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<double>() : otherwise;
}

std::string text_in(const json::object& parent, std::string_view name)
{
    const json::value* value = parent.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// A stored value as the settings service keeps it.
std::string stored_text(const json::object& start, std::string_view name)
{
    const json::value* value = start.if_contains(name);
    if (value == nullptr || value->is_null()) return {};
    if (value->is_bool()) return value->get_bool() ? "1" : "0";
    if (value->is_string()) return std::string(value->get_string());
    return json::serialize(*value);
}

control::Stored read_stored(const json::object& start)
{
    control::StoredTexts texts;
    texts.allow_max_voltage = stored_text(start, "allow_max_voltage");
    texts.max_voltage_start_time = stored_text(start, "max_voltage_start_time");
    texts.soc_calc = stored_text(start, "soc_calc");
    texts.soc_reset_last_reached = stored_text(start, "soc_reset_last_reached");
    texts.history_values = stored_text(start, "history");
    return control::from_texts(texts).stored;
}

Result<ScenarioEvent> read_event(const json::object& event)
{
    const std::string type = text_in(event, "type");
    const double value = number_in(event, "value", 0);
    using enum ScenarioEvent::Kind;
    if (type == "user_soc_reset") return ScenarioEvent{user_soc_reset, value};
    if (type == "history_clear") return ScenarioEvent{history_clear, value};
    if (type == "restart") return ScenarioEvent{restart, value};
    return Failure(fmt::format("no such event: {}", type));
}

Result<ScenarioStep> read_step(const json::object& object)
{
    ScenarioStep step;
    for (const auto& [name, value] : object) {
        if (name == "t") {
            step.t = number_in(object, "t", 0);
        } else if (name == "comm") {
            if (value.is_bool()) step.comm = value.get_bool();
        } else if (name == "event") {
            const auto event = read_event(object_in(object, "event"));
            if (!event) return Failure(event.error());
            step.event = *event;
        } else if (name == "balancing" && !value.is_bool()) {
            step.inputs["cell_balancing"] = value;
        } else {
            step.inputs[name] = value;
        }
    }
    Reading trial;
    if (const auto known = from_json(step.inputs, trial); !known) return Failure(known.error());
    return step;
}

Result<void> read_steps(const json::object& object, Scenario& scenario)
{
    for (const json::value& item : array_in(object, "steps")) {
        if (!item.is_object()) return Failure("a step is no object");
        auto step = read_step(item.get_object());
        if (!step) return Failure(step.error());
        scenario.steps.push_back(std::move(*step));
    }
    for (const json::value& item : array_in(object, "expect")) {
        if (!item.is_object()) return Failure("an expectation is no object");
        ScenarioCheck check{number_in(item.get_object(), "t", 0), item.get_object()};
        check.values.erase("t");
        scenario.checks.push_back(std::move(check));
    }
    std::ranges::stable_sort(scenario.steps, {}, &ScenarioStep::t);
    std::ranges::stable_sort(scenario.checks, {}, &ScenarioCheck::t);
    return {};
}

Result<void> read_battery(const json::object& object, Scenario& scenario)
{
    Telemetry& first = scenario.first.telemetry;
    first.charge_fet = first.discharge_fet = true;  // unless the steps say something else
    json::object known;
    for (const auto& [name, value] : object_in(object, "battery")) {
        if (name != "exclude_history") known[name] = value;
    }
    if (const json::value* cells = object.if_contains("cells")) known["cell_count"] = *cells;
    for (const json::value& name : array_in(object_in(object, "battery"), "exclude_history")) {
        if (name.is_string()) scenario.history_of_bms.emplace_back(name.get_string());
    }
    return from_json(known, scenario.first);
}

Result<Scenario> read_case(const json::value& value, const config::Config& base)
{
    if (!value.is_object()) return Failure("a case is no object");
    const json::object& object = value.get_object();
    Scenario scenario;
    scenario.name = text_in(object, "name");
    const auto failure = [&](const std::string& reason) { return Failure(scenario.name + ": " + reason); };
    scenario.description = text_in(object, "description");
    scenario.config = base;
    for (const auto& [key, setting] : object_in(object, "config")) {
        if (const auto set = config::set_from_json(scenario.config, key, setting); !set) return failure(set.error());
    }
    scenario.poll_interval = number_in(object, "poll_interval", 1);
    if (!(scenario.poll_interval > 0)) return failure("the poll interval must be more than 0");
    scenario.epoch = number_in(object_in(object, "start"), "epoch", 0);
    scenario.stored = read_stored(object_in(object, "start"));
    if (const auto battery = read_battery(object, scenario); !battery) return failure(battery.error());
    if (const auto steps = read_steps(object, scenario); !steps) return failure(steps.error());
    scenario.end = number_in(object, "end", scenario.steps.empty() ? 0 : scenario.steps.back().t);
    return scenario;
}

Result<std::vector<Scenario>> read_cases(const json::value& value, const config::Config& base)
{
    std::vector<Scenario> out;
    const json::array one{value};
    for (const json::value& item : value.is_array() ? value.get_array() : one) {
        auto scenario = read_case(item, base);
        if (!scenario) return Failure(scenario.error());
        out.push_back(std::move(*scenario));
    }
    return out;
}

/// A line of a capture that ends a read cycle.
struct Decoded {
    double t;  // s since 1970
    bool success;
    const json::object& values;
};

void add(const Decoded& line, Scenario& scenario)
{
    if (scenario.steps.empty()) scenario.epoch = line.t;
    const double t = line.t - scenario.epoch;
    if (!scenario.steps.empty() && t <= scenario.steps.back().t) return;  // the clock was set back
    ScenarioStep step{.t = t, .inputs = {}, .comm = line.success};
    if (line.success) {
        step.whole = true;
        step.inputs = model_names(line.values);
    }
    scenario.end = t;
    scenario.steps.push_back(std::move(step));
}

Result<std::vector<Scenario>> read_capture(std::string_view text, const config::Config& base)
{
    std::map<std::string, Scenario> batteries;
    std::string last;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        boost::system::error_code error;
        const json::value value = json::parse(json::string_view(line.data(), line.size()), error);
        if (error || !value.is_object() || text_in(value.get_object(), "dir") != "decoded") continue;
        const json::object& object = value.get_object();
        const json::object& decoded = object_in(object, "decoded");
        const json::value* success = object.if_contains("success");
        std::string who = text_in(decoded, "unique_id");
        if (who.empty()) who = last;  // a failed read may not know
        last = who;
        Scenario& scenario = batteries[who];
        if (const std::string type = text_in(decoded, "type"); !type.empty()) scenario.type = type;
        scenario.name = who.empty() ? "capture" : who;
        scenario.config = base;
        scenario.poll_interval = 0;
        add({number_in(object, "t", 0), success != nullptr && *success == true, decoded}, scenario);
    }
    if (batteries.empty()) return Failure("neither scenarios nor a raw capture with decoded lines");
    std::vector<Scenario> out;
    for (auto& [who, scenario] : batteries) out.push_back(std::move(scenario));
    return out;
}

}  // namespace

Result<std::vector<Scenario>> read_scenarios(std::string_view text, const config::Config& base)
{
    boost::system::error_code error;
    const json::value whole = json::parse(json::string_view(text.data(), text.size()), error);
    const bool capture = !error && whole.is_object() && whole.get_object().contains("dir");
    if (error || capture) return read_capture(text, base);
    return read_cases(whole, base);
}

}  // namespace bmsd::replay
