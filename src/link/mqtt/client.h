#pragma once
// One connection to one MQTT broker: it connects by itself, again and again, and never blocks the loop: name lookup and
// connecting run in the background, the rest without waiting. Source: core/transports.md section 3.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/broker.h"
#include "util/loop.h"

namespace bmsd::link::mqtt {

struct Incoming {
    std::string_view topic, payload;
    bool retained;  // was kept by the broker and comes because of the subscription
};

struct Outgoing {
    std::string topic, payload;
    bool retain = false;  // the broker keeps it
    bool state = false;   // only the newest counts: while it waits here a newer one for the topic takes its place
    int qos = 0;
};

struct Status {
    bool connected = false;
    std::string problem{};  // why not; empty: no attempt has failed yet
    unsigned protocol = 5;  // 5 or 4 (3.1.1)
    std::uint64_t connects = 0, received = 0, sent = 0;
    std::uint64_t dropped = 0;   // left the full queue without having been sent
    std::uint64_t too_long = 0;  // messages received and not handed on
};

struct Options {
    config::Broker broker;
    std::string id;                  // of the client; two clients of one id disconnect each other
    std::optional<Outgoing> will{};  // what the broker publishes when the connection is lost
    /// Waits between attempts; the last one repeats.
    std::vector<Duration> again{std::chrono::seconds(1), std::chrono::seconds(2), std::chrono::seconds(4),
                                std::chrono::seconds(8), std::chrono::seconds(15)};
    int keep_alive = 60;                                    // s
    Duration patience = std::chrono::seconds(20);           // from connected to accepted
    std::size_t longest = std::size_t{64} * 1024;           // bytes of a message received
    std::size_t most_waiting = 512;                         // messages to send
    std::size_t most_waiting_bytes = std::size_t{1} << 20;  // of them
};

class Client {
  public:
    using Receive = std::function<void(const Incoming& message)>;

    Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    /// Says goodbye, so that the will is not published; what waits and fits into the socket still goes out.
    virtual ~Client() = default;

    virtual void start() = 0;
    /// From now on, also after each reconnect; `topic` may hold wildcards. May be called before start().
    virtual void subscribe(const std::string& topic, Receive receive) = 0;
    /// Now, or as soon as it can be. The queue is bounded, its oldest go first.
    virtual void publish(Outgoing message) = 0;
    virtual const Status& status() const = 0;
    /// Told when the connection stands and when it is lost.
    virtual void on_change(std::function<void()> callback) = 0;
};

/// Whether this build has MQTT.
bool available();

/// Null: this build has no MQTT.
std::unique_ptr<Client> make_client(Loop& loop, Options options);

/// Fit for the id of a client, the same after each start: the VRM portal id of a GX device, or one of the machine.
std::string machine_name();

}  // namespace bmsd::link::mqtt
