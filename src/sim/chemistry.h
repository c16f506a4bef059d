#pragma once
// What a lithium cell does by its nature: voltage at rest over state of charge, resistance over temperature.
// Typical curves of prismatic LFP and of NMC cells at 25 degC, good enough to charge and discharge against.
#include <string_view>

namespace bmsd::sim {

enum class Chemistry { lfp, nmc };

/// What the makers of such cells allow and how they are usually charged, V a cell.
struct CellVoltages {
    double empty;        // resting, 0 %
    double full;         // resting, 100 %
    double cut_off;      // a BMS stops discharging
    double overcharged;  // a BMS stops charging
    double charge;       // usual end of charge
    double floating;     // usual float
    double low;          // usual end of discharge
};
const CellVoltages& voltages(Chemistry chemistry);

std::string_view name(Chemistry chemistry);

/// V at rest. `soc` is a fraction; outside 0..1 the cell is over-discharged or overcharged and its voltage runs away.
double open_circuit_voltage(Chemistry chemistry, double soc);

/// How many times the resistance of 25 degC, which is 1; a cold cell resists more.
double resistance_factor(double temperature);

}  // namespace bmsd::sim
