#include "sim/disturbance.h"

#include <cmath>
#include <iterator>

namespace bmsd::sim {
namespace {

constexpr double not_measured = 65.535;                                   // V, 0xFFFF of a wire that broke
constexpr double broken_readings[]{-273.1, -200, -40, 150, 255, 6280.4};  // degC, of sensors that are open or shorted
constexpr double least_jump = 21, most_jump = 60;                         // K
constexpr double fastest_drift = 0.1;                                     // K/s

Number& sensor_of(Telemetry& t, std::size_t which)
{
    const std::size_t sensor = which % (sensor_count + 1);
    return sensor < sensor_count ? t.temperatures[sensor] : t.temperature_mosfet;
}

}  // namespace

void Disturbance::begin(Kind kind, double probability)
{
    Trouble& trouble = troubles_[kind];
    if (probability <= 0 || trouble.left > 0 || !random_.chance(probability)) return;
    trouble = {.left = random_.between(1, spec_.longest),
               .age = 0,
               .which = random_.index(1000),
               .size = random_.between(-1, 1)};
}

/// Sensors that are there; they are right again when the trouble ends.
void Disturbance::spoil_sensors(Telemetry& t) const
{
    const auto spoil = [&](Kind kind, auto reading) {
        Number& sensor = sensor_of(t, troubles_[kind].which);
        if (active(kind) && sensor) sensor = reading(*sensor, troubles_[kind]);
    };
    spoil(jumping_sensor, [](double right, const Trouble& trouble) {
        return right + std::copysign(least_jump + (most_jump - least_jump) * std::abs(trouble.size), trouble.size);
    });
    spoil(drifting_sensor,
          [](double right, const Trouble& trouble) { return right + trouble.size * fastest_drift * trouble.age; });
    spoil(broken_sensor, [](double, const Trouble& trouble) {
        return broken_readings[trouble.which / (sensor_count + 1) % std::size(broken_readings)];
    });
}

void Disturbance::apply(double dt, Telemetry& t)
{
    for (Trouble& trouble : troubles_) {
        trouble.left -= dt;
        trouble.age += dt;
    }
    const std::array chances{spec_.lost_read,       spec_.missing_cell,  spec_.missing_sensor,  spec_.missing_soc,
                             spec_.missing_fet,     spec_.missing_limit, spec_.missing_current, spec_.wrong_cell,
                             spec_.no_cells,        spec_.half_count,    spec_.jumping_soc,     spec_.jumping_sensor,
                             spec_.drifting_sensor, spec_.broken_sensor};
    static_assert(chances.size() == kinds);
    for (std::size_t i = 0; i < chances.size(); ++i) begin(static_cast<Kind>(i), chances[i]);
    restart_ = random_.chance(spec_.restart);

    const std::size_t cells = t.cell_voltages.size();
    if (active(missing_cell) && cells > 0) t.cell_voltages[troubles_[missing_cell].which % cells].reset();
    if (active(wrong_cell) && cells > 0) t.cell_voltages[troubles_[wrong_cell].which % cells] = not_measured;
    spoil_sensors(t);
    if (active(missing_sensor)) sensor_of(t, troubles_[missing_sensor].which).reset();
    if (active(jumping_soc) && t.soc) t.soc = static_cast<double>(troubles_[jumping_soc].which % 101);
    if (active(missing_soc)) t.soc.reset();
    if (active(missing_fet)) (troubles_[missing_fet].which % 2 == 0 ? t.charge_fet : t.discharge_fet).reset();
    if (active(missing_limit)) {
        t.max_charge_current.reset();
        t.max_discharge_current.reset();
        t.max_battery_voltage.reset();
    }
    if (active(missing_current)) t.current.reset();
    if (active(no_cells)) {
        for (Number& cell : t.cell_voltages) cell.reset();
        t.min_cell_voltage.reset();
        t.max_cell_voltage.reset();
    }
    if (active(half_count) && t.cell_count) {
        *t.cell_count /= 2;
        t.cell_voltages.resize(cells / 2);
    }
}

}  // namespace bmsd::sim
