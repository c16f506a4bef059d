#pragma once
// The registers of the MNB board's chip over a channel. What the bytes mean: docs/bms/mnb.md
#include "bms/language/channel.h"
#include "bms/types/max17853.h"

namespace bmsd::bms::mnb_board {

class Chip {
  public:
    /// Writes the start sequence of the sheet, with the cells' voltage limits.
    static Task<void> set_up(Channel& channel, double high, double low);

    /// From now on until whole() a cycle is read.
    void begin() { mismatched_ = false; }
    /// A cycle came in whole.
    void whole() { checked_ = checked_ || !mismatched_; }

    /// One register. Wrong checksums are told in the log; once a whole cycle was right they are refused.
    Task<Reply<std::uint16_t>> read(Channel& channel, std::uint8_t reg);
    /// Gives the status flags that came in meanwhile.
    static Task<std::uint8_t> write(Channel& channel, std::uint8_t reg, std::uint16_t data);
    static Task<void> clear_status(Channel& channel);

  private:
    bool checked_ = false;     // a cycle's checksums were all right
    bool mismatched_ = false;  // one of this cycle was not
};

}  // namespace bmsd::bms::mnb_board
