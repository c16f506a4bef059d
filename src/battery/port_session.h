#pragma once
// The life of one port: find who is there, read all of them in turn, notice that one is lost, look for it again.
// Source: core/lifecycle.md sections 5 and 7. Where the reference ends its process, the host gets release() instead.
#include <functional>
#include <memory>
#include <vector>

#include "battery/member.h"
#include "battery/pace.h"

namespace bmsd::battery {

/// Who owns the batteries: gives a found one its identity and its saved state, tells the publishers.
class Host {
  public:
    virtual ~Host() = default;
    /// A battery answered. Returns the one it is (a new one, or one that was there before, also at another port or
    /// address, which it has left then: Battery::move_to()); null = it must not be served, the reason is in the log.
    virtual Task<std::shared_ptr<Battery>> attach(Found& found, const std::string& port) = 0;
    /// A cycle has ended; the snapshot is new.
    virtual void cycle(Battery& battery) = 0;
    /// It is given up: its last snapshot was told; its names go.
    virtual void release(Battery& battery) = 0;
};

class PortSession {
  public:
    enum class State { searching, absent, serving };

    struct Options {
        /// Waits between searches on a port where nobody answers; the last one repeats.
        std::vector<Duration> search_again{std::chrono::seconds(1), std::chrono::seconds(5), std::chrono::seconds(15),
                                           std::chrono::seconds(60)};
        Duration look_for_device = std::chrono::seconds(1);  // while the tty is not there
    };

    PortSession(Loop& loop, std::unique_ptr<link::Port> port, Host& host, const config::Config& config,
                TypeMemory& memory, Options options);
    PortSession(Loop& loop, std::unique_ptr<link::Port> port, Host& host, const config::Config& config,
                TypeMemory& memory)
        : PortSession(loop, std::move(port), host, config, memory, Options())
    {
    }
    ~PortSession();
    PortSession(const PortSession&) = delete;
    PortSession& operator=(const PortSession&) = delete;

    void start();
    /// Releases what it serves and closes the port.
    void stop();
    /// Hands off: the port is as good as pulled, what was served there is lost and given up in its time.
    void suspend();
    /// It is ours again.
    void resume() { suspended_ = false; }
    const link::Port& port() const { return *port_; }
    State state() const { return state_; }
    /// How many searches ended with nobody since somebody was there last.
    int empty_searches() const { return empty_searches_; }
    std::vector<std::shared_ptr<Battery>> batteries() const;
    /// Told when the state changes, when the port is gone and after each empty search.
    void on_change(std::function<void()> callback) { changed_ = std::move(callback); }
    /// Told after every read, good or not; for the capture.
    void on_read(std::function<void(const Reading& reading, double duration, bool success)> callback)
    {
        read_ = std::move(callback);
    }
    void set_interval_from_config();

  private:
    Task<void> life();
    Task<void> search();
    Task<void> admit(std::vector<Found> found);
    Task<void> serve();
    Task<void> cycle(Member& member);
    bool there() const { return !suspended_ && port_->present(); }
    void out_of_reach();
    void miss(Battery& battery);
    void watch_ages();
    bool backs_off(const Member& member) const;
    Task<void> carry_out(Member& member, Reading& next);
    void note_read(Member& member, const Reading& next, const bms::Reply<void>& taken, Instant started);
    Duration turn() const;
    Task<void> look_for_missing();
    void reopen();
    void drop_gone();
    void release_all();
    void set_state(State state);
    Duration configured_interval() const;

    Loop& loop_;
    std::unique_ptr<link::Port> port_;
    Host& host_;
    const config::Config& config_;
    TypeMemory& memory_;
    Options options_;
    std::vector<std::unique_ptr<Member>> members_;
    std::unique_ptr<Pace> pace_;
    LinkQuality search_quality_;
    std::function<void()> changed_;
    std::function<void(const Reading& reading, double duration, bool success)> read_;
    State state_ = State::searching;
    int empty_searches_ = 0;
    int failed_in_a_row_ = 0;  // over all members
    bool suspended_ = false, gone_ = false;
    Instant looked_for_missing_{};
    std::size_t next_missing_ = 0;  // of the configured addresses, in turn
    Duration beside_reads_{};       // in this cycle: commands, and waiting for what comes by itself; sets no pace
    Wait ages_;
    Task<void> life_;
};

}  // namespace bmsd::battery
