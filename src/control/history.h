#pragma once
// What a battery has been through: charge and energy counters, extremes, full discharges, alarms.
// Source: core/soc-and-history.md sections 2 and 9, core/dbus.md section 4.12. Discharge values are positive here.
#include <bitset>

#include "control/input.h"

namespace bmsd::control {

/// What flowed over one interval; the value at its start counts for all of it.
struct Flow {
    double discharged_ah = 0;
    double discharged_wh = 0;
    double charged_wh = 0;
};

class FlowCounter {
  public:
    /// After a good read: what has flowed since the one before. Nothing is counted over an interval whose start value
    /// is unknown.
    Flow step(const Number& current, const Number& power, const Now& now);
    /// The link is lost: the outage adds nothing.
    void forget();

  private:
    double time_ = 0;  // s
    Number current_;   // A, at `time_`
    Number power_;     // W
};

inline constexpr std::size_t history_count = 18;

class HistoryKeeper {
  public:
    /// The values in use in this cycle; after a failed read the last ones.
    struct Reading {
        Number consumed_ah;                       // Ah, <= 0
        Number voltage;                           // V
        Number lowest_cell, highest_cell;         // V
        Number min_temperature, max_temperature;  // degC
        Number soc;                               // %
        Number average;                           // A
        Number capacity;                          // Ah
        Number nominal_energy;                    // kWh, of one full charge
        Alarms alarms;                            // as the BMS says
    };

    explicit HistoryKeeper(const History& stored);

    /// After a good read: what the BMS keeps itself is never calculated, changed or cleared, from the first time it
    /// says so.
    void read(const Telemetry& telemetry);
    /// Nor is the value of this name, although the BMS has not said it yet.
    void leave_to_bms(std::string_view name);
    void add(const Flow& flow);
    /// The battery is full: last full charge and number of synchronisations.
    void float_entered(const Now& now);
    /// At the end of a cycle; `enabled` = HISTORY_ENABLE.
    void step(const Reading& reading, bool enabled, const Now& now);
    /// Modes 1 to 7 of section 9.5; false for others. Cleared values start again from the present data.
    bool clear(std::int64_t mode);

    /// The present values.
    const History& values() const { return values_; }
    /// What is shown: calculated values change once a minute only.
    const History& published() const { return published_; }
    /// What the next run starts from: without what the BMS delivers.
    History stored() const;
    /// Whole seconds; absent while the wall clock cannot be right.
    Count since_full_charge(const Now& now) const;

  private:
    using Mask = std::bitset<history_count>;

    template <class Member>
    bool calculated(Member member) const;
    void evaluate(const Reading& reading);
    void discharges(const Reading& reading);
    void totals(const Reading& reading);
    void extremes(const Reading& reading);
    void alarm_counts(const Reading& reading);
    void energies(const Reading& reading);
    void stamp(const Now& now);

    History values_, published_;
    Mask delivered_;
    Reading last_;
    bool enabled_ = false;
    double last_discharge_ah_ = 0;  // Ah, of the present discharge
    Flow pending_;                  // counted, not yet in the totals
    Number previous_average_;       // A
    Alarms previous_alarms_;
    bool fully_discharged_ = false;  // the mark of section 9.2
    bool estimate_energy_ = true;    // until energies are cleared
    Number full_at_;                 // s steady: entered float while the wall clock was not set
    Number shown_at_;                // s steady
};

}  // namespace bmsd::control
