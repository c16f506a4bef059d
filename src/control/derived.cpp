#include "control/derived.h"

#include <algorithm>
#include <cmath>

#include "util/decimal.h"

namespace bmsd::control {
namespace {

constexpr double coldest = -20, hottest = 100;  // degC, what is published
constexpr std::size_t least_midpoint_cells = 4;

/// `adjust`: offset and slope.
Number adjusted(const Number& raw, const std::vector<double>& adjust)
{
    if (!raw || !std::isfinite(*raw)) return std::nullopt;
    const double value = rounded(*raw, 1);
    return adjust.size() == 2 ? value * adjust[1] + adjust[0] : value;
}

/// As published.
Number limited(const Number& raw, const std::vector<double>& adjust)
{
    if (!raw || !std::isfinite(*raw)) return std::nullopt;
    return adjusted(std::clamp(*raw, coldest, hottest), adjust);
}

std::array<const std::vector<double>*, sensor_count> adjustments(const config::Config& config)
{
    return {&config.temperature_1_adjust, &config.temperature_2_adjust, &config.temperature_3_adjust,
            &config.temperature_4_adjust};
}

/// The number of a cell a BMS names, 0 = none.
std::uint16_t named(const Count& number)
{
    return number && *number > 0 && *number <= UINT16_MAX ? static_cast<std::uint16_t>(*number) : std::uint16_t{0};
}

Number consumed(const Number& full, const Number& remaining)
{
    if (!full || !remaining) return std::nullopt;
    return 0.0 - std::abs(*full - *remaining);
}

}  // namespace

Number usable(const Number& cell, double max_cell_voltage)
{
    const bool good = cell && std::isfinite(*cell) && *cell >= 0 && *cell <= 2 * max_cell_voltage;
    return good ? cell : std::nullopt;
}

void derive_temperatures(const config::Config& config, const Telemetry& telemetry, Derived& out)
{
    const auto adjust = adjustments(config);
    double sum = 0;
    int count = 0;
    out.min_temperature.reset();
    out.max_temperature.reset();
    out.min_temperature_sensor = out.max_temperature_sensor = 0;
    for (std::size_t i = 0; i < sensor_count; ++i) {
        const Number value = limited(telemetry.temperatures[i], *adjust[i]);
        out.temperatures[i] = value;
        const auto number = static_cast<std::uint8_t>(i + 1);
        const bool selected =
            std::ranges::find(config.temperature_source_battery, number) != config.temperature_source_battery.end();
        if (!value || !selected) continue;
        sum += *value;
        ++count;
        if (!out.min_temperature || *value < *out.min_temperature) {
            out.min_temperature = value;
            out.min_temperature_sensor = number;
        }
        if (!out.max_temperature || *value >= *out.max_temperature) {  // a tie: the highest number
            out.max_temperature = value;
            out.max_temperature_sensor = number;
        }
    }
    out.temperature = count > 0 ? Number(sum / count) : std::nullopt;
    out.temperature_mosfet = limited(telemetry.temperature_mosfet, config.temperature_mos_adjust);
}

SensorWatch::Reading sensor_readings(const config::Config& config, const Telemetry& telemetry, const Number& soc)
{
    const auto adjust = adjustments(config);
    SensorWatch::Reading out{.temperatures = {}, .mosfet = {}, .soc = soc};
    for (std::size_t i = 0; i < sensor_count; ++i)
        out.temperatures[i] = adjusted(telemetry.temperatures[i], *adjust[i]);
    out.mosfet = adjusted(telemetry.temperature_mosfet, config.temperature_mos_adjust);
    return out;
}

void derive_cells(const config::Config& config, const Telemetry& telemetry, Derived& out)
{
    out.min_cell_voltage.reset();
    out.max_cell_voltage.reset();
    out.min_cell = out.max_cell = 0;
    double sum = 0;
    for (std::size_t i = 0; i < telemetry.cell_voltages.size(); ++i) {
        const Number cell = usable(telemetry.cell_voltages[i], config.max_cell_voltage);
        if (!cell) continue;
        sum += *cell;
        const auto number = static_cast<std::uint16_t>(i + 1);
        if (!out.min_cell_voltage || *cell < *out.min_cell_voltage) {
            out.min_cell_voltage = cell;
            out.min_cell = number;
        }
        if (!out.max_cell_voltage || *cell > *out.max_cell_voltage) {
            out.max_cell_voltage = cell;
            out.max_cell = number;
        }
    }
    out.cell_sum = out.min_cell_voltage ? Number(sum) : std::nullopt;
    const Number lowest = usable(telemetry.min_cell_voltage, config.max_cell_voltage);
    const Number highest = usable(telemetry.max_cell_voltage, config.max_cell_voltage);
    if (lowest && (!out.min_cell_voltage || *lowest < *out.min_cell_voltage)) {
        out.min_cell_voltage = lowest;
        out.min_cell = named(telemetry.min_cell_number);
    }
    if (highest && (!out.max_cell_voltage || *highest > *out.max_cell_voltage)) {
        out.max_cell_voltage = highest;
        out.max_cell = named(telemetry.max_cell_number);
    }
    if (out.max_cell_voltage == 0.0) out.max_cell = 0;
    const bool both = out.min_cell_voltage && out.max_cell_voltage;
    out.cell_diff = both ? Number(*out.max_cell_voltage - *out.min_cell_voltage) : std::nullopt;
    const bool cell_balances =
        std::ranges::find(telemetry.cell_balancing, Flag(true)) != telemetry.cell_balancing.end();
    out.balancing = cell_balances || telemetry.balancing == true;
}

Number lowest_of_all(const config::Config& config, const Telemetry& telemetry)
{
    const Number lowest_of_bms = usable(telemetry.min_cell_voltage, config.max_cell_voltage);
    const Cells& cells = telemetry.cell_voltages;
    if (cells.empty()) return lowest_of_bms;
    if (static_cast<std::int64_t>(cells.size()) != telemetry.cell_count) return std::nullopt;
    Number lowest = lowest_of_bms;
    for (const Number& value : cells) {
        const Number cell = usable(value, config.max_cell_voltage);
        if (!cell) return std::nullopt;
        lowest = std::min(lowest.value_or(*cell), *cell);
    }
    return lowest;
}

void derive_midpoint(const config::Config& config, const Telemetry& telemetry, std::size_t cell_count, Derived& out)
{
    out.mid_voltage.reset();
    out.mid_voltage_deviation.reset();
    const auto& cells = telemetry.cell_voltages;
    if (!config.midpoint_enable || cell_count < least_midpoint_cells || cells.size() != cell_count) return;
    const std::size_t half = cell_count / 2;
    double lower = 0, upper = 0, middle = 0;
    for (std::size_t i = 0; i < cell_count; ++i) {
        const Number cell = usable(cells[i], config.max_cell_voltage);
        if (!cell) return;
        (i < half ? lower : i >= cell_count - half ? upper : middle) += *cell;
    }
    if (lower + upper <= 0) return;
    out.mid_voltage = lower + middle / 2;
    out.mid_voltage_deviation = std::abs(upper - lower) / (lower + upper) * 100;
}

void derive_capacity(const config::Config& config, const Telemetry& telemetry, const Number& soc, Derived& out)
{
    Number from_soc;
    if (telemetry.capacity && soc) from_soc = *telemetry.capacity * *soc / 100;
    const Number& from_bms = telemetry.capacity_remaining;
    const bool soc_first = config.soc_calculation && from_soc;
    out.capacity = soc_first || !from_bms ? from_soc : from_bms;
    out.consumed_ah = consumed(telemetry.capacity, out.capacity);
    out.consumed_ah_bms = consumed(telemetry.capacity, from_bms);
}

}  // namespace bmsd::control
