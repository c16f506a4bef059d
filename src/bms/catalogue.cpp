#include "bms/catalogue.h"

#include "config/bms_types.h"

namespace bmsd::bms {
namespace ble {
#define BLE(entry, NAME) extern const Entry entry;
#include "config/ble_list.inc"
#undef BLE
}  // namespace ble

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

std::span<const Entry* const> ble_catalogue()
{
#define BLE(entry, NAME) &ble::entry,
    static constexpr const Entry* entries[]{
#include "config/ble_list.inc"
    };
#undef BLE
    return entries;
}

const Entry* find(std::string_view name)
{
    for (const Entry* entry : catalogue())
        if (entry->name == name) return entry;
    for (const Entry* entry : ble_catalogue())
        if (config::same_ble_name(entry->name, name)) return entry;
    return nullptr;
}

}  // namespace bmsd::bms
