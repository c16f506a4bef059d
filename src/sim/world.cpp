#include "sim/world.h"

#include <algorithm>
#include <cmath>

#include "config/schema.h"
#include "util/decimal.h"

namespace bmsd::sim {
namespace {

constexpr std::int64_t usual_cells[]{4, 8, 13, 14, 15, 16, 16, 16};

constexpr double highest_voltage = 100;  // V, a reading above it is refused

std::size_t cell_count(Random& random, Chemistry chemistry)
{
    if (random.chance(0.5)) return static_cast<std::size_t>(usual_cells[random.index(std::size(usual_cells))]);
    const auto most = static_cast<std::int64_t>(highest_voltage / voltages(chemistry).overcharged);
    return static_cast<std::size_t>(std::min(random.whole(4, 32), most));
}

PackSpec healthy_pack(Random& random)
{
    PackSpec pack;
    pack.chemistry = random.chance(0.75) ? Chemistry::lfp : Chemistry::nmc;
    pack.seed = random.bits();
    const std::size_t n = cell_count(random, pack.chemistry);
    const double capacity = std::round(random.between(50, 400)), soc = random.between(0.3, 0.8);
    for (std::size_t i = 0; i < n; ++i) {
        pack.cells.push_back({.capacity = capacity * random.between(0.98, 1.02),
                              .resistance = 0.05 / capacity * random.between(0.8, 1.25),
                              .polarisation = 0.03 / capacity,
                              .soc = soc + random.between(-0.002, 0.002)});
    }
    const double current = std::round(capacity * random.between(0.4, 1));
    pack.max_charge_current = current;
    pack.max_discharge_current = current;
    pack.guards = usual_guards(pack.chemistry, n, current * 1.2, current * 1.2);
    pack.balancer.start = voltages(pack.chemistry).floating + 0.02;
    pack.balancer.current = capacity / 1000;
    pack.heat.capacity = 1000 * capacity / 100 * static_cast<double>(n) * 2;
    pack.heat.mosfet_rise = 30 / (current * current);
    pack.meter.full_cell_voltage = voltages(pack.chemistry).charge;
    return pack;
}

double watts(const PackSpec& pack, double amperes)
{
    return amperes * static_cast<double>(pack.cells.size()) * voltages(pack.chemistry).floating;
}

InstallationSpec healthy_site(Random& random)
{
    InstallationSpec site;
    site.pack = healthy_pack(random);
    const double capacity = site.pack.cells[0].capacity;
    double resistance = 0;
    for (const CellSpec& cell : site.pack.cells) resistance += cell.resistance;
    site.charger.resistance = resistance * random.between(0.9, 3);
    site.charger.gain = random.between(0.3, 0.9);
    site.charger.period = random.between(1, 5);
    site.charger.drains = random.chance(0.3);
    site.day.seed = random.bits();
    site.day.peak = watts(site.pack, capacity * random.between(0.25, 0.6));
    site.day.clouds = random.between(0, 0.6);
    site.day.base_load = watts(site.pack, capacity * 0.03);
    site.day.burst_load = watts(site.pack, capacity * random.between(0.05, 0.5));
    site.day.bursts = random.between(0, 0.1);
    site.start = random.between(6, 10) * 3600;
    return site;
}

void unbalance(Random& random, PackSpec& pack)
{
    const double spread = random.between(0, 0.15), apart = random.between(0, 0.04);
    for (CellSpec& cell : pack.cells) {
        cell.capacity *= 1 - random.between(0, spread);
        cell.soc = std::clamp(cell.soc + random.between(-apart, apart), 0.02, 1.0);
    }
    if (random.chance(0.3)) {  // a runaway cell: fuller, smaller and with more resistance than the others
        CellSpec& cell = pack.cells[random.index(pack.cells.size())];
        cell.soc = std::min(1.0, cell.soc + random.between(0.02, 0.1));
        cell.capacity *= random.between(0.7, 0.95);
        cell.resistance *= random.between(1, 3);
    }
    pack.balancer.enabled = random.chance(0.9);
    pack.balancer.current *= random.between(0.1, 3);
}

void spoil_meter(Random& random, PackSpec& pack)
{
    MeterSpec& meter = pack.meter;
    if (random.chance(0.5)) meter.cell_noise = random.between(0, 0.003);
    if (random.chance(0.3)) meter.cell_step = random.chance(0.5) ? 0.01 : 0.005;
    if (random.chance(0.5)) meter.current_gain = random.between(0.95, 1.05);
    if (random.chance(0.5)) meter.soc_error = random.between(-40, 40);
    if (random.chance(0.5)) meter.full_cell_voltage = 0;
    if (random.chance(0.3)) meter.current_noise = random.between(0, 0.5);
}

void set_weather(Random& random, InstallationSpec& site)
{
    HeatSpec& heat = site.pack.heat;
    const double start = random.chance(0.3) ? random.between(-20, 5) : random.chance(0.2) ? random.between(40, 58) : 20;
    heat.start = heat.ambient = site.day.mean_temperature = start;
    site.day.swing = random.between(0, 15);
    heat.sensors.resize(random.index(sensor_count + 1));
    for (double& sensor : heat.sensors) sensor = random.between(-3, 3);
    heat.mosfet_sensor = random.chance(0.7);
    if (random.chance(0.2)) heat.heater_power = random.between(50, 400);
}

DisturbanceSpec random_disturbance(Random& random)
{
    DisturbanceSpec d;
    if (random.chance(0.3)) return d;
    const auto rate = [&] { return random.chance(0.4) ? random.between(0, 0.005) : 0.0; };
    d = {.lost_read = rate(),
         .missing_cell = rate(),
         .missing_sensor = rate(),
         .missing_soc = rate(),
         .missing_fet = rate(),
         .missing_limit = rate(),
         .missing_current = rate(),
         .wrong_cell = rate(),
         .restart = random.chance(0.3) ? 0.0003 : 0};
    d.longest = random.chance(0.8) ? 30 : 900;
    return d;
}

/// Troubles the field has shown later; drawn apart, so that the worlds before them stay what they were.
void add_field_troubles(World& s)
{
    Random random(s.seed ^ 0xf1e1d);
    const auto rate = [&](double most) { return random.chance(0.2) ? random.between(0, most) : 0.0; };
    s.disturbance.no_cells = rate(0.001);
    s.disturbance.half_count = rate(0.005);
    s.disturbance.jumping_soc = rate(0.002);
    s.disturbance.jumping_sensor = rate(0.002);
    s.disturbance.drifting_sensor = rate(0.001);
    s.disturbance.broken_sensor = rate(0.002);
    ChargerSpec& charger = s.site.charger;
    if (random.chance(0.2)) charger.voltage_error = random.between(-0.5, 0.5);
    if (random.chance(0.2)) charger.obeys_current = false;
    if (!s.config.soc_reset_after_days || random.chance(0.3)) return;  // else the BMS may trip in the SoC reset
    Guard& guard = s.site.pack.guards.high_cell;
    guard.trip =
        std::max(s.config.max_cell_voltage + 0.01, s.config.soc_reset_cell_voltage + random.between(-0.06, 0.03));
    guard.warn = guard.trip - 0.03;
    guard.release = guard.trip - 0.15;
}

}  // namespace

World healthy_world(std::uint64_t seed)
{
    Random random(seed);
    World s;
    s.seed = seed;
    s.site = healthy_site(random);
    const PackSpec& pack = s.site.pack;
    s.config = fitting_config(pack.chemistry, pack.max_charge_current, pack.max_discharge_current);
    return s;
}

World random_world(std::uint64_t seed)
{
    Random random(seed);
    World s;
    s.seed = seed;
    s.site = healthy_site(random);
    PackSpec& pack = s.site.pack;
    const double full = random.chance(0.3) ? random.between(0.9, 0.99) : random.between(0.03, 0.9);
    for (CellSpec& cell : pack.cells) cell.soc += full - 0.55;
    unbalance(random, pack);
    spoil_meter(random, pack);
    set_weather(random, s.site);
    s.site.charger.voltage_error = random.chance(0.3) ? random.between(-0.1, 0.2) : 0;
    s.site.charger.gain = random.between(0.1, 1.2);
    s.site.start = random.between(0, 24) * 3600;
    if (random.chance(0.3)) s.site.day.mains = s.site.day.peak / 2;
    s.disturbance = random_disturbance(random);
    s.config = random.chance(0.5) ? fitting_config(pack.chemistry, pack.max_charge_current, pack.max_discharge_current)
                                  : random_config(random, pack.chemistry);
    s.stored.allow_max_voltage = random.chance(0.8);
    if (random.chance(0.5)) s.stored.soc_calc = random.between(0, 100);
    s.interval = random.chance(0.8) ? 1 : random.between(0.2, 5);
    s.only_extremes = random.chance(0.05);
    add_field_troubles(s);
    return s;
}

}  // namespace bmsd::sim
