#include "bms/catalogue.h"

namespace bmsd::bms {

extern const Entry ant;
extern const Entry daly;
extern const Entry daren_485;
extern const Entry ecs;
extern const Entry eg4_lifepower;
extern const Entry eg4_ll;
extern const Entry felicity;
extern const Entry heltec_modbus;
extern const Entry hlpdatabms4s;
extern const Entry jkbms;
extern const Entry jkbms_pb;
extern const Entry ks48100;
extern const Entry lltjbd;
extern const Entry lltjbd_up16s;
extern const Entry mnb;
extern const Entry pace;
extern const Entry renogy;
extern const Entry revov;
extern const Entry seplos;
extern const Entry seplosv3;
extern const Entry sinowealth;

std::span<const Entry* const> catalogue()
{
    static constexpr const Entry* entries[]{
        &jkbms,         &jkbms_pb, &lltjbd,        &lltjbd_up16s, &daly,    &daren_485, &ecs,
        &eg4_lifepower, &felicity, &heltec_modbus, &hlpdatabms4s, &ks48100, &pace,      &renogy,
        &revov,         &seplos,   &seplosv3,      &eg4_ll,       &ant,     &mnb,       &sinowealth,
    };
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
