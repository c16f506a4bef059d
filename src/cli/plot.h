#pragma once
// A run of charge control as a picture: voltages with CVL, currents with CCL and DCL, and the charge modes. SVG, no
// library needed.
#include <optional>
#include <string>
#include <vector>

namespace bmsd::cli {

/// One cycle of a run.
struct PlotPoint {
    double t = 0;                                                   // s
    std::optional<double> voltage, cvl, highest_cell, lowest_cell;  // V
    std::optional<double> current, ccl, dcl;                        // A
    std::optional<double> soc;                                      // %
    std::string mode;                                               // /Info/ChargeMode
    std::string reason;                                             // /Info/ChargeLimitation
};

std::string draw(const std::vector<PlotPoint>& points, const std::string& title);

}  // namespace bmsd::cli
