#pragma once
// The publisher for InfluxDB and what speaks like it (VictoriaMetrics, QuestDB, Telegraf): every interval one batch of
// points; a server that is away, slow or broken costs points of long ago, never a battery its time.
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "influx/ring.h"
#include "influx/settings.h"
#include "site/board.h"

namespace bmsd::influx {

class Sender {
  public:
    struct Counts {
        std::uint64_t sent = 0;      // lines
        std::uint64_t refused = 0;   // lines that the server did not take
        std::uint64_t dropped = 0;   // lines for which there was no room
        std::uint64_t failures = 0;  // requests without success
        std::size_t waiting = 0;     // bytes
        std::string problem;         // of the last request; empty: none
    };

    /// Board and loop outlive it.
    Sender(Loop& loop, site::Board& board, Settings settings);
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    Counts counts() const;

  private:
    struct Known {
        site::WhoPtr who;
        site::SnapshotPtr now;
        site::EventWatch events{};
        Duration read_at{};     // when the values were read
        Duration written_at{};  // when those were read that were written
    };

    void take(const site::Change& change);
    bool clock_is_set() const;
    std::int64_t now_in_seconds() const;
    void tick();
    void send_next();
    Task<void> send();
    void judge(Batch batch, const Result<net::HttpReply>& reply);
    void hold(Duration longest);
    void tell(const std::string& problem);

    Loop& loop_;
    Settings settings_;
    net::HttpClient client_;
    Ring ring_;
    std::map<BatteryId, Known> known_;
    Counts counts_;
    Duration backoff_{};
    Wait tick_, held_;
    Task<void> sending_;
    bool busy_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    site::Subscription subscription_;
};

}  // namespace bmsd::influx
