#pragma once
// Tells one inverter what the battery allows, once a second, for as long as somebody knows it. Source: core/can-out.md
// section 6.
#include <map>
#include <string>

#include "config/config.h"
#include "inverter/profile.h"
#include "link/can/can_bus.h"
#include "site/board.h"
#include "util/loop.h"

namespace bmsd::inverter {

/// What the inverter says of itself: most send a keepalive, some never do. A lost one is told, no condition for
/// sending.
struct Peer {
    enum class State : std::uint8_t { never, up, lost };
    State state = State::never;
    Instant last{};  // unless never
};
std::string_view text(Peer::State state);

class Output {
  public:
    enum class Phase : std::uint8_t {
        waiting,  // nothing is known yet, nothing is sent
        sending,
        holding,   // the battery is lost, the limits the control keeps are told with a warning
        blocking,  // it is given up: no current, an alarm
        silent,    // after a minute of that, so that the inverter's own reaction to a lost battery comes
    };
    static constexpr Duration set_every = std::chrono::seconds(1);
    static constexpr Duration shortest_gap = std::chrono::milliseconds(50);
    static constexpr Duration longest_gap = std::chrono::milliseconds(100);
    static constexpr Duration blocking_for = std::chrono::seconds(60);
    static constexpr Duration peer_lost_after = std::chrono::seconds(10);
    /// Longer than this without any cycle, good or not, the source is as good as gone.
    static constexpr Duration stale_after = std::chrono::seconds(30);

    struct LastFrame {
        CanFrame frame;
        Instant at{};
    };
    using LastFrames = std::map<std::uint64_t, LastFrame>;  // by id, extended ones behind

    /// All of them outlive the output.
    Output(Loop& loop, site::Board& board, link::CanBus& bus, const Profile& profile, const config::Config& config);
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void start();
    Phase phase() const { return phase_; }
    const Peer& peer() const { return peer_; }
    const Profile& profile() const { return profile_; }
    /// The newest of each id.
    const LastFrames& sent() const { return sent_; }
    const LastFrames& heard() const { return heard_; }

  private:
    void heard_of(const site::Change& change);
    void begin_set();
    void send_next();
    std::optional<Values> values_now();
    Values blocked(Values values) const;
    void ask_for(Values& values);
    void set_phase(Phase phase);
    void hear(const CanFrame& frame);
    void watch_peer();

    Loop& loop_;
    site::Board& board_;
    link::CanBus& bus_;
    const Profile& profile_;
    const config::Config& config_;
    Phase phase_ = Phase::waiting;
    Peer peer_;
    LastFrames sent_, heard_;
    std::optional<BatteryId> source_;
    std::optional<Values> last_;  // fresh ones
    Instant cycle_at_{}, blocking_since_{}, started_{};
    bool forcing_ = false, told_no_limits_ = false, told_never_ = false, told_several_ = false;
    std::vector<CanFrame> set_;
    std::size_t next_ = 0;
    Duration gap_ = longest_gap;
    Wait set_timer_, gap_timer_;
    link::CanBus::Listener listener_;
    site::Subscription subscription_;
};

/// The output with its interface, as the configuration asks for it.
class Link {
  public:
    /// Throws std::runtime_error when there is no such profile.
    Link(Loop& loop, site::Board& board, const config::Config& config, std::unique_ptr<link::CanSystem> system);
    Output& output() { return output_; }
    const link::CanBus& bus() const { return bus_; }

  private:
    link::CanBus bus_;
    Output output_;
};

}  // namespace bmsd::inverter
