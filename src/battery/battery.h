#pragma once
// One battery: its last reading, its control, the snapshot of its last cycle, and the commands that wait for the BMS.
// It knows no port and no publisher; sessions feed it, publishers read it.
#include <deque>
#include <functional>
#include <string>

#include "battery/detection.h"
#include "battery/pending.h"
#include "control/controller.h"
#include "model/snapshot.h"
#include "util/loop.h"

namespace bmsd::battery {

/// What a battery is apart from its values; stays the same for its whole life.
struct Facts {
    const bms::Entry* entry;
    std::string port;        // as the user knows it, /dev/ttyUSB0
    std::string configured;  // its entry of BATTERY_ADDRESSES; empty: default address
    std::uint8_t address = 0;
    std::string id;  // unique in this process: the BMS's unique id, or a distinct one made from it
};

/// What a user asked for and what became of it.
struct Outcome {
    Command command;
    bool done;           // acknowledged by the BMS
    std::string reason;  // why not
};

class Battery {
  public:
    /// `config` is the daemon's own: it stays where it is and changes in place on reload. `first` is what identify()
    /// read.
    Battery(Facts facts, Reading first, const config::Config& config, const control::Traits& known,
            const control::Stored& stored, Loop& loop);
    Battery(const Battery&) = delete;
    Battery& operator=(const Battery&) = delete;

    const Facts& facts() const { return facts_; }
    const Reading& reading() const { return reading_; }
    const Snapshot& snapshot() const { return snapshot_; }
    LinkQuality& link() { return snapshot_.link; }
    control::Controller& controller() { return controller_; }

    /// It answers on another port or address than before; who read it there does so no more.
    void move_to(const std::string& port, const std::string& configured, std::uint8_t address);
    /// Changes with each move_to().
    std::uint64_t seat() const { return seat_; }
    /// What other programs say; used from the next cycle on.
    void set_external(Number current, Number soc) { input_.external_current = current, input_.external_soc = soc; }
    void set_ess(const control::EssSettings& ess) { input_.ess = ess; }

    /// From one read to the next as it is in force; what a cycle cannot do in less is no loss.
    void set_poll_interval(Duration interval);
    /// Ends a cycle: the read was good.
    void take(Reading reading);
    /// Ends a cycle: it was not.
    void miss();
    Instant steady() const { return loop_.now(); }
    /// How long ago the newest good reading was taken.
    Duration age() const { return loop_.now() - good_at_; }
    /// Reads that failed since then.
    int missed() const { return missed_; }
    /// Cycles that have ended, good or not.
    std::uint64_t cycles() const { return cycles_; }
    /// Whether the age of the reading has to be judged before the present read ends: the link is lost by it, or it has
    /// been lost and the texts are getting old (core/charge-control.md section 15, number 15).
    bool overdue() const;

    /// Queues a command for the BMS; refused at once when the type has no such control or the value makes no sense.
    Result<void> request(Command command);
    /// Sets the SoC: the calculated one, or by the BMS. Same refusals.
    Result<void> set_soc(double percent);
    Pending& pending() { return pending_; }
    void conclude(Command command, bms::Reply<void> reply);
    /// Told about every command that reached its end.
    void on_outcome(std::function<void(const Outcome&)> callback) { outcome_ = std::move(callback); }
    const std::deque<Outcome>& outcomes() const { return outcomes_; }

    /// The configuration has changed in place.
    void reconfigure(bool settings_invalid);
    control::Now now() const;

  private:
    void step(bool good);
    void act_on(const control::ChargeControl::Events& events);
    void tell_of(const control::Connection& connection) const;

    Facts facts_;
    Loop& loop_;
    const config::Config& config_;
    Reading reading_;
    control::Input input_;
    control::Controller controller_;
    Snapshot snapshot_;
    Pending pending_;
    Duration interval_ = std::chrono::seconds(1);
    Instant good_at_, stepped_at_;
    int missed_ = 0;
    std::uint64_t cycles_ = 0, seat_ = 0;
    std::deque<Outcome> outcomes_;  // the last few, newest last
    std::function<void(const Outcome&)> outcome_;
};

}  // namespace bmsd::battery
