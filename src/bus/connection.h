#pragma once
// A D-Bus connection on our loop, by sd-bus. Nothing here blocks: opening, calls and names are asynchronous.
// Source: core/dbus.md section 1.
#include <functional>
#include <memory>
#include <string>

#include "util/loop.h"
#include "util/result.h"

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

namespace bmsd::bus {

struct SlotDeleter {
    void operator()(sd_bus_slot* slot) const;
};
/// What is registered with a connection: destroying it ends it, a pending call is forgotten. Must go before the Bus.
using Slot = std::unique_ptr<sd_bus_slot, SlotDeleter>;

struct MessageDeleter {
    void operator()(sd_bus_message* message) const;
};
using Message = std::unique_ptr<sd_bus_message, MessageDeleter>;

/// The session bus when DBUS_SESSION_BUS_ADDRESS is set and not empty, else the system bus.
std::string bus_address();

class Connection {
  public:
    using Lost = std::function<void(const std::string& reason)>;
    using Handler = std::function<void(sd_bus_message* message)>;

    /// Starts to connect; what is sent before the connection stands waits for it. `lost` is called once, from the loop,
    /// when the connection is gone; the Connection is of no use then. It may be destroyed in there.
    static Result<std::unique_ptr<Connection>> open(Loop& loop, const std::string& address, Lost lost);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    sd_bus* raw() const { return bus_; }
    Loop& loop() const { return loop_; }
    /// The bus does not take what we send: do not send more of what can wait.
    bool backed_up() const;
    /// To be called after something was sent by other means than this class.
    void sent();

    Message new_call(const char* destination, const char* path, const char* interface, const char* member);
    Message new_signal(const char* path, const char* interface, const char* member);
    /// `reply` gets the answer or an error message (also after `limit` without an answer). Null when it could not be
    /// sent; then `reply` is never called.
    [[nodiscard]] Slot call(Message message, Handler reply, Duration limit = std::chrono::seconds(5));
    /// Sends what needs no answer.
    void send(Message message);
    /// `handler` gets every message that fits `rule`. The rule is sent, not waited for; null on failure.
    [[nodiscard]] Slot match(const std::string& rule, Handler handler);

  private:
    Connection(Loop& loop, sd_bus* bus, Lost lost);
    void pump();
    void pump_soon();
    void arm();
    void fail(int error);

    Loop& loop_;
    sd_bus* bus_;
    Lost lost_;
    Wait readable_, writable_, timer_;
    int write_fd_ = -1;  // a second descriptor of the same socket: the loop watches each one once
    Instant deadline_{};
    bool pump_posted_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// Follows who owns a name. `changed` gets the unique name of the owner, empty when there is none; first soon after the
/// construction, then at each change.
class NameWatch {
  public:
    using Changed = std::function<void(const std::string& owner)>;
    NameWatch(Connection& bus, std::string name, Changed changed);

    const std::string& owner() const { return owner_; }
    bool known() const { return known_; }

  private:
    void set(const char* owner);

    std::string name_;
    Changed changed_;
    std::string owner_;
    bool known_ = false;
    Slot match_, query_;
};

/// The text of an error message, empty when it is none.
std::string error_text(sd_bus_message* message);

}  // namespace bmsd::bus
