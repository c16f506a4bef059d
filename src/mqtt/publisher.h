#pragma once
// All batteries on an MQTT broker: states, cells, events, availability, what Home Assistant wants to know, and commands
// where they are allowed. Source: core/outputs.md sections 2 and 3.
#include <map>
#include <memory>
#include <random>
#include <string>

#include "config/config.h"
#include "link/mqtt/client.h"
#include "mqtt/discovery.h"
#include "site/board.h"
#include "site/events.h"
#include "site/gate.h"
#include "site/state_json.h"

namespace bmsd::mqtt {

/// A client of the configured broker for a Publisher; null, with the reason in the log: there is none.
std::unique_ptr<link::mqtt::Client> make_client(Loop& loop, const config::Config& config);

class Publisher {
  public:
    /// All of them outlive the publisher. `client` is not started yet.
    Publisher(Loop& loop, const config::Config& config, site::Board& board, site::Gate& gate,
              std::unique_ptr<link::mqtt::Client> client);
    /// Says that nothing is told any more.
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    const link::mqtt::Status& status() const { return client_->status(); }

  private:
    struct Line {
        site::WhoPtr who;
        site::SnapshotPtr now;
        std::string id;  // in topics
        site::EventWatch events;
        site::Urgent told;
        Instant told_at{};
        Flag available;
        Components announced, seen;
        Identity announced_as;
        std::string announced_name;
        Count announced_cells;
        double energy_charged = 0, energy_discharged = 0;  // kWh, the highest told
    };

    void take(const site::Change& change);
    void tell_due();
    void tell(Line& line);
    void tell_available(Line& line);
    void tell_home_assistant(Line& line, const boost::json::object& state, const boost::json::object& cells);
    void connection_changed();
    void tell_all();
    void born(const link::mqtt::Incoming& message);
    void asked(const link::mqtt::Incoming& message);
    void send(const std::string& topic, std::string payload, bool retain);
    std::string topic(const Line& line, std::string_view what) const;
    std::string id_of(const Who& who) const;
    bool tells_cells(const Snapshot& now) const;
    Line* find(std::string_view id);

    Loop& loop_;
    const config::Config& config_;
    site::Gate& gate_;
    std::unique_ptr<link::mqtt::Client> client_;
    std::map<BatteryId, Line> lines_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // answers may come later than our end
    Wait next_, birth_;
    std::minstd_rand random_{std::random_device{}()};
    site::Subscription subscription_;  // last: it tells at once
};

}  // namespace bmsd::mqtt
