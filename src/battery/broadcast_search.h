#pragma once
// Who is on this CAN bus? What is heard names the type; only where nobody says anything by itself somebody is asked.
// Source: core/transports.md sections 1.1 and 1.5, sections 4 of the sheets.
#include <string>
#include <vector>

#include "battery/detection.h"
#include "bms/language/frames.h"
#include "link/can/can_bus.h"

namespace bmsd::battery {

/// A battery that was heard, with what goes on listening to it.
struct Heard {
    const bms::FrameEntry* entry;
    std::unique_ptr<bms::FrameProtocol> protocol;
    Found found;
};

/// Where one battery can be, to tell which are served already.
struct Seat {
    const bms::FrameEntry* entry;
    std::string configured;

    bool operator==(const Seat&) const = default;
};

/// The CAN types to look for: those of BMS_TYPE, or all where it names none.
std::vector<const bms::FrameEntry*> frame_candidates(const config::Config& config);

class BroadcastSearch {
  public:
    BroadcastSearch(Loop& loop, link::CanBus& bus, bms::FrameCache& cache, const config::Config& config,
                    LinkQuality& quality)
        : loop_(loop), bus_(bus), cache_(cache), config_(config), quality_(quality)
    {
    }

    /// Listens, then asks where that is needed; some seconds.
    Task<std::vector<Heard>> run();
    /// What is heard now beside those at `taken`; nobody is asked.
    std::vector<Heard> listen(std::span<const Seat> taken);
    /// Asks for the configured addresses that are not at `taken`, each once.
    Task<std::vector<Heard>> ask(std::span<const Seat> taken);
    /// The configuration tells of batteries that have to be asked.
    bool asks_anyway() const;

  private:
    enum class What { own_frames, asked, common };

    void look(What what, std::span<const Seat> taken, std::vector<Heard>& found);
    std::unique_ptr<bms::FrameProtocol> make(const bms::FrameEntry& entry, const std::string& configured) const;
    void judge(const bms::FrameEntry& entry, const std::string& configured,
               std::unique_ptr<bms::FrameProtocol> protocol, std::vector<Heard>& found);
    Task<void> ask_one(const bms::FrameEntry& entry, std::string configured, std::vector<Heard>& found);
    std::vector<std::string> addresses_of(const bms::FrameEntry& entry) const;
    bool complete(std::span<const Heard> found) const;

    Loop& loop_;
    link::CanBus& bus_;
    bms::FrameCache& cache_;
    const config::Config& config_;
    LinkQuality& quality_;
    bool partly_ = false;  // something of a battery was heard, not all of it
};

}  // namespace bmsd::battery
