#pragma once
// The current and the state of charge in use. Source: core/soc-and-history.md sections 1 to 3.
#include "config/config.h"
#include "control/input.h"

namespace bmsd::control {

/// The current in use, A, + charges: the external sensor's, else the BMS's with the user's correction; nothing flows
/// through a FET that is known to be off. Absent when neither is known.
Number effective_current(const config::Config& config, const Input& input);

/// Counts ampere-hours. It works whether or not the BMS knows its SoC, but not without a capacity.
class SocCounter {
  public:
    struct Reading {
        Number current;                 // A, in use
        Number bms_soc;                 // %
        Number capacity;                // Ah
        Number lowest_cell;             // V; absent while any cell is missing
        double empty_cell_voltage = 0;  // V, at or below it the battery is empty
        bool resumed = false;           // the first good read after an outage
    };

    /// `stored`: the SoC of the last run in %, if there is one.
    explicit SocCounter(Number stored = {}) : start_(stored) {}

    /// After a good read. Returns the SoC in %, 3 decimals; that of the BMS while the capacity is unknown or 0.
    Number step(const Reading& reading, const Now& now);
    /// By the user: counts on from `percent`, from the next step on.
    void set(double percent);
    /// The battery is full (it enters float).
    void fill();
    /// In the last step it was found more than 5 points away from where it was within a minute, without a reset.
    bool stepped() const { return stepped_; }
    /// What the next run may start from, %; absent while nothing has been counted.
    Number value() const;

  private:
    void begin(const Reading& reading, const Now& now);
    void integrate(const Reading& reading, const Now& now);
    void watch_step(double now);
    void empty_rule(const Reading& reading, const Now& now);

    Number start_;  // %, where counting begins; absent: at what the BMS says
    bool counting_ = false;
    double remaining_ = 0;   // Ah
    double capacity_ = 0;    // Ah, last known; 0 = never
    double last_time_ = 0;   // s, of the last known current
    Number last_current_;    // A
    Number minute_since_;    // s
    double minute_soc_ = 0;  // %, then
    bool stepped_ = false;
    Number low_since_;  // s, whole: lowest cell at its minimum and discharging since then
};

}  // namespace bmsd::control
