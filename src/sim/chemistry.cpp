#include "sim/chemistry.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

namespace bmsd::sim {
namespace {

struct Point {
    double soc, voltage;
};

// The plateau of LFP hides the state of charge; only the last percent tells that a cell is full.
constexpr Point lfp_curve[]{
    {-0.10, 0.50}, {-0.02, 2.00}, {0.00, 2.60},  {0.02, 2.90},  {0.05, 3.05},   {0.10, 3.18},   {0.15, 3.215},
    {0.20, 3.24},  {0.30, 3.27},  {0.40, 3.290}, {0.50, 3.295}, {0.60, 3.302},  {0.65, 3.318},  {0.70, 3.328},
    {0.80, 3.332}, {0.90, 3.335}, {0.96, 3.342}, {0.98, 3.355}, {0.990, 3.375}, {0.995, 3.405}, {1.00, 3.45},
    {1.01, 3.55},  {1.02, 3.70},  {1.05, 4.30},  {1.10, 5.00},
};
constexpr Point nmc_curve[]{
    {-0.10, 0.50}, {-0.02, 2.40}, {0.00, 3.00}, {0.02, 3.20}, {0.05, 3.36}, {0.10, 3.46},
    {0.20, 3.56},  {0.30, 3.61},  {0.40, 3.65}, {0.50, 3.70}, {0.60, 3.79}, {0.70, 3.89},
    {0.80, 3.98},  {0.90, 4.08},  {1.00, 4.19}, {1.05, 4.28}, {1.10, 4.40}, {1.20, 5.00},
};
constexpr CellVoltages lfp_voltages{
    .empty = 2.60, .full = 3.45, .cut_off = 2.50, .overcharged = 3.65, .charge = 3.45, .floating = 3.375, .low = 2.90};
constexpr CellVoltages nmc_voltages{
    .empty = 3.00, .full = 4.19, .cut_off = 2.90, .overcharged = 4.25, .charge = 4.15, .floating = 4.05, .low = 3.20};

std::span<const Point> curve(Chemistry chemistry)
{
    if (chemistry == Chemistry::lfp) return lfp_curve;
    return nmc_curve;
}

constexpr double reference_temperature = 25, growth = 0.03;  // 1/K: doubles every 23 K towards the cold
constexpr double least_factor = 0.7, most_factor = 5;

}  // namespace

const CellVoltages& voltages(Chemistry chemistry)
{
    return chemistry == Chemistry::lfp ? lfp_voltages : nmc_voltages;
}

std::string_view name(Chemistry chemistry)
{
    return chemistry == Chemistry::lfp ? "LFP" : "NMC";
}

double open_circuit_voltage(Chemistry chemistry, double soc)
{
    const auto points = curve(chemistry);
    const Point* above = points.data() + 1;
    const Point* const last = points.data() + points.size() - 1;
    while (above < last && above->soc < soc) ++above;
    const Point& low = above[-1];
    const double x = std::clamp(soc, low.soc, above->soc);
    return low.voltage + (above->voltage - low.voltage) * (x - low.soc) / (above->soc - low.soc);
}

double resistance_factor(double temperature)
{
    return std::clamp(std::exp(growth * (reference_temperature - temperature)), least_factor, most_factor);
}

}  // namespace bmsd::sim
