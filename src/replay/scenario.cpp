#include "replay/scenario.h"

#include <algorithm>
#include <cmath>

#include "model/json.h"

namespace bmsd::replay {
namespace {

constexpr double same_time = 1e-6;  // s

/// What the format leaves out: the pack voltage is that of the cells, a FET state that is not given is on.
void complete(Telemetry& telemetry, bool voltage_given)
{
    if (voltage_given) return;
    double sum = 0;
    bool any = false;
    for (const Number& cell : telemetry.cell_voltages) {
        if (!cell) continue;
        sum += *cell;
        any = true;
    }
    telemetry.voltage = any ? Number(std::round(sum * 100) / 100) : std::nullopt;
}

/// The running battery of a scenario.
class Run {
  public:
    explicit Run(const Scenario& scenario) : scenario_(scenario), reading_(scenario.first)
    {
        begin(scenario.stored, 0);
    }

    void go(const std::function<void(const ScenarioCycle&)>& on_cycle)
    {
        if (scenario_.poll_interval <= 0) {
            while (next_ < scenario_.steps.size()) cycle(scenario_.steps[next_].t, on_cycle);
            return;
        }
        const auto count = static_cast<std::int64_t>(std::floor(scenario_.end / scenario_.poll_interval + same_time));
        for (std::int64_t i = 0; i <= count; ++i) cycle(static_cast<double>(i) * scenario_.poll_interval, on_cycle);
    }

  private:
    control::Now at(double t) const { return {t, scenario_.epoch + t}; }

    void begin(const control::Stored& stored, double t)
    {
        control_.emplace(scenario_.config,
                         control::Traits{.charges_itself = scenario_.charges_itself, .can_repeat = false}, stored,
                         at(t));
        for (const std::string& name : scenario_.history_of_bms) control_->leave_history_to_bms(name);
        out_ = Snapshot();
        const control::Input input{.good = false, .telemetry = &reading_.telemetry};
        control_->start(input, at(t), out_);
        out_.identity = reading_.identity;
        given_up_ = false;
    }

    /// As after the end of the process: all that is left is what the settings service keeps.
    void restart(double t) { begin(control::from_texts(control::to_texts(control_->stored())).stored, t); }

    void cycle(double t, const std::function<void(const ScenarioCycle&)>& on_cycle)
    {
        while (next_ < scenario_.steps.size() && scenario_.steps[next_].t <= t + same_time)
            apply(scenario_.steps[next_++], t);
        if (given_up_) {
            if (!comm_) return;
            restart(t);
        }
        const control::Input input{
            .good = comm_,
            .telemetry = &reading_.telemetry,
            .poll_interval = scenario_.poll_interval > 0 ? Number(scenario_.poll_interval) : std::nullopt};
        control_->step(input, at(t), out_);
        given_up_ = out_.state.give_up;
        on_cycle({t, scenario_.config, reading_.telemetry, out_, *control_, given_up_});
    }

    void apply(const ScenarioStep& step, double t)
    {
        if (step.whole) reading_ = {};
        if (step.comm) comm_ = *step.comm;
        if (step.whole || step.inputs.contains("voltage")) voltage_given_ = true;
        (void)from_json(step.inputs, reading_);  // checked when the file was read
        complete(reading_.telemetry, voltage_given_);
        switch (step.event.kind) {
            case ScenarioEvent::Kind::none:
                break;
            case ScenarioEvent::Kind::user_soc_reset:
                control_->set_soc(step.event.value);
                break;
            case ScenarioEvent::Kind::history_clear:
                control_->clear_history(static_cast<std::int64_t>(step.event.value));
                break;
            case ScenarioEvent::Kind::restart:
                restart(t);
                break;
        }
    }

    const Scenario& scenario_;
    Reading reading_;
    std::optional<control::Controller> control_;
    Snapshot out_;
    std::size_t next_ = 0;  // step
    bool comm_ = true, voltage_given_ = false, given_up_ = false;
};

}  // namespace

void run(const Scenario& scenario, const std::function<void(const ScenarioCycle&)>& on_cycle)
{
    Run(scenario).go(on_cycle);
}

}  // namespace bmsd::replay
