#pragma once
// What is known of the link to a battery: lost, since when, and when to give up. Source: core/alarms-and-errors.md
// sections 3 and 4; core/charge-control.md section 15, numbers 8 and 15. T = age of the newest good reading beyond one
// poll interval: seconds since the first read that failed or should have been.
#include "config/config.h"
#include "control/input.h"
#include "model/snapshot.h"

namespace bmsd::control {

class Connection {
  public:
    /// The last known cell voltages, judged once an outage; absent = unknown, which is not safe (RA11).
    struct Cells {
        Number lowest, highest;  // V
    };

    /// Once a cycle. `interval`: s between two reads.
    void step(const config::Config& config, bool good, const Cells& cells, const Now& now, double interval = 1);

    bool lost() const { return outage_ >= lost_after; }
    /// In this very cycle T has reached 10 s.
    bool just_lost() const { return just_lost_; }
    /// The first good read after an outage that was seen as lost.
    bool resumed() const { return resumed_; }
    /// In this very cycle the error window has ended: a minute without a failed read.
    bool settled() const { return settled_; }
    bool give_up() const { return give_up_; }
    /// Nothing may flow: the user wants it so, or there has not been a single good read (RA7).
    bool blocked(const config::Config& config) const { return lost() && (config.block_on_disconnect || !ever_good_); }

    /// The published part: online, bms_cable, connection_information, give_up.
    void fill(State& out) const;

  private:
    static constexpr double lost_after = 10;  // s

    void good_read(const Now& now);
    void failed_read(const config::Config& config, const Cells& cells, const Now& now, double interval);
    double threshold(const config::Config& config) const;

    bool ever_good_ = false;
    bool just_lost_ = false, resumed_ = false, settled_ = false, give_up_ = false;
    bool safe_ = false;
    Number last_good_;           // s
    Number failed_since_;        // s, first failed or overdue read of the outage
    double outage_ = 0;          // s, 0 while the link is up
    std::int64_t in_a_row_ = 0;  // failed reads of the outage
    std::int64_t errors_ = 0;    // failed reads of the error window
    double window_start_ = 0;    // s, its first error
    double last_error_ = 0;      // s
    Level cable_;
    InlineText<128> text_;
};

}  // namespace bmsd::control
