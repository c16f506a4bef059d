#pragma once
// What a command wrote is read back and compared: what the battery shows counts, not what was sent.
#include "bms/language/channel.h"
#include "model/telemetry.h"

namespace bmsd::bms {

/// Reads with read() -> Task<Reply<void>> until agrees() -> bool: at once, and twice after a pause, because boards take
/// a moment. Refusal::device_error when it never does: the battery acknowledged and did not do it.
template <class Read, class Agrees>
Task<Reply<void>> read_back(Channel& channel, Read read, Agrees agrees)
{
    for (int i = 0; i < 3; ++i) {
        if (i != 0) co_await channel.pause(std::chrono::milliseconds(300));
        co_await must(read());
        if (agrees()) co_return Reply<void>{};
    }
    co_return refuse(Refusal::device_error);
}

/// Whether a switch that was to be turned off by a command is off; one that was let go may be off for other reasons.
inline bool obeys(bool wished_off, Flag on)
{
    return !wished_off || !on.value_or(false);
}

}  // namespace bmsd::bms
