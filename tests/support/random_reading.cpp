#include "support/random_reading.h"

#include <algorithm>

#include <cmath>

namespace bmsd::test {
namespace {

double between(std::mt19937_64& random, double least, double most)
{
    return std::uniform_real_distribution<>(least, most)(random);
}

bool coin(std::mt19937_64& random)
{
    return (random() & 1) != 0;
}

/// Heater, limits and alarms; after the values they depend on.
void fill_limits(Telemetry& t, std::mt19937_64& random, std::size_t cells)
{
    t.heater_current = std::uniform_int_distribution<>(0, 10)(random);
    t.heater_power = *t.heating ? *t.heater_current * *t.voltage : 0.0;
    t.heater_temperature_start = std::uniform_int_distribution<>(-10, 5)(random);
    t.heater_temperature_stop = std::uniform_int_distribution<>(6, 15)(random);
    t.max_charge_current = std::uniform_int_distribution<>(10, 200)(random);
    t.max_discharge_current = std::uniform_int_distribution<>(10, 200)(random);
    t.max_battery_voltage = 3.65 * static_cast<double>(cells);
    t.requested_charge_voltage = 3.5 * static_cast<double>(cells);
    t.requested_charge_current = *t.max_charge_current / 2;
    t.requested_discharge_current = *t.max_discharge_current / 2;
    t.min_battery_voltage = 2.5 * static_cast<double>(cells);
    for (auto& level : t.alarms.levels) level = std::uint8_t{0};
    t.alarms[static_cast<Alarm>(random() % alarm_count)] = static_cast<std::uint8_t>(1 + random() % 2);
}

}  // namespace

Reading random_reading(std::mt19937_64& random, std::size_t cells)
{
    Reading reading;
    Identity& i = reading.identity;
    i.model_name = "Model-16S";
    i.manufacturer = "Maker";
    i.hardware_version = "HW1.2";
    i.firmware_version = "1.20";
    i.serial_number = "SN12345678";
    i.pack_serial_number = "PK12345678";
    i.production_date = "20240229";
    i.user_label = "Cellar";
    Telemetry& t = reading.telemetry;
    t.cell_count = static_cast<std::int64_t>(cells);
    double sum = 0;
    t.balancing = false;
    const bool may_balance = coin(random);
    for (std::size_t k = 0; k < cells; ++k) {
        t.cell_voltages.push_back(between(random, 2.6, 3.6));
        const bool balances = may_balance && coin(random);
        t.cell_balancing.push_back(balances);
        t.cell_temperatures.push_back(between(random, -15, 60));
        if (balances) t.balancing = true;
        sum += **(t.cell_voltages.end() - 1);
    }
    const auto [lowest, highest] = std::minmax_element(t.cell_voltages.begin(), t.cell_voltages.end());
    t.min_cell_voltage = *lowest;
    t.max_cell_voltage = *highest;
    t.voltage = sum;
    t.current = between(random, -95, 95);  // what every type can measure: MNB has -97 to 102 A
    t.capacity = std::uniform_int_distribution<>(50, 300)(random);
    t.design_capacity = t.capacity;
    t.soc = std::uniform_int_distribution<>(0, 100)(random);
    t.capacity_remaining = *t.capacity * *t.soc / 100;
    t.soh = std::uniform_int_distribution<>(60, 100)(random);
    // few enough for the shortest counters on a wire: charge in Ah, and energy in 0.01 kWh
    t.cycles = std::uniform_int_distribution<>(0, 29)(random);
    t.total_ah_drawn = *t.capacity * static_cast<double>(*t.cycles) + std::floor(*t.capacity / 2);
    t.total_ah_charged = *t.total_ah_drawn + 10;
    for (auto& sensor : t.temperatures) sensor = between(random, -15, 60);
    t.temperature_mosfet = between(random, -10, 80);
    t.temperature_ambient = between(random, -10, 40);
    t.charge_fet = coin(random);
    t.discharge_fet = coin(random);
    t.balance_fet = coin(random);
    t.heater_fet = coin(random);
    t.heating = *t.heater_fet && coin(random);
    t.discharged_energy = *t.total_ah_drawn * 3.1 * static_cast<double>(cells) / 1000;
    t.charged_energy = *t.total_ah_charged * 3.3 * static_cast<double>(cells) / 1000;
    fill_limits(t, random, cells);
    t.balance_current = std::uniform_int_distribution<>(-2, 2)(random);
    t.temperature_balancer = between(random, -10, 60);
    t.problem_code = coin(random) ? 4 : 0;  // a bit that every type has
    return reading;
}

}  // namespace bmsd::test
