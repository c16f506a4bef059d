#include "control/charge.h"

#include "control/derived.h"

namespace bmsd::control {

void ChargeControl::step(const config::Config& config, const Telemetry& telemetry, const Derived& derived,
                         const Now& now, Limits& out, Events& events)
{
    const CellState cells = cells_.step(config, telemetry, now);
    const SensorState sensors = sensors_.step(config, sensor_readings(config, telemetry, derived.soc), now);
    if (cells.count == 0) return;  // no limit can be calculated: those of the start stay
    events.voltage = voltage_.step(config,
                                   {.cells = cells,
                                    .last_cells = cells_.last_known(),
                                    .telemetry = telemetry,
                                    .soc = derived.soc,
                                    .balancing = derived.balancing.value_or(false),
                                    .current = derived.current},
                                   now, out);
    const CurrentLimiter::Reading reading{cells, sensors, telemetry};
    events.errors = events.voltage.errors;
    events.errors += charge_.step(config, reading, now, out.charge);
    events.errors += discharge_.step(config, reading, now, out.discharge);
    events.sensor_stale = sensors.newly_stale;
    const bool dead = cells.limiting_low && *cells.limiting_low < dead_cell_voltage;
    events.dead_cell = dead && !dead_cell_;
    dead_cell_ = dead;
    events.cells_gone = cells.all_gone && !cells_gone_;
    cells_gone_ = cells.all_gone;
}

void ChargeControl::miss(const config::Config& config, const Link& link, const Number& highest_cell, const Now& now,
                         Limits& out)
{
    const bool near_the_top = !highest_cell || *highest_cell > config.float_cell_voltage;
    voltage_.miss(config, link.lost && !link.blocked && near_the_top, now, out);
    charge_.miss(link.blocked, now, out.charge);
    discharge_.miss(link.blocked, now, out.discharge);
}

}  // namespace bmsd::control
