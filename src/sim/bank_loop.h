#pragma once
// A simulated bank with the daemon's own control and merge between packs and power system, in virtual time.
#include <memory>
#include <optional>

#include "bank/bank.h"
#include "bank/sighting.h"
#include "control/controller.h"
#include "sim/bank_world.h"
#include "sim/parallel.h"

namespace bmsd::sim {

/// One battery of the bank: what its BMS tells, what goes wrong on the way, its own control.
class BankBattery {
  public:
    BankBattery(const BankMember& spec, std::size_t number, std::uint64_t seed, const control::Now& now);

    /// A cycle after the physics.
    void step(Pack& pack, double dt, const control::Now& now);
    /// The daemon starts anew, with what was stored.
    void restart(const control::Now& now);

    const Snapshot& snapshot() const { return snapshot_; }
    const bank::Sighting& sighting() const { return sighting_; }
    /// Served on the bus: it has answered, and is not given up.
    bool there() const { return there_; }
    /// What the bank gets is what the pack is like: no trouble now.
    bool trusted() const { return left_ <= 0 && frozen_ <= 0 && tripped_ <= 0; }

  private:
    void draw_troubles(double dt);
    void switch_off(Pack& pack, bool off);

    const BankMember& spec_;
    bank::Face face_;
    Disturbance disturbance_;
    Random random_;
    double left_ = 0, frozen_ = 0, tripped_ = 0;  // s to go
    bool off_ = false;                            // the switches were opened
    Reading reading_;
    Telemetry seen_;
    std::optional<control::Controller> controller_;
    control::Input input_;
    Snapshot snapshot_;
    bank::Sighting sighting_;
    bool there_ = false;
};

class BankLoop {
  public:
    explicit BankLoop(const BankWorld& world);

    /// One cycle: physics, a read of each battery, its control, the bank.
    void step();
    /// See ClosedLoop::set_relay().
    void set_relay(Relay relay) { relay_ = std::move(relay); }

    const BankWorld& world() const { return world_; }
    const control::Now& now() const { return now_; }
    Parallel& packs() { return packs_; }
    const Parallel& packs() const { return packs_; }
    const BankBattery& battery(std::size_t i) const { return *batteries_[i]; }
    const bank::Life& life() const { return *life_; }
    const bank::Output& output() const { return bank_->output(); }
    /// What the power system obeys; nothing while the bank is not served.
    Orders orders() const;
    const Charger& charger() const { return charger_; }
    std::uint64_t cycles() const { return cycles_; }
    bool restarted() const { return restarted_; }

  private:
    void restart();

    BankWorld world_;
    control::Now now_;
    Parallel packs_;
    Charger charger_;
    Relay relay_;
    Day day_;
    Random random_;
    std::vector<std::unique_ptr<BankBattery>> batteries_;
    std::unique_ptr<bank::Life> life_;
    std::unique_ptr<bank::Bank> bank_;
    std::vector<bank::Sighting> seen_;
    double time_;  // s since midnight
    std::uint64_t cycles_ = 0;
    bool restarted_ = true;
};

}  // namespace bmsd::sim
