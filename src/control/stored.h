#pragma once
// What outlives the process. Source: core/charge-control.md section 11, core/soc-and-history.md section 10.
//
// The session writes it to the settings service (dbus-settings.md section 3), each value only when it changed
// (operator==), and at most:
//   allow_max_voltage, max_voltage_start_time, soc_reset_last_reached   every 15 s
//   soc_calc         every 60 s, when it moved by 0.1 % or more, only with SOC_CALCULATION
//   history          every 10 min
//   all of them      at once on exit and when charging ends (the average current falls to 0 after more than 1 A)
// The service writes its file 2 s later, what changed together. Writes a battery and day: the first three about 10 (a
// few phases of charging); history up to 144, none while no current flows; soc_calc up to 1440, fewer below 6 %/h,
// which move it by 0.1 % a minute. Measured by the bench at a constant current: 144, with SOC_CALCULATION 1530.
#include <string>
#include <string_view>
#include <vector>

#include "model/telemetry.h"

namespace bmsd::control {

struct Stored {
    bool allow_max_voltage = true;            // AllowMaxVoltage: bulk or absorption is allowed, false = float
    Count max_voltage_start_time;             // MaxVoltageStartTime, s since 1970; absent = the timer does not run
    std::int64_t soc_reset_last_reached = 0;  // SocResetLastReached, s since 1970; 0 = never
    Number soc_calc;                          // SocCalc, %, 3 decimals; read back only with SOC_CALCULATION
    History history;                          // HistoryValues, without what the BMS delivers; all positive

    bool operator==(const Stored&) const = default;
};

/// The same as the settings service keeps it: text, empty = nothing stored. Numbers of other types are given as text.
struct StoredTexts {
    std::string allow_max_voltage;
    std::string max_voltage_start_time;
    std::string soc_calc;
    std::string soc_reset_last_reached;
    std::string history_values;  // a JSON object

    bool operator==(const StoredTexts&) const = default;
};

StoredTexts to_texts(const Stored& stored);

struct Restored {
    Stored stored;
    std::vector<std::string_view> unreadable;  // names of what could not be read and is ignored; counts as errors
};

/// Never fails: what cannot be read has its default. Counters with decimals become whole (RS18).
Restored from_texts(const StoredTexts& texts);

}  // namespace bmsd::control
