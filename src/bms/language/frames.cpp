#include "bms/language/frames.h"

#include <algorithm>

#include "bms/language/identity.h"

namespace bmsd::bms {

void FrameCache::hear(const CanFrame& frame, Instant now)
{
    last_ = now;
    Key where = key(frame.id);
    if (multiplexed_.contains(where)) where |= Key{frame.data[0]} << 32;
    const auto known = heard_.find(where);
    if (known != heard_.end()) {
        // one that was cut short, or a stranger's, does not take the place of a whole one
        if (frame.size < known->second.frame.size && now - known->second.at <= oldest) return;
        known->second = {frame, now};
    } else if (heard_.size() < most) {
        heard_.emplace(where, Heard{frame, now});
    }
}

void FrameCache::expire(Instant now)
{
    if (now - last_ > silence) heard_.clear();
    std::erase_if(heard_, [&](const auto& item) {
        const Duration age = now - item.second.at;
        if (age <= oldest) return false;
        constexpr Key without_part = 0xFFFFFFFF;
        const auto slow = seldom_.find(item.first & without_part);
        return slow == seldom_.end() || age > slow->second;
    });
}

const CanFrame* FrameCache::find(CanId id, std::size_t least, std::optional<std::uint8_t> part) const
{
    const auto found = heard_.find(key(id) | (part ? Key{*part} << 32 : Key{0}));
    if (found == heard_.end() || found->second.frame.size < least) return nullptr;
    return &found->second.frame;
}

std::string interface_id(const FrameSetup& setup)
{
    return std::string(setup.interface) + "__" + address_text(setup.address.value_or(1));
}

CanFrame can_frame(CanId id, std::initializer_list<std::uint8_t> bytes)
{
    CanFrame frame{id, 0, {}};
    for (const std::uint8_t byte : bytes) frame.data[frame.size++] = byte;
    return frame;
}

extern const FrameEntry daly_can;
extern const FrameEntry jkbms_can;
extern const FrameEntry lltjbd_can;
extern const FrameEntry rv_c_can;
extern const FrameEntry ubms_can;

std::span<const FrameEntry* const> frame_catalogue()
{
    static constexpr const FrameEntry* entries[]{&daly_can, &jkbms_can, &lltjbd_can, &rv_c_can, &ubms_can};
    return entries;
}

const FrameEntry* find_frame_entry(std::string_view name)
{
    for (const FrameEntry* entry : frame_catalogue())
        if (entry->entry.name == name) return entry;
    return nullptr;
}

}  // namespace bmsd::bms
