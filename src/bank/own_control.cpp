#include "bank/own_control.h"

#include <algorithm>

#include "control/curve.h"

namespace bmsd::bank {
namespace {

constexpr double usual_maximum = 200;  // A

using Points = std::vector<double>;

Points charge_points(const config::Config& c)
{
    if (!c.aggregate_cell_charge_limiting_voltage.empty()) return c.aggregate_cell_charge_limiting_voltage;
    const double low = c.aggregate_min_cell_voltage, full = c.aggregate_balancing_voltage;
    Points points{low, low + 0.05, full - 0.1, full, c.aggregate_max_cell_voltage};
    std::ranges::sort(points);  // whatever the other keys are
    return points;
}

Points discharge_points(const config::Config& c)
{
    if (!c.aggregate_cell_discharge_limiting_voltage.empty()) return c.aggregate_cell_discharge_limiting_voltage;
    const double low = c.aggregate_min_cell_voltage;
    return {low, low + 0.1, low + 0.2};
}

double factor(const Points& points, const Points& factors, double x)
{
    const auto read = control::read_curve(points, factors, 1, control::Between::linear, x);
    return read ? read->value : 0;
}

/// The part of the bank that takes current in this direction; `zero`: nothing while one does not.
double connected_part(const Crew& crew, const Values& merged, Direction d, const config::Config& config)
{
    const Item blocking = d == Direction::charge ? Item::blocking_charge : Item::blocking_discharge;
    if (config.aggregate_blocked_member == "zero") return merged[blocking].value_or(0) > 0 ? 0 : 1;
    double takes = 0, all = 0, takers = 0;
    bool known = true;
    for (const Unit& unit : crew.units) {
        const Number& installed = unit.member->values[Item::installed];
        known = known && installed && *installed > 0;
        all += installed.value_or(0);
        takes += unit.takes[d] ? installed.value_or(0) : 0;
        takers += unit.takes[d] ? 1 : 0;
    }
    return known && all > 0 ? takes / all : takers / static_cast<double>(std::max<std::size_t>(1, crew.units.size()));
}

/// Every battery with a limit says 0: what none allows is not asked for.
bool none_allows(const Crew& crew, Direction d)
{
    bool told = false;
    for (const Unit& unit : crew.units) {
        const Number& limit = unit.member->values[limit_of(d)];
        const bool refused = refuses(*unit.member, d) || limit == 0.0;
        told = told || limit || unit.member->values[allow_of(d)];
        if (!refused) return false;
    }
    return told;
}

/// The lowest voltage that takes what is above the limit off the cells of each battery.
Number dynamic_voltage(const Crew& crew, double limit)
{
    Number lowest;
    for (const Unit& unit : crew.units) {
        const Values& v = unit.member->values;
        if (!v[Item::cell_sum]) continue;
        double excess = 0;
        for (const Number& cell : v.cells) excess += cell ? std::max(0.0, *cell - limit) : 0;
        if (v.cells.empty() && v[Item::max_cell]) excess = std::max(0.0, *v[Item::max_cell] - limit);
        const double present = *v[Item::cell_sum] - excess;
        lowest = lowest ? std::min(*lowest, present) : present;
    }
    return lowest;
}

}  // namespace

double own_maximum(const config::Config& config, Direction direction)
{
    const double set =
        direction == Direction::charge ? config.aggregate_max_charge_current : config.aggregate_max_discharge_current;
    return set > 0 ? set : usual_maximum;
}

std::optional<OwnLimits> own_limits(const Crew& crew, const Values& merged, const std::optional<Date>& today,
                                    const config::Config& config, OwnMemory& memory)
{
    const Number &cells = merged[Item::cells], &low = merged[Item::min_cell], &high = merged[Item::max_cell];
    if (!cells || !low || !high) return std::nullopt;
    OwnLimits out;
    out.voltage = balancing_target({*cells, merged[Item::voltage], *high - *low, today}, config, memory.balancing);
    out.dynamic = *high >= config.aggregate_max_cell_voltage;
    if (out.dynamic) {
        const Number dynamic = dynamic_voltage(crew, config.aggregate_max_cell_voltage);
        if (dynamic) out.voltage = std::min(out.voltage, *dynamic);
    }
    if (*low <= config.aggregate_min_cell_voltage) memory.empty = true;
    if (*low > config.aggregate_min_cell_voltage + config.aggregate_min_cell_hysteresis) memory.empty = false;
    Both<double> share;
    share.charge = factor(charge_points(config), config.aggregate_cell_charge_limited_current, *high);
    share.discharge =
        memory.empty ? 0 : factor(discharge_points(config), config.aggregate_cell_discharge_limited_current, *low);
    for (const Direction d : directions) {
        out.current[d] = own_maximum(config, d) * share[d] * connected_part(crew, merged, d, config);
        if (none_allows(crew, d)) out.current[d] = 0;
    }
    out.mode = out.dynamic ? "Bulk (Cell OVP)" : "Bulk";
    if (memory.balancing.state != 0) out.mode += " + Balancing";
    return out;
}

}  // namespace bmsd::bank
