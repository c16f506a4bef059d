#pragma once
// One battery on a port: its dialogue, and whether what answers is still that battery.
// Source: core/charge-control.md section 15, numbers 14, 15 and 19.
#include <memory>
#include <optional>

#include "battery/judge.h"

namespace bmsd::battery {

class Member {
  public:
    Member(std::shared_ptr<Battery> served, Found found, link::Port& port);

    /// One poll into `next`, a copy of the battery's reading. A reading that cannot be of this battery is refused.
    Task<bms::Reply<void>> read(Reading& next);
    /// The command that waits longest, at most one: a poll is never kept waiting for more. False: it was refused.
    Task<bool> carry_out(Reading& reading);

    /// How long after the start of one read the next may begin at the earliest.
    Duration rest() const { return protocol_->rest(); }
    /// The wire was cut: whoever answers next has to say who it is.
    void doubt() { doubted_ = true; }
    /// The battery is served from another place now.
    bool moved() const { return battery->seat() != seat_; }
    /// Another battery answers in its place, or it is another pack by now.
    bool replaced() const { return judge.replaced(); }

    std::shared_ptr<Battery> battery;
    bms::Line line;
    link::PortChannel channel;
    Judge judge;
    Duration interval = std::chrono::seconds(1);  // between reads, as set
    int missed = 0;                               // in a row
    Instant asked{};
    Duration cost{};       // of the last read
    Duration good_cost{};  // of the last good one

  private:
    Task<bms::Reply<void>> identify_again(Reading& next);

    std::unique_ptr<bms::Protocol> protocol_;
    std::uint64_t seat_;
    bool doubted_ = false;
};

}  // namespace bmsd::battery
