#include "bms/catalogue.h"

namespace bmsd::bms {

#define BMS(entry, NAME) extern const Entry entry;
#include "config/bms_list.inc"
#undef BMS

std::span<const Entry* const> catalogue()
{
#define BMS(entry, NAME) &(entry),
    static constexpr const Entry* entries[]{
#include "config/bms_list.inc"
    };
#undef BMS
    return entries;
}

const Entry* find(std::string_view name)
{
    for (const Entry* entry : catalogue()) {
        if (entry->name == name) return entry;
    }
    return nullptr;
}

}  // namespace bmsd::bms
