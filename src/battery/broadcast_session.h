#pragma once
// The life of one CAN interface with batteries on it: hear who is there, judge all of them once a cycle, notice that
// one is silent or the link is gone, look for more. The counterpart of PortSession for batteries that talk by
// themselves. Source: core/transports.md section 1, core/lifecycle.md sections 5 and 7.
#include <functional>
#include <memory>
#include <vector>

#include "battery/broadcast_search.h"
#include "battery/judge.h"
#include "battery/pace.h"
#include "battery/port_session.h"

namespace bmsd::battery {

class BroadcastSession {
  public:
    using State = PortSession::State;

    struct Options {
        /// Waits between searches where nobody is; the last one repeats.
        std::vector<Duration> search_again{std::chrono::seconds(1), std::chrono::seconds(5), std::chrono::seconds(15),
                                           std::chrono::seconds(60)};
    };

    BroadcastSession(Loop& loop, link::CanBus& bus, Host& host, const config::Config& config, Options options);
    BroadcastSession(Loop& loop, link::CanBus& bus, Host& host, const config::Config& config)
        : BroadcastSession(loop, bus, host, config, Options())
    {
    }
    ~BroadcastSession();
    BroadcastSession(const BroadcastSession&) = delete;
    BroadcastSession& operator=(const BroadcastSession&) = delete;

    void start();
    /// Releases what it serves.
    void stop();
    State state() const { return state_; }
    int empty_searches() const { return empty_searches_; }
    std::vector<std::shared_ptr<Battery>> batteries() const;

  private:
    struct Listening {  // to one battery
        Listening(std::shared_ptr<Battery> served, Heard heard);
        bool moved() const { return battery->seat() != seat; }

        std::shared_ptr<Battery> battery;
        const bms::FrameEntry* entry;
        std::string configured;
        std::unique_ptr<bms::FrameProtocol> protocol;
        Judge judge;
        std::uint64_t seat;
    };

    Task<void> life();
    Task<void> search();
    Task<void> admit(std::vector<Heard> heard);
    Task<void> serve();
    Task<void> look_for_more();
    bool ask_all();
    void cycle(Listening& one);
    bms::Reply<void> judged(Listening& one, Reading& next);
    void drop_gone();
    void release_all();
    void filter();
    void watch_ages();
    std::vector<Seat> seats() const;
    Duration interval() const;

    Loop& loop_;
    link::CanBus& bus_;
    Host& host_;
    const config::Config& config_;
    Options options_;
    bms::FrameCache cache_;
    link::CanBus::Listener listener_;
    LinkQuality search_quality_;
    BroadcastSearch finder_;
    std::vector<std::unique_ptr<Listening>> served_;
    State state_ = State::searching;
    int empty_searches_ = 0;
    Instant listened_{}, asked_{};
    Wait ages_;
    Task<void> life_;
};

}  // namespace bmsd::battery
