#pragma once
// One CAN interface in use: all that share it send and listen through here. Owns the socket, notices a link that goes
// down, is removed, comes back or leaves the bus, keeps what cannot go out now for a moment, and counts.
// Source: core/transports.md sections 1.2, 1.3 and 5.
#include <deque>
#include <functional>
#include <memory>

#include "link/can/can_system.h"
#include "util/loop.h"

namespace bmsd::link {

/// Since the start.
struct CanCounters {
    std::uint64_t received = 0, sent = 0;
    std::uint64_t not_sent = 0;        // no room for too long, or no link
    std::uint64_t remote = 0;          // frames that only ask; nobody answers them
    std::uint64_t errors = 0;          // reports of trouble by the controller
    std::uint64_t overflows = 0;       // of those: frames lost on the way in
    std::uint64_t unacknowledged = 0;  // of those: nobody acknowledged a frame
    std::uint64_t bus_off = 0;         // times it had to leave the bus
    std::uint64_t link_lost = 0;       // times the interface went down or away

    bool operator==(const CanCounters&) const = default;
};

class CanBus {
  public:
    static constexpr Duration read_every = std::chrono::milliseconds(100);
    static constexpr Duration look_every = std::chrono::seconds(1);
    static constexpr Duration send_patience = std::chrono::milliseconds(200);
    static constexpr std::size_t most_waiting = 64;  // frames
    static constexpr unsigned battery_bit_rates[]{250000, 500000};

    /// A stand-in that ends its listening when it goes.
    using Listener = std::shared_ptr<std::function<void(const CanFrame& frame)>>;

    /// `usual_bit_rate`: of an interface that is down and has none, bit/s.
    CanBus(Loop& loop, std::string name, std::unique_ptr<CanSystem> system, unsigned usual_bit_rate = 250000);
    ~CanBus();
    CanBus(const CanBus&) = delete;
    CanBus& operator=(const CanBus&) = delete;

    /// Opens it, or waits for it. An interface that is down is brought up once, with the usual bit rate where it has
    /// none.
    void start();
    /// What was brought up here goes down again.
    void stop();

    const std::string& name() const { return name_; }
    const CanLink& link() const { return link_; }
    CanHealth health() const { return health_; }
    const CanCounters& counters() const { return counters_; }
    /// Frames can travel.
    bool works() const { return link_.up && system_->is_open() && health_ != CanHealth::bus_off; }
    /// "up, 500000 bit/s, good"; for people.
    std::string state_text() const;

    /// Told of every data frame until what this returns is gone.
    [[nodiscard]] Listener listen(std::function<void(const CanFrame& frame)> callback);
    /// Reads what has come in by now; it is read every 100 ms anyway.
    void read();
    /// Told when frames no longer travel, or do so again.
    void on_change(std::function<void()> callback) { changed_ = std::move(callback); }
    /// Goes out as soon as there is room, within 0.2 s or never; frames keep their order.
    void send(const CanFrame& frame);
    /// See CanSystem::filter().
    void filter(std::vector<bms::CanFilter> wanted);

    /// Nobody was recognised: changes to the next of the bit rates batteries use, if that is ours to do: on a
    /// controller that was down before, where not one good frame was heard at the present rate. False: nothing changed.
    bool try_next_bit_rate();

  private:
    void tick();
    void look();
    void bring_up();
    void open();
    void take(const CanNews& news);
    void take(const CanTrouble& trouble);
    void set_health(CanHealth health);
    void lost();
    void flush();
    void tell_if_changed();

    struct Waiting {
        CanFrame frame;
        Instant until;
    };

    Loop& loop_;
    std::string name_;
    std::unique_ptr<CanSystem> system_;
    unsigned usual_bit_rate_;
    CanLink link_;
    CanHealth health_ = CanHealth::active;
    CanCounters counters_;
    std::vector<std::weak_ptr<std::function<void(const CanFrame&)>>> listeners_;
    std::vector<bms::CanFilter> filters_;
    std::vector<CanNews> news_;
    std::deque<Waiting> waiting_;
    std::function<void()> changed_;
    std::vector<unsigned> rates_left_;
    bool brought_up_ = false, tried_up_ = false, told_refused_ = false, worked_ = false, heard_at_rate_ = false;
    Instant looked_{}, told_bus_off_{};
    Wait tick_, retry_;
};

}  // namespace bmsd::link
