#pragma once
// What one cycle of control gets: the outcome of the read, what other programs say, and the time.
#include "model/telemetry.h"

namespace bmsd::control {

struct Now {
    double steady = 0;  // s of a monotonic clock: for every duration
    double wall = 0;    // s since 1970: only for stamps that outlive the process
};

/// The wall clock of a system that has been told the time: 2020 or later. Source: core/charge-control.md RD15.
inline constexpr double plausible_wall = 1577836800;

/// Settings of other programs that say down to which SoC the system discharges. Absent = not there or not readable.
/// Source: core/dbus.md section 4.9.
struct EssSettings {
    Count hub4_mode;           // /Settings/CGwacs/Hub4Mode
    Count battery_life_state;  // /Settings/CGwacs/BatteryLife/State
    Number minimum_soc_limit;  // %, .../BatteryLife/MinimumSocLimit
    Number soc_limit;          // %, .../BatteryLife/SocLimit
};

struct Input {
    bool good = false;                     // the read of this cycle succeeded
    const Telemetry* telemetry = nullptr;  // the last good reading; null while there has been none
    Number external_current{};             // A, of the external sensor; absent unless attached and valid
    Number external_soc{};                 // %, likewise
    EssSettings ess{};
    Number poll_interval{};  // s between two reads, in force; absent: 1
};

}  // namespace bmsd::control
