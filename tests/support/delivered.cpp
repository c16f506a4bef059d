#include "support/delivered.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "model/fields.h"

namespace bmsd::test {

using bms::Entry;

namespace {

/// How far a value may be from the truth for the coarsest wire that carries it.
double resolution(const Entry& entry, std::string_view field)
{
    struct Coarser {
        std::string_view type, field;
        double step;
    };
    static constexpr Coarser far_coarser[]{
        {"Renogy", "cell_voltages", 0.051},
        {"aiobmsble_renogy_bms", "cell_voltages", 0.051},
        {"aiobmsble_renogy_pro_bms", "cell_voltages", 0.051},
        {"Seplosv3", "total_ah_drawn", 5.1},
        {"aiobmsble_dpwrcore_bms", "current", 0.51},
    };
    for (const Coarser& one : far_coarser)
        if (one.type == entry.name && one.field == field) return one.step;
    static const std::map<std::string_view, double> coarse{
        {"voltage", 0.06},
        {"current", 0.06},
        {"soc", 0.51},
        {"soh", 0.51},
        {"capacity", 0.51},
        {"capacity_remaining", 0.51},
        {"design_capacity", 0.51},
        {"cell_voltages", 0.0051},
        {"min_cell_voltage", 0.0051},
        {"max_cell_voltage", 0.0051},
        {"cell_temperatures", 0.51},
        {"temperature_mosfet", 0.51},
        {"temperature_ambient", 0.51},
        {"temperature_balancer", 0.51},
        {"heater_power", 0.6},
        {"temperatures", 0.51},
        {"max_charge_current", 0.51},
        {"max_discharge_current", 0.51},
        {"max_battery_voltage", 0.06},
        {"min_battery_voltage", 0.06},
        {"requested_charge_voltage", 0.06},
        {"requested_charge_current", 0.51},
        {"requested_discharge_current", 0.51},
        {"charged_energy", 0.051},
        {"discharged_energy", 0.051},
    };
    const auto found = coarse.find(field);
    return found == coarse.end() ? 1e-6 : found->second;
}

bool near(const Number& a, const Number& b, double tolerance)
{
    return a && b && std::abs(*a - *b) <= tolerance;
}

struct Delivered {
    const Entry& entry;
    const Reading& truth;
    const Reading& shown;
    std::string_view name;

    bool operator()(Number Telemetry::*m) const
    {
        return near(truth.telemetry.*m, shown.telemetry.*m, resolution(entry, name));
    }
    bool operator()(Count Telemetry::*m) const { return shown.telemetry.*m == truth.telemetry.*m; }
    bool operator()(Code Telemetry::*m) const { return shown.telemetry.*m == truth.telemetry.*m; }
    bool operator()(Flag Telemetry::*m) const { return shown.telemetry.*m == truth.telemetry.*m; }
    bool operator()(Cells Telemetry::*m) const
    {
        const Cells &a = truth.telemetry.*m, &b = shown.telemetry.*m;
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (!near(a[i], b[i], resolution(entry, name))) return false;
        return true;
    }
    bool operator()(CellFlags Telemetry::*m) const { return !(shown.telemetry.*m).empty(); }
};

}  // namespace

std::uint64_t seed()
{
    const char* given = std::getenv("BMSD_SEED");
    return given ? std::strtoull(given, nullptr, 0) : 20260730;
}

std::string lost(const Entry& entry, const Reading& truth, const Reading& shown)
{
    std::string names;
    const auto delivers = [&](std::string_view name) {
        return std::find(entry.delivers.begin(), entry.delivers.end(), name) != entry.delivers.end();
    };
    for (const auto& field : telemetry_fields()) {
        if (!delivers(field.name)) continue;
        if (!std::visit(Delivered{entry, truth, shown, field.name}, field.member))
            names += std::string(field.name) + ' ';
    }
    for (const auto& field : identity_fields())
        if (delivers(field.name) && !(shown.identity.*field.member)) names += std::string(field.name) + ' ';
    if (delivers("temperatures") && !near(truth.telemetry.temperatures[0], shown.telemetry.temperatures[0], 0.51)) {
        const bool elsewhere = std::any_of(shown.telemetry.temperatures.begin(), shown.telemetry.temperatures.end(),
                                           [](const Number& n) { return n.has_value(); });
        if (!elsewhere) names += "temperatures ";
    }
    return names;
}

std::string unclaimed(const Entry& entry, const Reading& shown)
{
    std::string names;
    for (const auto& field : telemetry_fields()) {
        if (std::find(entry.delivers.begin(), entry.delivers.end(), field.name) != entry.delivers.end()) continue;
        if (std::find(entry.assumed.begin(), entry.assumed.end(), field.name) != entry.assumed.end()) continue;
        const bool there = std::visit(
            [&](auto member) {
                const auto& value = shown.telemetry.*member;
                if constexpr (requires { value.has_value(); })
                    return value.has_value();
                else
                    return !value.empty();
            },
            field.member);
        if (there) names += std::string(field.name) + ' ';
    }
    return names;
}

}  // namespace bmsd::test
