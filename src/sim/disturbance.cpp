#include "sim/disturbance.h"

namespace bmsd::sim {
namespace {

constexpr double not_measured = 65.535;  // V, 0xFFFF of a wire that broke

}  // namespace

void Disturbance::begin(Kind kind, double probability)
{
    Trouble& trouble = troubles_[kind];
    if (trouble.left > 0 || !random_.chance(probability)) return;
    trouble.left = random_.between(1, spec_.longest);
    trouble.which = random_.index(1000);
}

void Disturbance::apply(double dt, Telemetry& t)
{
    for (Trouble& trouble : troubles_) trouble.left -= dt;
    const std::array chances{spec_.lost_read,   spec_.missing_cell,  spec_.missing_sensor,  spec_.missing_soc,
                             spec_.missing_fet, spec_.missing_limit, spec_.missing_current, spec_.wrong_cell,
                             spec_.no_cells,    spec_.half_count};
    static_assert(chances.size() == kinds);
    for (std::size_t i = 0; i < chances.size(); ++i) begin(static_cast<Kind>(i), chances[i]);
    restart_ = random_.chance(spec_.restart);

    const std::size_t cells = t.cell_voltages.size();
    if (active(missing_cell) && cells > 0) t.cell_voltages[troubles_[missing_cell].which % cells].reset();
    if (active(wrong_cell) && cells > 0) t.cell_voltages[troubles_[wrong_cell].which % cells] = not_measured;
    if (active(missing_sensor)) {
        const std::size_t sensor = troubles_[missing_sensor].which % (sensor_count + 1);
        (sensor < sensor_count ? t.temperatures[sensor] : t.temperature_mosfet).reset();
    }
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
