#include "bms/language/jump.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace bmsd::bms {
namespace {

struct Row {
    Number Telemetry::*member;
    double tolerance;
};
constexpr Row rows[]{{&Telemetry::voltage, 1}, {&Telemetry::current, 50}, {&Telemetry::soc, 5},
                     {&Telemetry::soh, 1},     {&Telemetry::capacity, 0}, {&Telemetry::temperature_mosfet, 10}};
constexpr double cell_tolerance = 0.1, sensor_tolerance = 10;  // V, K

bool differ(const Number& a, const Number& b, double tolerance)
{
    return a.has_value() != b.has_value() || (a && std::abs(*a - *b) > tolerance);
}

}  // namespace

bool jumps(const Telemetry& a, const Telemetry& b)
{
    if (a.cell_voltages.size() != b.cell_voltages.size()) return true;
    for (std::size_t i = 0; i < a.cell_voltages.size(); ++i)
        if (differ(a.cell_voltages[i], b.cell_voltages[i], cell_tolerance)) return true;
    for (std::size_t i = 0; i < sensor_count; ++i)
        if (differ(a.temperatures[i], b.temperatures[i], sensor_tolerance)) return true;
    return a.alarms != b.alarms || std::any_of(std::begin(rows), std::end(rows), [&](const Row& row) {
               return differ(a.*row.member, b.*row.member, row.tolerance);
           });
}

}  // namespace bmsd::bms
