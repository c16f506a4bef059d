// What follows from the values of a document that does not say it itself. Source: core/virtual-mqtt-battery.md 4.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "bank/document_battery.h"
#include "util/decimal.h"

namespace bmsd::bank {
namespace {

constexpr double average_over = 300;  // s
constexpr std::size_t most_currents = 600;

using Given = std::map<std::string, DocumentValue, std::less<>>;

bool has(const Given& given, std::string_view path)
{
    return given.contains(path);
}
bool has_number(const Given& given, std::string_view path)
{
    const auto found = given.find(path);
    return found != given.end() && std::holds_alternative<double>(found->second);
}

constexpr std::string_view cell_prefix = "/Voltages/Cell";

std::size_t cell_number(std::string_view path)
{
    std::size_t n = 0;
    std::from_chars(path.data() + cell_prefix.size(), path.data() + path.size(), n);
    return n;
}

}  // namespace

void DocumentBattery::derive_flow(const Update& given)
{
    const Number voltage = number("/Dc/0/Voltage");
    const bool power = has_number(given, "/Dc/0/Power"), current = has_number(given, "/Dc/0/Current");
    if (power && !has(given, "/Dc/0/Current")) {
        values_["/Dc/0/Current"] = *voltage == 0 ? 0.0 : rounded(*number("/Dc/0/Power") / *voltage, 3);
    } else if (current && !has(given, "/Dc/0/Power")) {
        values_["/Dc/0/Power"] = *voltage * *number("/Dc/0/Current");
    }
}

void DocumentBattery::derive_charge(const Update& given)
{
    const bool capacity = has_number(given, "/Capacity"), consumed = has_number(given, "/ConsumedAmphours");
    if (consumed) values_["/ConsumedAmphours"] = -std::abs(*number("/ConsumedAmphours"));
    const Number installed = number("/InstalledCapacity");
    if (!installed) return;
    if (!capacity && !consumed) {
        const double left = rounded(*installed * *number("/Soc") / 100, 2);
        if (!has(given, "/Capacity")) values_["/Capacity"] = left;
        if (!has(given, "/ConsumedAmphours")) values_["/ConsumedAmphours"] = rounded(left - *installed, 2);
    } else if (capacity && !has(given, "/ConsumedAmphours")) {
        values_["/ConsumedAmphours"] = -(*installed - *number("/Capacity"));
    } else if (consumed && !has(given, "/Capacity")) {
        values_["/Capacity"] = *installed - std::abs(*number("/ConsumedAmphours"));
    }
}

void DocumentBattery::derive_cells(const Update& given)
{
    const auto is_cell = [](const auto& entry) { return entry.first.starts_with(cell_prefix); };
    if (std::ranges::none_of(given, is_cell)) return;
    struct Extreme {
        double value;
        std::size_t cell;
    };
    std::optional<Extreme> low, high;
    double sum = 0, count = 0;
    for (const auto& [path, value] : values_) {
        const double* voltage = std::get_if<double>(&value);
        if (!path.starts_with(cell_prefix) || voltage == nullptr) continue;
        const std::size_t n = cell_number(path);
        const auto before = [&](const Extreme& other) { return *voltage == other.value && n < other.cell; };
        if (!low || *voltage < low->value || before(*low)) low = {*voltage, n};
        if (!high || *voltage > high->value || before(*high)) high = {*voltage, n};
        sum += *voltage;
        count += 1;
    }
    const auto set = [&](std::string_view path, DocumentValue value) {
        if (!has(given, path)) values_[std::string(path)] = low ? std::move(value) : DocumentValue();
    };
    set("/System/MinCellVoltage", low ? low->value : 0);
    set("/System/MaxCellVoltage", high ? high->value : 0);
    set("/System/MinVoltageCellId", low ? fmt::format("C{}", low->cell) : "");
    set("/System/MaxVoltageCellId", high ? fmt::format("C{}", high->cell) : "");
    set("/Voltages/Sum", rounded(sum, 3));
    set("/Voltages/Diff", low ? rounded(high->value - low->value, 3) : 0);
    if (number("/System/NrOfCellsPerBattery").value_or(0) == 0) values_["/System/NrOfCellsPerBattery"] = count;
}

void DocumentBattery::derive_blocking(const Update& given)
{
    struct Row {
        std::string_view count, allow;
    };
    for (const Row& row : {Row{"/System/NrOfModulesBlockingCharge", "/Io/AllowToCharge"},
                           Row{"/System/NrOfModulesBlockingDischarge", "/Io/AllowToDischarge"}}) {
        if (!has(given, row.count)) values_[std::string(row.count)] = number(row.allow) == 0.0 ? 1.0 : 0.0;
    }
}

void DocumentBattery::derive_times(const Update& given, const control::Now& now)
{
    const Number current = number("/Dc/0/Current");
    if (current) currents_.emplace_back(now.steady, *current);
    while (!currents_.empty() &&
           (currents_.size() > most_currents || now.steady - currents_.front().first > average_over)) {
        currents_.pop_front();
    }
    double sum = 0;
    for (const auto& [t, amperes] : currents_) sum += amperes;
    if (!has(given, "/CurrentAvg") && !currents_.empty()) {
        values_["/CurrentAvg"] = sum / static_cast<double>(currents_.size());
    }
    const Number installed = number("/InstalledCapacity"), capacity = number("/Capacity");
    if (!options_.time_to_go || has(given, "/TimeToGo") || !installed || !capacity || !current) return;
    const double every = std::max(5.0, options_.time_to_go_every);
    if (time_to_go_at_ && now.steady - *time_to_go_at_ < every) return;
    time_to_go_at_ = now.steady;
    const double target = *current > 0 ? *installed : *installed * options_.time_to_go_soc / 100;
    const double seconds = *current == 0 ? -1 : (target - *capacity) / *current * 3600;
    values_["/TimeToGo"] = seconds >= 0 ? DocumentValue(std::round(seconds)) : DocumentValue();
}

}  // namespace bmsd::bank
