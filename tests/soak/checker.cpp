#include "soak/checker.h"

#include <fmt/format.h>

#include <cmath>

namespace bmsd::test {
namespace {

constexpr std::size_t most_told = 20;
constexpr double slack = 0.02;
// 10 s and a poll interval, then some: the test machine is busy and the checker looks now and then.
constexpr auto noticed_within = std::chrono::seconds(20);

std::optional<double> number(const Items& items, const std::string& path)
{
    const auto found = items.find(path);
    return found == items.end() ? std::nullopt : found->second.value.number();
}

}  // namespace

void Checker::check(const std::string& service, const Items& items, const Known& known, Instant now)
{
    ++checks_;
    const auto within = [&](const char* path, double least, double most) {
        const auto value = number(items, path);
        if (!value || (*value >= least - slack && *value <= most + slack)) return;
        if (broken_.size() < most_told)
            broken_.push_back(fmt::format("{} {} = {}, allowed {} to {}", service, path, *value, least, most));
    };
    // half the cells of one reply gave 27 V once; what is lowered starts from the pack voltage
    within("/Info/MaxChargeVoltage", known.cells * known.lowest_cell, known.cells * known.reset_cell);
    within("/Info/MaxChargeCurrent", 0, known.max_charge);
    within("/Info/MaxDischargeCurrent", 0, known.max_discharge);
    within("/Dc/0/Voltage", known.cells * known.lowest_cell, known.cells * known.highest_cell);
    within("/System/MinCellVoltage", known.lowest_cell, known.highest_cell);
    within("/System/MaxCellVoltage", known.lowest_cell, known.highest_cell);
    within("/Soc", known.lowest_soc, known.highest_soc);
    within("/System/NrOfCellsPerBattery", known.cells, known.cells);
    within("/System/MinCellTemperature", -20, 100);
    for (const auto& [path, item] : items) {
        const auto value = item.value.number();
        if (value && !std::isfinite(*value)) broken_.push_back(fmt::format("{} {} is no number", service, path));
    }
    const bool silent = known.silent_since != Instant{} && now - known.silent_since > noticed_within;
    if (silent && number(items, "/System/NrOfModulesOnline").value_or(0) != 0)
        broken_.push_back(
            fmt::format("{}: silent for {:.0f} s and still online", service, to_seconds(now - known.silent_since)));
}

}  // namespace bmsd::test
