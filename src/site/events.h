#pragma once
// What happens to a battery, as people want to be told of it: found by comparing one Snapshot with the one before.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/snapshot.h"

namespace bmsd::site {

struct Event {
    std::string_view kind;   // a stable key: the name of an alarm of the model, or "link_lost"
    std::uint8_t level = 0;  // 0: over, 1: warning, 2: alarm
    std::uint16_t cell = 0;  // the one it is about; 0: none, or not known
    Number value{};          // in `unit`
    Number limit{};          // in `unit`; what the value should keep to, where there is such a thing
    std::string_view unit{};
};

/// For people: "high cell voltage, cell 7: 3.652 V".
std::string text(const Event& event);

/// One battery.
class EventWatch {
  public:
    /// What is different. At first an alarm that stands already counts as one that comes.
    std::vector<Event> step(const Snapshot& now);

  private:
    std::array<std::uint8_t, alarm_count> levels_{};
    bool lost_ = false;
};

}  // namespace bmsd::site
