#pragma once
// A battery that knows everything, and the page of it.
#include <string>

#include "metrics/exposition.h"

namespace bmsd::metrics {

inline site::WhoPtr who(std::uint32_t id, const std::string& unique_id, const std::string& name = {})
{
    auto who = std::make_shared<Who>();
    who->id = BatteryId{id};
    who->unique_id = unique_id;
    who->name = "ttyUSB0";
    who->custom_name = name;
    return who;
}

inline Snapshot full_battery()
{
    Snapshot s;
    s.identity.type = "LLT/JBD";
    s.identity.model_name = "SP\"16S\"\\020\nnext";
    s.telemetry.soh = 98;
    s.telemetry.capacity = 280;
    s.telemetry.capacity_remaining = 140;
    s.telemetry.cycles = 12;
    for (int i = 0; i < 16; ++i) {
        s.telemetry.cell_voltages.push_back(3.3 + 0.001 * i);
        s.telemetry.cell_balancing.push_back(i == 3);
    }
    s.telemetry.cell_voltages[4] = std::nullopt;
    s.telemetry.charge_fet = true;
    s.telemetry.discharge_fet = false;
    s.telemetry.temperature_ambient = 18.5;
    s.derived.voltage = 53.1;
    s.derived.current = -10.5;
    s.derived.power = -557.55;
    s.derived.soc = 50;
    s.derived.temperatures[0] = 20;
    s.derived.temperature_mosfet = 31;
    s.limits.charge_voltage = 55.2;
    s.limits.charge.applied = 60;
    s.limits.charge.cause.limiter = "Cell Voltage";
    s.limits.discharge.applied = 100;
    s.limits.discharge.cause.limiter = "Max Battery Discharge Current";
    s.alarms[Alarm::low_cell_voltage] = 2;
    s.alarms[Alarm::high_voltage] = 0;
    s.history.charged_energy = 1.5;
    s.history.discharged_energy = 1.25;
    s.link.replies = 7;
    s.link.timeouts = 2;
    s.link.refused["bad checksum"] = 3;
    s.link.cycle_seconds = 0.25;
    return s;
}

inline std::string page_with_every_metric()
{
    ManualLoop loop;
    site::Board board;
    Exposition page(board, loop);
    board.post(site::Change::What::appeared, who(1, "a"), full_battery());
    return page.text();
}

}  // namespace bmsd::metrics
