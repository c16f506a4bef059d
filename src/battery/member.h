#pragma once
// One battery on a port: its dialogue, and whether what answers is still that battery.
// Source: core/charge-control.md section 15, numbers 14, 15 and 19.
#include <memory>
#include <optional>

#include "battery/battery.h"

namespace bmsd::battery {

/// Whether both readings can be of one pack: what both say of their identity is the same. What one of them does not
/// say is no difference.
bool same_pack(const Reading& known, const Reading& seen);

class Member {
  public:
    Member(std::shared_ptr<Battery> served, Found found, link::Port& port);

    /// One poll into `next`, a copy of the battery's reading. A reading that cannot be of this battery is refused.
    Task<bms::Reply<void>> read(Reading& next);
    /// One implausible field costs the field, not the reply (core/charge-control.md section 15, number 5): told once.
    void sift(Telemetry& telemetry);
    /// The command that waits longest, at most one: a poll is never kept waiting for more. False: it was refused.
    Task<bool> carry_out(Reading& reading);

    /// How long after the start of one read the next may begin at the earliest.
    Duration rest() const { return protocol_->rest(); }
    /// The battery is served from another place now.
    bool moved() const { return battery->seat() != seat_; }
    /// Another battery answers in its place, or it is another pack by now.
    bool replaced() const { return replaced_; }

    std::shared_ptr<Battery> battery;
    bms::Line line;
    link::PortChannel channel;
    Duration interval = std::chrono::seconds(1);  // between reads, as set
    int missed = 0;                               // in a row
    Instant asked{};
    Duration cost{};       // of the last read
    Duration good_cost{};  // of the last good one

  private:
    Task<bms::Reply<void>> identify_again(Reading& next);
    bms::Reply<void> judge(const Reading& next);
    bms::Reply<void> refuse();

    std::unique_ptr<bms::Protocol> protocol_;
    std::uint64_t seat_;
    std::optional<Reading> stranger_{};  // who answered instead, at the last look
    Count other_count_{};                // of cells, that the BMS says since
    Instant other_count_since_{};
    std::uint32_t sifted_ = 0;  // what was made absent in the last good read, a bit each
    bool count_told_ = false, replaced_ = false;
};

}  // namespace bmsd::battery
