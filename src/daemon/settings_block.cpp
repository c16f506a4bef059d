#include "daemon/settings_block.h"

#include "util/log.h"

namespace bmsd::daemon {
namespace {

template <class T>
std::string or_none(const std::optional<T>& value, std::string_view unit)
{
    return value ? fmt::format("{}{}", *value, unit) : std::string("not given");
}

std::string switched(const Flag& flag)
{
    return !flag ? "not given" : *flag ? "on" : "off";
}

void log_current_limits(const Telemetry& t, const config::Config& c)
{
    log::info("|- charge at most {} A (BMS: {}), discharge at most {} A (BMS: {})", c.max_battery_charge_current,
              or_none(t.max_charge_current, " A"), c.max_battery_discharge_current,
              or_none(t.max_discharge_current, " A"));
    log::info("|- limited by cell voltage {}/{}, temperature {}/{}, MOSFET {}/{}, SoC {}/{} (charge/discharge)",
              c.cccm_cv_enable, c.dccm_cv_enable, c.cccm_t_enable, c.dccm_t_enable, c.cccm_t_mosfet_enable,
              c.dccm_t_mosfet_enable, c.cccm_soc_enable, c.dccm_soc_enable);
}

}  // namespace

void log_settings(const battery::Battery& battery, const config::Config& c)
{
    const auto& facts = battery.facts();
    const Telemetry& t = battery.reading().telemetry;
    log::info("Battery {} on {}: {}", facts.id, facts.port, facts.entry->type);
    log::info("|- {}, {}, SoC {}, SoH {}", or_none(t.voltage, " V"), or_none(t.current, " A"), or_none(t.soc, " %"),
              or_none(t.soh, " %"));
    log::info("|- {} cells", or_none(t.cell_count, ""));
    log::info("|- BLOCK_ON_DISCONNECT {}; after {} min while the cells are between {} and {} V", c.block_on_disconnect,
              c.block_on_disconnect_timeout_minutes, c.block_on_disconnect_voltage_min,
              c.block_on_disconnect_voltage_max);
    log::info("|- charge mode {}, cells {} to {} V, float {} V, SoC reset {} V {}",
              c.charge_mode == 2 ? "step" : "linear", c.min_cell_voltage, c.max_cell_voltage, c.float_cell_voltage,
              c.soc_reset_cell_voltage,
              c.soc_reset_after_days ? fmt::format("every {} days", *c.soc_reset_after_days) : "never");
    log_current_limits(t, c);
    log::info("|- charge FET {}, discharge FET {}, balancing {}", switched(t.charge_fet), switched(t.discharge_fet),
              switched(t.balance_fet));
}

}  // namespace bmsd::daemon
