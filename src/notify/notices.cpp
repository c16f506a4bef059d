#include "notify/notices.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>

#include "model/json.h"

namespace bmsd::notify {

std::string message_of(const Notice& notice)
{
    if (notice.event.level != 0) return fmt::format("{}: {}", notice.battery, site::text(notice.event));
    std::string kind(notice.event.kind);
    std::ranges::replace(kind, '_', ' ');
    return fmt::format("{}: {}: over", notice.battery, kind);
}

std::string json_of(const Notice& notice, double wall)
{
    constexpr int priorities[]{2, 5, 8};  // over, warning, alarm
    const site::Event& event = notice.event;
    boost::json::object out{{"title", notice.battery},
                            {"message", message_of(notice)},
                            {"priority", priorities[std::min<std::size_t>(event.level, 2)]},
                            {"battery", notice.battery},
                            {"id", notice.unique_id},
                            {"kind", event.kind},
                            {"level", event.level},
                            {"cleared", event.level == 0},
                            {"time", static_cast<std::int64_t>(wall)}};
    if (event.cell != 0) out["cell"] = event.cell;
    if (event.value) out["value"] = *event.value;
    if (event.limit) out["limit"] = *event.limit;
    if (!event.unit.empty()) out["unit"] = event.unit;
    return to_text(out);
}

/// Whether it is told now. What gets worse does not wait; what is over is told when it was told that it is.
bool Notices::tell(Known& known, Instant now)
{
    const std::uint8_t level = known.last.event.level;
    if (level == 0) {
        known.waits = false;
        return std::exchange(known.told, 0) != 0;
    }
    const bool free = known.told_at == Instant{} || now - known.told_at >= between;
    if (level == known.told || (level < known.told && !free)) return false;
    if (!free && !(known.told != 0 && level > known.told)) {
        known.waits = true;
        return false;
    }
    known.waits = false;
    known.told = level;
    known.told_at = now;
    return true;
}

std::vector<Notice> Notices::take(const Who& who, const std::vector<site::Event>& events, Instant now)
{
    std::vector<Notice> out;
    for (const site::Event& event : events) {
        Known& known = known_[{who.id, event.kind}];
        known.last = {who.custom_name.empty() ? who.name : who.custom_name, who.unique_id, event};
        if (tell(known, now)) out.push_back(known.last);
    }
    return out;
}

std::vector<Notice> Notices::due(Instant now)
{
    std::vector<Notice> out;
    for (auto& [key, known] : known_)
        if (known.waits && now - known.told_at >= between && tell(known, now)) out.push_back(known.last);
    return out;
}

void Notices::forget(BatteryId battery)
{
    std::erase_if(known_, [&](const auto& one) { return one.first.first == battery; });
}

}  // namespace bmsd::notify
