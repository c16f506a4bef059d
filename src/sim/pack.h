#pragma once
// A battery with physics: cells with capacity, resistance and polarisation, a passive balancer, heat, and a BMS that
// measures, warns and switches its MOSFETs off. What flows is what is asked for, unless a MOSFET stops it.
#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "model/telemetry.h"
#include "sim/chemistry.h"

namespace bmsd::sim {

struct CellSpec {
    double capacity = 100;         // Ah
    double resistance = 0.0005;    // ohm at 25 degC
    double polarisation = 0.0003;  // ohm at 25 degC, that of the slow part
    double soc = 0.5;              // fraction, at the start
    double leak = 0;               // A, self-discharge
};

/// Bleeds the cells that are above `start` and more than `difference` above the lowest one.
struct BalancerSpec {
    bool enabled = true;
    double start = 3.40;        // V
    double difference = 0.010;  // V
    double current = 0.1;       // A a cell
};

struct HeatSpec {
    double ambient = 20;                  // degC
    double start = 20;                    // degC, of the cells
    double capacity = 30000;              // J/K
    double conductance = 3;               // W/K to the surroundings
    double mosfet_rise = 0.002;           // K/A^2 above the cells, after a minute
    std::vector<double> sensors{0, 0.5};  // K off the cells' temperature, one entry a sensor, at most 4
    bool mosfet_sensor = true;
    double heater_power = 0;                    // W; 0: no heater
    double heater_start = 3, heater_stop = 10;  // degC
};

/// One protection: a warning, and after `delay` beyond `trip` an alarm that holds until `release` for `recovery`.
struct Guard {
    double warn, trip, release;
    double delay = 2, recovery = 2;  // s
};

struct GuardSpec {
    Guard high_cell, low_cell;                                                                 // V
    Guard high_voltage, low_voltage;                                                           // V, pack
    Guard high_charge_current, high_discharge_current;                                         // A
    Guard high_charge_temperature, low_charge_temperature, high_temperature, low_temperature;  // degC
    Guard high_mosfet_temperature;                                                             // degC
    double imbalance = 0.3;  // V between the highest and the lowest cell, a warning
    double low_soc = 10;     // %, a warning
};
/// As a careful maker would set them, for `cells` cells and the currents the BMS is made for.
GuardSpec usual_guards(Chemistry chemistry, std::size_t cells, double charge_current, double discharge_current);

/// How the BMS measures.
struct MeterSpec {
    double cell_noise = 0;         // V, standard deviation
    double cell_step = 0.001;      // V, resolution
    double current_noise = 0;      // A
    double current_gain = 1;       // what it reads of 1 A; its charge counter drifts by the rest
    double current_step = 0.01;    // A
    double soc_error = 0;          // %, of its charge counter at the start
    double full_cell_voltage = 0;  // V of the highest cell at which the counter is set to 100 %; 0: never
};

struct PackSpec {
    Chemistry chemistry = Chemistry::lfp;
    std::vector<CellSpec> cells;    // at most max_cells
    double polarisation_time = 60;  // s
    double efficiency = 0.998;      // of charging, by charge
    double own_current = 0.02;      // A, the BMS itself
    BalancerSpec balancer;
    HeatSpec heat;
    GuardSpec guards;
    MeterSpec meter;
    double max_charge_current = 100;  // A, what the BMS announces
    double max_discharge_current = 100;
    std::uint64_t seed = 1;  // of noise, and of its serial number
};

class Pack {
  public:
    explicit Pack(PackSpec spec);

    /// `dt` seconds with `requested` A (+ charges) from outside. Returns what flows, A: nothing through a MOSFET that
    /// is off.
    double step(double dt, double requested);

    /// What the BMS measures and thinks now, in the model's words: everything a good one tells.
    void fill(Reading& reading);
    /// What a host has changed in `reading` since fill(): switches and state of charge.
    void obey(const Reading& reading);

    void set_ambient(double temperature) { spec_.heat.ambient = temperature; }

    // The truth, which no BMS knows.
    std::size_t size() const { return cells_.size(); }
    double voltage() const;  // V at the terminals
    double current() const { return current_; }
    double resistance() const;  // ohm, all cells, now
    double cell_voltage(std::size_t i) const { return cells_[i].voltage; }
    double highest_cell() const;
    double lowest_cell() const;
    double soc() const;  // fraction, of the cell that limits
    double cell_soc(std::size_t i) const { return cells_[i].soc; }
    double temperature() const { return temperature_; }  // degC
    double mosfet_temperature() const { return temperature_ + mosfet_rise_; }
    bool charge_fet() const { return charge_fet_; }
    bool discharge_fet() const { return discharge_fet_; }
    const Alarms& alarms() const { return alarms_; }
    const PackSpec& spec() const { return spec_; }

  private:
    struct Cell {
        double soc = 0;           // fraction
        double polarisation = 0;  // V
        double voltage = 0;       // V
        bool balancing = false;
    };
    struct Watch {
        double beyond = 0, back = 0;  // s
        bool tripped = false;
    };
    static constexpr std::size_t guard_count = 11;
    /// The switches and the charge as filled last, to see what a host changes.
    struct Told {
        Flag charge_fet, discharge_fet, balance_fet, heater_fet;
        Number soc, remaining;
    };
    struct Rule;
    static const std::array<Rule, guard_count> rules;

    void move_charge(double dt);
    void balance();
    void warm(double dt);
    void count(double dt);
    void protect(double dt);
    void watch(const Rule& rule, Watch& state, double dt);
    double noise(double deviation);
    void fill_cells(Telemetry& t);
    void fill_charge(Telemetry& t);
    void fill_heat(Telemetry& t);
    void fill_limits(Telemetry& t) const;
    void fill_identity(Identity& identity) const;

    PackSpec spec_;
    std::vector<Cell> cells_;
    std::array<Watch, guard_count> watches_{};
    std::mt19937_64 random_;
    double current_ = 0;      // A
    double temperature_ = 0;  // degC
    double mosfet_rise_ = 0;  // K
    bool heating_ = false;
    bool charge_fet_ = true, discharge_fet_ = true;
    bool charge_forced_off_ = false, discharge_forced_off_ = false, balance_forced_off_ = false,
         heater_forced_off_ = false;
    Alarms alarms_;
    // what the BMS counts
    double capacity_ = 0;                           // Ah, of the weakest cell
    double remaining_ = 0;                          // Ah
    double drawn_ = 0, charged_ = 0;                // Ah
    double drawn_energy_ = 0, charged_energy_ = 0;  // kWh
    Told told_;
};

}  // namespace bmsd::sim
