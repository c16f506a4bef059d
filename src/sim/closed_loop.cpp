#include "sim/closed_loop.h"

namespace bmsd::sim {
namespace {

constexpr double first_steady = 1000, first_wall = 1.7e9;  // s

}  // namespace

ClosedLoop::ClosedLoop(World scenario)
    : scenario_(std::move(scenario)),
      site_(scenario_.site),
      disturbance_(scenario_.disturbance, scenario_.seed),
      now_{first_steady, first_wall}
{
    read();
    restart();
}

void ClosedLoop::step()
{
    const double dt = scenario_.interval;
    site_.step(dt, relay_ ? relay_(orders()) : orders());
    now_.steady += dt;
    now_.wall += dt;
    read();
    restarted_ = cycles_ == 0;
    const bool anew = disturbance_.restarts() || snapshot_.state.give_up;
    if (anew && input_.good) restart();  // without an answer there is nothing to start with
    controller_->step(input_, now_, snapshot_);
    ++cycles_;
}

/// The daemon starts, or has found a battery again that it had given up: with what is stored, and with this reading.
void ClosedLoop::restart()
{
    const control::Stored stored = controller_ ? controller_->stored() : scenario_.stored;
    controller_.emplace(scenario_.config, control::Traits{}, stored, now_);
    snapshot_ = {};
    controller_->start(input_, now_, snapshot_);
    restarted_ = true;
}

void ClosedLoop::read()
{
    site_.pack().obey(reading_);
    site_.pack().fill(reading_);
    Telemetry read = reading_.telemetry;
    if (scenario_.only_extremes) read.cell_voltages.clear();
    disturbance_.apply(scenario_.interval, read);
    input_.good = !disturbance_.read_fails();
    if (input_.good) seen_ = read;
    if (input_.good) input_.telemetry = &seen_;
}

/// A battery that has been given up is not there for the power system.
Orders ClosedLoop::orders() const
{
    if (snapshot_.state.give_up) return {};
    const Limits& limits = snapshot_.limits;
    return {.charge_voltage = limits.charge_voltage,
            .charge_current = limits.charge.applied,
            .discharge_current = limits.discharge.applied,
            .may_charge = limits.charge.allowed,
            .may_discharge = limits.discharge.allowed};
}

}  // namespace bmsd::sim
