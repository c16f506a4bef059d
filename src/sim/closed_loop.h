#pragma once
// A simulated battery and power system with the daemon's own control between them, in virtual time: the power system
// obeys the limits that control derives from what the battery's BMS tells.
#include <optional>

#include "control/controller.h"
#include "sim/world.h"

namespace bmsd::sim {

class ClosedLoop {
  public:
    explicit ClosedLoop(World scenario);

    /// One cycle: `interval` seconds of physics, one read, one step of control.
    void step();
    /// What stands between the limits and the power system, as a bus to an inverter does; nothing: it obeys at once.
    void set_relay(Relay relay) { relay_ = std::move(relay); }

    // The cycle that has just been.
    const control::Now& now() const { return now_; }
    const control::Input& input() const { return input_; }
    const Snapshot& snapshot() const { return snapshot_; }
    const control::Stored& stored() const { return controller_->stored(); }
    const History& history() const { return controller_->history(); }
    bool restarted() const { return restarted_; }  // its control had started anew
    const Installation& site() const { return site_; }
    Installation& site() { return site_; }
    const World& scenario() const { return scenario_; }
    /// What the BMS says, before troubles; a device side of a protocol may answer from it.
    Reading& reading() { return reading_; }
    std::uint64_t cycles() const { return cycles_; }

  private:
    void restart();
    void read();
    Orders orders() const;

    World scenario_;
    Installation site_;
    Relay relay_;
    Disturbance disturbance_;
    Reading reading_;
    Telemetry seen_;  // what control gets: after troubles
    std::optional<control::Controller> controller_;
    control::Input input_;
    control::Now now_;
    Snapshot snapshot_;
    bool restarted_ = true;
    std::uint64_t cycles_ = 0;
};

}  // namespace bmsd::sim
