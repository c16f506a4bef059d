#pragma once
// A battery that lives cycle by cycle, for the tests of this floor.
#include "config/schema.h"
#include "control/controller.h"

namespace bmsd::control {

inline Cells cells_of(std::size_t count, double voltage)
{
    Cells cells;
    cells.assign(count, voltage);
    return cells;
}

/// 16 cells of 3.3 V, 100 Ah, 60 %, resting at 25 degC.
inline Telemetry healthy()
{
    Telemetry t;
    t.cell_count = 16;
    t.voltage = 52.8;
    t.current = 0;
    t.soc = 60;
    t.capacity = 100;
    t.cell_voltages = cells_of(16, 3.3);
    t.temperatures = {25.0, 26.0, std::nullopt, std::nullopt};
    t.temperature_mosfet = 30;
    t.charge_fet = t.discharge_fet = true;
    return t;
}

/// A Controller with its battery; time starts at 1000 s steady, 1,700,000,000 s wall.
struct Bench {
    explicit Bench(config::Config c = config::defaults(), Stored stored = {}, Traits facts = {.can_repeat = false})
        : config(std::move(c)), control(config, facts, stored, now)
    {
    }

    Now now{1000, 1.7e9};
    config::Config config;
    Telemetry telemetry = healthy();
    Input input;
    Controller control;
    Snapshot out;

    /// One cycle at the present time; then the time goes on.
    const Snapshot& cycle(bool good = true, double seconds = 1)
    {
        input.good = good;
        input.telemetry = &telemetry;
        control.step(input, now, out);
        now.steady += seconds;
        now.wall += seconds;
        return out;
    }
    const Snapshot& cycles(int count, bool good = true, double seconds = 1)
    {
        for (int i = 0; i < count; ++i) cycle(good, seconds);
        return out;
    }
};

}  // namespace bmsd::control
