#include "bank/lost.h"

namespace bmsd::bank {

void mark_lost(Member& member, const config::Config& config)
{
    const Number &highest = member.values[Item::max_cell], &lowest = member.values[Item::min_cell];
    const bool always = config.block_on_disconnect;
    // without cells its own last word counts
    const auto refused = [&](const Number& cell, Item limit) { return !cell && member.values[limit] == 0.0; };
    member.lost_full = always || (highest && *highest >= config.block_on_disconnect_voltage_max) ||
                       refused(highest, Item::charge_current);
    member.lost_empty = always || (lowest && *lowest <= config.block_on_disconnect_voltage_min) ||
                        refused(lowest, Item::discharge_current);
}

}  // namespace bmsd::bank
