#pragma once
// Whether what was read can be of this battery, and which of its values can be.
// Source: core/charge-control.md section 15, numbers 5, 14 and 19.
#include "battery/battery.h"

namespace bmsd::battery {

/// Whether both readings can be of one pack: what both say of their identity is the same. What one of them does not
/// say is no difference.
bool same_pack(const Reading& known, const Reading& seen);

class Judge {
  public:
    explicit Judge(Battery& battery) : battery_(battery) {}

    /// Refuses values no battery has, and another number of cells until it has been the same for a minute.
    bms::Reply<void> look(const Reading& next);
    /// Somebody else's reading: refused; the second like it in a row means that there is another battery now.
    bms::Reply<void> stranger(Reading seen);
    void no_stranger() { stranger_.reset(); }
    /// One implausible field costs the field, not the reply: told once.
    void sift(Telemetry& telemetry);
    /// Another battery answers in its place, or it is another pack by now.
    bool replaced() const { return replaced_; }

  private:
    bms::Reply<void> refuse();

    Battery& battery_;
    std::optional<Reading> stranger_{};  // who answered instead, at the last look
    Count other_count_{};                // of cells, that the BMS says since
    Instant other_count_since_{};
    std::uint32_t sifted_ = 0;  // what was made absent in the last good read, a bit each
    bool count_told_ = false, replaced_ = false;
};

}  // namespace bmsd::battery
