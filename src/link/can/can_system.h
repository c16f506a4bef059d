#pragma once
// One CAN interface as the system gives it, or as a stand-in does: a raw socket and the state of the link. Nothing in
// here waits. Source: core/transports.md sections 1.2, 1.3 and 5.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bms/language/frames.h"
#include "model/can_frame.h"
#include "util/result.h"

namespace bmsd::link {

/// What became of reading or sending.
enum class CanResult : std::uint8_t {
    done,
    nothing,  // to read now
    full,     // the send queue; it does not tell when it has room again
    down,     // works again when the interface is up
    gone,     // with its interface: open anew
    refused,  // for another reason
};

/// How the controller sees the bus. From `passive` on its own errors count no more; `bus_off`: it has left the bus.
enum class CanHealth : std::uint8_t { active, warning, passive, bus_off };
inline constexpr std::string_view can_health_names[]{"good", "warning", "error-passive", "bus-off"};

/// What a controller reports of the bus instead of a frame.
struct CanTrouble {
    std::optional<CanHealth> health{};
    bool restarted = false;       // after a bus-off
    bool nobody_listens = false;  // no acknowledgement for what was sent
    bool overflow = false;        // the controller had no room: frames are lost
};

/// Something that came in: a data frame, or trouble; a remote frame is neither.
struct CanNews {
    std::optional<CanFrame> frame{};
    std::optional<CanTrouble> trouble{};
};

/// The link as the system describes it.
struct CanLink {
    bool present = false, up = false;
    bool controller = false;     // a real one, whose bit rate can be known and set; a virtual interface has none
    unsigned bit_rate = 0;       // bit/s; 0: not set, or not known
    unsigned restart_after = 0;  // ms from bus-off to the next attempt; 0: it stays off
    std::optional<CanHealth> health{};
    std::optional<unsigned> send_errors{}, receive_errors{};  // the controller's counters, 0 to 255 and bus-off

    bool operator==(const CanLink&) const = default;
};

class CanSystem {
  public:
    CanSystem() = default;
    CanSystem(const CanSystem&) = delete;
    CanSystem& operator=(const CanSystem&) = delete;
    virtual ~CanSystem() = default;

    virtual Result<void> open() = 0;
    virtual void close() = 0;
    virtual bool is_open() const = 0;
    /// Appends what has come in, at most a few dozen. `done`: there may be more.
    virtual CanResult read(std::vector<CanNews>& out) = 0;
    virtual CanResult send(const CanFrame& frame) = 0;
    /// Only frames that one of `wanted` matches come in from now on; none: all do. An optimisation, never needed.
    virtual void filter(std::span<const bms::CanFilter> wanted) = 0;
    virtual CanLink look() const = 0;
    /// Both need the right to administer the network; the interface is down while the bit rate changes.
    virtual Result<void> set_up(unsigned bit_rate) = 0;
    virtual Result<void> set_down() = 0;
};

std::unique_ptr<CanSystem> system_can(const std::string& interface);

}  // namespace bmsd::link
