#pragma once
// Notices to a web server of the user's choice, one POST each: a subscriber of the Board. Source: core/outputs.md
// section 6.
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "config/config.h"
#include "net/http_client.h"
#include "notify/notices.h"
#include "site/board.h"

namespace bmsd::notify {

/// What NOTIFY_URL may be: https, or http to this machine or a private network. The reason why not is fit for a log.
Result<net::Url> target_of(const config::Config& config);

class Poster {
  public:
    struct Counts {
        std::uint64_t sent = 0, failed = 0, dropped = 0;
        std::string problem;  // of the last attempt; empty: it went well
    };

    /// Throws std::runtime_error with the reason when NOTIFY_URL cannot be used. All outlive it.
    Poster(Loop& loop, const config::Config& config, site::Board& board);
    ~Poster();
    Poster(const Poster&) = delete;
    Poster& operator=(const Poster&) = delete;

    const Counts& counts() const { return counts_; }

  private:
    void take(const site::Change& change);
    void queue(std::vector<Notice> notices);
    Task<void> work();
    Task<bool> post(const Notice& notice);
    void look_for_due();

    Loop& loop_;
    const config::Config& config_;
    net::Url url_;
    std::unique_ptr<net::HttpClient> client_;
    std::vector<net::Header> headers_;
    Notices notices_;
    std::map<BatteryId, site::EventWatch> watches_;
    std::deque<Notice> waiting_;
    Counts counts_;
    std::string told_;
    Wait due_, start_;
    Task<void> work_;
    site::Subscription subscription_;  // last: it tells at once
};

}  // namespace bmsd::notify
