#pragma once
// A whole simulated bank, drawn from a seed: packs side by side, power system, troubles, configuration.
#include "sim/charger.h"
#include "sim/day.h"
#include "sim/world.h"

namespace bmsd::sim {

/// What happens to one pack on its way to the bank.
struct MemberTroubles {
    DisturbanceSpec reading;  // of single readings
    double vanish = 0;        // chance a second that its link fails,
    double longest = 600;     // for up to so many s
    double freeze = 0;        // that it repeats itself
    double trip = 0;          // that its switches open
};

struct BankMember {
    PackSpec pack;
    double cable = 0.001;  // ohm
    config::Config config;
    MemberTroubles troubles;
};

struct BankWorld {
    std::uint64_t seed = 1;
    config::Config config;  // of the bank
    std::vector<BankMember> members;
    ChargerSpec charger;
    DaySpec day;
    double start = 8 * 3600;  // s since midnight
    double interval = 1;      // s a cycle
    double restart = 0;       // chance a second that the daemon starts anew
};

/// 2 to 8 packs of one chemistry, of different capacity, age and charge, with troubles and settings of all kinds.
BankWorld random_bank(std::uint64_t seed);
/// Healthy packs of the same state of charge on a sunny day, with the settings as they come.
BankWorld healthy_bank(std::uint64_t seed);

}  // namespace bmsd::sim
