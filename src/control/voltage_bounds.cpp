#include "control/voltage_bounds.h"

#include <algorithm>
#include <cmath>

#include "util/decimal.h"

namespace bmsd::control {
namespace {

constexpr int centivolts = 2;  // decimals

void keep(Number& last, const Number& value, double above, double below)
{
    if (value && std::isfinite(*value) && *value > above && *value < below) last = value;
}

}  // namespace

VoltageBounds BoundsKeeper::step(const config::Config& config, std::int64_t cell_count, const Telemetry& telemetry,
                                 bool soc_reset_requested)
{
    const auto pack = [&](double cell) { return rounded(cell * static_cast<double>(cell_count), centivolts); };
    VoltageBounds out;
    out.floating = pack(config.float_cell_voltage);
    out.low = pack(config.min_cell_voltage);
    out.normal = pack(config.max_cell_voltage);
    out.raised = std::max(out.normal, pack(config.soc_reset_cell_voltage));
    if (config.use_bms_dvcc_values) {
        // A minimum that is not below float would lift the floor under a high cell: no minimum at all.
        keep(minimum_, telemetry.min_battery_voltage, 0, out.floating);
        if (minimum_ && *minimum_ < out.floating) out.low = *minimum_;
        keep(maximum_, telemetry.max_battery_voltage, out.low, INFINITY);
        keep(requested_, telemetry.requested_charge_voltage, out.low, INFINITY);
        if (maximum_) out.normal = out.raised = std::min(*maximum_, out.raised);
        if (requested_) {  // an upper limit and nothing else (RD17)
            out.normal = std::min(*requested_, out.normal);
            out.raised = std::min(*requested_, out.raised);
        }
    }
    out.maximum = soc_reset_requested ? std::min(pack(config.soc_reset_cell_voltage), out.raised) : out.normal;
    return out;
}

}  // namespace bmsd::control
