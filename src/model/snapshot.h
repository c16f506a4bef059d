#pragma once
// One battery at the end of one cycle, as every publisher gets it: measured values in use, limits, history, state.
// Values are full precision; each publisher rounds to what it shows.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/limits.h"
#include "model/telemetry.h"

namespace bmsd {

/// How well the wire works. Counted since the daemon started.
struct LinkQuality {
    std::uint64_t replies = 0;
    std::uint64_t timeouts = 0;
    std::map<std::string, std::uint64_t, std::less<>> refused;  // by reason (bms::text(Refusal))
    std::uint64_t reconnects = 0;
    double wire_seconds = 0;   // from the first byte sent to the last one read, of the last cycle
    double cycle_seconds = 0;  // length of the last cycle
    double poll_interval = 0;  // s, in force

    std::uint64_t refused_total() const
    {
        std::uint64_t sum = 0;
        for (const auto& [reason, count] : refused) sum += count;
        return sum;
    }
    bool operator==(const LinkQuality&) const = default;
};

/// A time-to-SoC point: percent and the published text.
struct TimeToSoc {
    int percent = 0;
    InlineText<40> text;  // empty = null

    bool operator==(const TimeToSoc&) const = default;
};

/// Values derived from the readings. Source: core/dbus.md section 4, core/soc-and-history.md.
struct Derived {
    Number voltage;                           // V, /Dc/0/Voltage; absent while the link is lost
    Number current;                           // A, the current in use
    Number power;                             // W
    Number soc;                               // %, the SoC in use
    Number temperature;                       // degC, mean of the selected sensors
    Number min_temperature, max_temperature;  // degC, of the selected sensors
    std::uint8_t min_temperature_sensor = 0;  // 1..4, 0 = none
    std::uint8_t max_temperature_sensor = 0;
    std::array<Number, sensor_count> temperatures{};  // degC, adjusted and limited to -20..100
    Number temperature_mosfet;                        // degC, adjusted and limited
    Number mid_voltage;                               // V
    Number mid_voltage_deviation;                     // %
    Number min_cell_voltage, max_cell_voltage;        // V
    std::uint16_t min_cell = 0, max_cell = 0;         // number from 1, 0 = unknown
    Number cell_sum, cell_diff;                       // V
    Number capacity;                                  // Ah, /Capacity
    Number consumed_ah;                               // Ah, <= 0
    Number consumed_ah_bms;                           // Ah, <= 0
    Number current_avg;                               // A
    Count time_to_go;                                 // s
    std::vector<TimeToSoc> time_to_soc;
    Flag balancing;

    bool operator==(const Derived&) const = default;
};

/// State of the service. Source: core/alarms-and-errors.md sections 2 to 6.
struct State {
    int state = 0;       // /State
    int mode = 3;        // /Mode
    Count device_state;  // /DeviceState
    Count error_code;    // /ErrorCode
    bool online = true;  // /System/NrOfModulesOnline
    Level bms_cable;     // /Alarms/BmsCable
    InlineText<128> connection_information;
    bool give_up = false;  // release the service after this publish

    bool operator==(const State&) const = default;
};

struct Snapshot {
    Identity identity;
    Telemetry telemetry;  // the last good reading; cells that cannot be are absent
    double age = 0;       // s, since it was taken
    Derived derived;
    Limits limits;
    Alarms alarms;    // as published (hidden ones hidden)
    History history;  // as published: charge values positive, the publisher negates the discharge ones
    Count time_since_last_full_charge;  // s
    State state;
    LinkQuality link;
};

}  // namespace bmsd
