#pragma once
// What people are told of, and how often: of each kind of event of a battery one message in ten minutes, and one when
// it is over. Pure. Source: core/outputs.md section 6.
#include <map>
#include <string>
#include <vector>

#include "model/who.h"
#include "site/events.h"
#include "util/clock.h"

namespace bmsd::notify {

struct Notice {
    std::string battery;  // as people call it
    std::string unique_id;
    site::Event event;  // level 0: it is over
};

/// "Garage: high cell voltage, cell 7: 3.652 V", "Garage: high cell voltage: over".
std::string message_of(const Notice& notice);
/// {"title", "message", "priority", "battery", "id", "kind", "level", "cleared", "time", ...}; title, message and
/// priority as Gotify reads them. `wall`: s since 1970.
std::string json_of(const Notice& notice, double wall);

class Notices {
  public:
    static constexpr Duration between = std::chrono::minutes(10);

    /// What is to be told now of what happened to `who`.
    std::vector<Notice> take(const Who& who, const std::vector<site::Event>& events, Instant now);
    /// What had to wait and still is.
    std::vector<Notice> due(Instant now);
    /// It left; what was told of it is over as far as anybody knows.
    void forget(BatteryId battery);

  private:
    struct Known {
        Notice last;
        Instant told_at{};
        std::uint8_t told = 0;  // level
        bool waits = false;
    };
    static bool tell(Known& known, Instant now);

    std::map<std::pair<BatteryId, std::string_view>, Known> known_;
};

}  // namespace bmsd::notify
