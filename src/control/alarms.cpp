#include "control/alarms.h"

namespace bmsd::control {
namespace {

constexpr double hidden_for = 1800;  // s after the reset
constexpr std::uint8_t warning = 1;

bool hidden(const Hiding& hiding, const Now& now)
{
    const double age = now.wall - hiding.soc_reset_reached;
    return hiding.soc_reset_requested || (hiding.soc_reset_reached > 0 && age >= 0 && age <= hidden_for);
}

}  // namespace

void AlarmLevels::read(const Alarms& alarms)
{
    for (std::size_t i = 0; i < alarm_count; ++i) {
        if (alarms.levels[i]) present_.levels[i] = alarms.levels[i];
    }
}

Alarms published_alarms(const Alarms& present, const Hiding& hiding, bool soc_calculation, const Now& now)
{
    Alarms out = present;
    if (soc_calculation) out[Alarm::low_soc].reset();
    if (hidden(hiding, now)) {
        for (const Alarm alarm : {Alarm::high_voltage, Alarm::high_cell_voltage}) {
            if (out[alarm].value_or(0) <= warning) out[alarm] = 0;
        }
    }
    return out;
}

}  // namespace bmsd::control
