#pragma once
// The service of one battery on D-Bus: its name, its values, its controls. One connection of its own.
// Source: core/dbus.md, core/lifecycle.md section 7.
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/command.h"
#include "venus/object.h"

namespace bmsd::venus {

/// Who carries out what a client of the service writes.
class Control {
  public:
    using Done = std::function<void(const Result<void>& result)>;

    virtual ~Control() = default;
    /// A switch or the SoC. Taken, which may mean queued (tell Service::settle() how it ended), or refused and why.
    virtual Result<void> command(const Command& command) = 0;
    /// Groups 1..7 of core/dbus.md 5.3.
    virtual Result<void> clear_history(int group) = 0;
    /// Saves the name; `done` is called, now or later, and says whether that worked.
    virtual void set_custom_name(const std::string& name, Done done) = 0;
};

class Service final : private Writer {
  public:
    struct Events {
        std::function<void()> registered;  // the name is ours
        /// Another program has the name, or the bus takes no connection: told once for each time it is not there.
        /// It is tried again for as long as the service is wanted; nothing else has to suffer from it.
        std::function<void(const std::string& reason)> not_on_bus;
    };

    /// start() does the rest. `control` outlives the service.
    Service(Loop& loop, std::string address, std::string name, Context context, Control& control, Events events);
    ~Service() override;

    /// Connects, exports every path with what it shows at the registration and asks for the name. Also after release().
    void start(const Snapshot& first);
    /// Takes the values of a cycle over; what changed goes out in one signal once the name is ours.
    void publish(const Snapshot& snapshot);
    /// Gives the name back; what was published stays readable under the unique name only.
    void release();
    bool registered() const { return phase_ == Phase::registered; }
    const std::string& name() const { return name_; }

    /// Another configuration applies: paths that came into being appear, those that went have no value.
    void reconfigure(const config::Config& config);
    /// The name was changed elsewhere.
    void show_custom_name(const std::string& name);
    /// It hangs elsewhere now: connection_text() and product_name().
    void show_place(const std::string& connection, const std::string& product);
    /// Why nothing is saved; empty: it is.
    void show_not_saved(const std::string& why);
    /// How a command that was taken ended; a switch that the BMS refused shows its former value again.
    void settle(const Command& command, bool done);

  private:
    enum class Phase { idle, requesting, registered };

    void write(Leaf& leaf, const bus::Value& value, WriteReply reply) override;
    Written write_control(std::string_view path, std::int64_t value);
    Written write_switch(const Command& command, std::string_view path);
    void write_custom_name(const std::string& name, WriteReply reply);
    bool connect();
    void disconnected(const std::string& reason);
    void request_name();
    void name_answered(sd_bus_message* reply);
    void try_again(const std::string& reason);
    void evaluate(const Snapshot& snapshot, bool first);
    void update_json();
    void store(std::string_view path, const bus::Value& value);
    void announce(const Leaf& leaf);
    void send_changes();

    Loop& loop_;
    std::string address_, name_;
    Context context_;
    Control& control_;
    Events events_;
    Tree tree_;
    std::unique_ptr<bus::Connection> bus_;  // null: not connected
    std::shared_ptr<bool> connected_;       // of this connection, for answers that come late
    std::unique_ptr<Object> object_;
    Phase phase_ = Phase::idle;
    Instant patient_until_{};  // nothing is told before
    bool told_ = false;        // that it is not on the bus
    Wait retry_;
    bus::Slot name_call_;
    Instant counters_due_{};
    std::uint64_t wire_errors_ = 0;  // when the counters were shown last
    std::vector<const Leaf*> changed_;
    std::string scratch_;
    std::array<int, 4> confirmed_{};  // by Command::Kind: what the BMS last took
    bool json_stale_ = true;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bmsd::venus
