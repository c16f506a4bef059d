#pragma once
// What an EG4 LL battery leaves to its reader: alarms, switches and balancing, worked out from thresholds.
// Source: its sheet, sections 3 (configuration) and 8.
#include <array>

#include "model/telemetry.h"
#include "util/bytes.h"
#include "util/clock.h"

namespace bmsd::bms::eg4 {

/// V, A, degC, %, s. What is absent raises no alarm.
struct Thresholds {
    Number high_cell_warn = 3.6, high_cell_protect = 3.9;
    Number low_cell_warn = 2.5, low_cell_protect = 2.0;
    Number high_pack_warn, high_pack_protect;
    Number low_pack_warn, low_pack_protect;
    Number cold_charge_warn = 2, cold_charge_protect = 0;
    Number hot_charge_warn = 70, hot_charge_protect = 75;
    Number cold_discharge_warn = -15, cold_discharge_protect = -20;
    Number hot_discharge_warn = 70, hot_discharge_protect = 75;
    Number hot_board_warn = 95, hot_board_protect = 100;
    Number charge_current_1 = 220, charge_current_2 = 250;
    Number charge_delay_1 = 10, charge_delay_2 = 2;
    Number discharge_current_1 = 220, discharge_current_2 = 250;
    Number discharge_delay_1 = 10, discharge_delay_2 = 2;
    Number short_circuit = 350;
    Number low_capacity = 5;
    Number balance_start = 3.40, balance_difference = 0.040;

    bool operator==(const Thresholds&) const = default;
};

/// Registers 45 to 135, which the battery's texts follow from 105 on.
inline constexpr std::uint16_t settings_register = 45;
inline constexpr std::size_t settings_size = 120;  // bytes with thresholds

/// Of the data of the settings block; what is not set there keeps its default.
Thresholds read_thresholds(ByteView data);
void write_thresholds(const Thresholds& thresholds, MutableBytes data);

/// Judges one battery from cycle to cycle.
class Judge {
  public:
    void set(const Thresholds& thresholds) { thresholds_ = thresholds; }
    const Thresholds& thresholds() const { return thresholds_; }
    /// Fills alarms, FET states and balancing from the measured values.
    void judge(Telemetry& telemetry, Instant now);

  private:
    /// Since when a current has been too high.
    struct Overcurrent {
        Number Thresholds::*limit;
        Number Thresholds::*delay;
        std::optional<Instant> since = {};
        bool lasts(double current, const Thresholds& thresholds, Instant now);
    };

    Thresholds thresholds_;
    std::array<Overcurrent, 2> charge_{Overcurrent{&Thresholds::charge_current_1, &Thresholds::charge_delay_1},
                                       Overcurrent{&Thresholds::charge_current_2, &Thresholds::charge_delay_2}};
    std::array<Overcurrent, 2> discharge_{
        Overcurrent{&Thresholds::discharge_current_1, &Thresholds::discharge_delay_1},
        Overcurrent{&Thresholds::discharge_current_2, &Thresholds::discharge_delay_2}};
};

}  // namespace bmsd::bms::eg4
