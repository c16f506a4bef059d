#pragma once
// What a CAN battery's protocol works with: the newest frame of each id, and the host side that reads and asks. Pure;
// the link fills the cache and sends. Source: core/transports.md section 1.
//
// A battery on a CAN bus mostly talks by itself. So a protocol does not wait for replies: once a cycle the caller sends
// what ask() wants, gives the battery time to answer, and lets take() judge the cache.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "bms/language/field.h"
#include "bms/language/protocol.h"
#include "bms/language/refusal.h"
#include "config/config.h"
#include "model/can_frame.h"
#include "model/command.h"
#include "util/clock.h"

namespace bmsd::bms {

class FrameCache {
  public:
    static constexpr Duration oldest = std::chrono::seconds(5);   // of a frame
    static constexpr Duration silence = std::chrono::seconds(2);  // of the bus: then nothing counts any more
    static constexpr std::size_t most = 1024;                     // ids; a stranger's further ones are not kept

    /// Frames of this id carry one part each, told apart by their first byte: all are kept.
    void multiplexed(CanId id) { multiplexed_.insert(key(id)); }
    /// Frames of this id come so seldom that they count for longer.
    void seldom(CanId id, Duration counts_for) { seldom_[key(id)] = counts_for; }
    void hear(const CanFrame& frame, Instant now);
    /// Forgets what is too old; call before take().
    void expire(Instant now);
    void clear() { heard_.clear(); }
    /// The newest frame of at least `least` bytes; nullptr: none. `part`: of a multiplexed id.
    const CanFrame* find(CanId id, std::size_t least = 8, std::optional<std::uint8_t> part = {}) const;
    /// Its bytes; none where there is no such frame, so that decode() makes absent what it would tell: a value of a
    /// frame that stopped coming is not a measured one.
    ByteView bytes(CanId id) const
    {
        const CanFrame* frame = find(id);
        return frame != nullptr ? frame->bytes() : ByteView();
    }
    std::size_t size() const { return heard_.size(); }

  private:
    struct Heard {
        CanFrame frame;
        Instant at;
    };
    using Key = std::uint64_t;  // part << 32 | extended << 31 | id
    static Key key(CanId id) { return id.value | (id.extended ? Key{1} << 31 : Key{0}); }

    std::map<Key, Heard> heard_;
    std::set<Key> multiplexed_;
    std::map<Key, Duration> seldom_;
    Instant last_{};
};

/// Frames whose id equals `id` in the bits of `mask`.
struct CanFilter {
    CanId id;
    std::uint32_t mask = 0x7FF;

    constexpr bool matches(CanId other) const
    {
        return id.extended == other.extended && (id.value & mask) == (other.value & mask);
    }
};

/// What a protocol object is made for.
struct FrameSetup {
    const config::Config& config;         // outlives the protocol
    std::optional<std::uint8_t> address;  // absent: the type's own
    std::string_view interface;           // of the unique id
};

/// The host side of one battery on a CAN bus.
class FrameProtocol {
  public:
    FrameProtocol() = default;
    FrameProtocol(const FrameProtocol&) = delete;
    FrameProtocol& operator=(const FrameProtocol&) = delete;
    virtual ~FrameProtocol() = default;

    /// Frames to send now, at the start of a cycle.
    virtual void ask(std::vector<CanFrame>& /*out*/) {}
    /// Judges what was heard. Until the first success the whole identity must be there; `silence`: nothing of this
    /// battery. A refused call may leave `reading` half changed: the caller hands in a copy.
    virtual Reply<void> take(const FrameCache& cache, Instant now, Reading& reading) = 0;
    /// The frames that carry a command out; empty: it cannot.
    virtual std::vector<CanFrame> command(Command /*command*/) { return {}; }
};

/// A row of the catalogue of CAN batteries.
struct FrameEntry {
    Entry entry;  // what is told of a battery of any kind; its one line: the bit rate and the type's own address
    std::span<const CanFilter> hears;                      // what its frames are, at any address
    bool asked = false;                                    // says nothing by itself
    bool common = false;                                   // others send the same frames beside their own
    Duration longest_interval = std::chrono::seconds(60);  // it falls asleep when nobody speaks to it for longer
    std::unique_ptr<FrameProtocol> (*make)(const FrameSetup& setup, FrameCache& cache);
};

/// In the order detection tries them: who answers by name before who talks the common frames.
std::span<const FrameEntry* const> frame_catalogue();
const FrameEntry* find_frame_entry(std::string_view name);

/// A battery that tells no serial number: `can0__0x01`.
std::string interface_id(const FrameSetup& setup);

/// A data frame of `bytes` at most 8 bytes.
CanFrame can_frame(CanId id, std::initializer_list<std::uint8_t> bytes);

}  // namespace bmsd::bms
