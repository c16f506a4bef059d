#include "venus/bank_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bmsd::venus {
namespace {

using bank::Item;

struct StatusBit {
    Item item;
    double from;  // the least level that sets it
    unsigned bit;
};
constexpr StatusBit status_bits[]{
    {Item::alarm_cell_imbalance, 1, 1},
    {Item::balancing, 1, 2},
    {Item::alarm_high_voltage, 1, 3},
    {Item::alarm_low_voltage, 1, 4},
    {Item::alarm_low_charge_temperature, 1, 5},
    {Item::alarm_high_charge_temperature, 1, 6},
    {Item::alarm_internal_failure, 1, 7},
    {Item::alarm_high_temperature, 1, 8},
    {Item::alarm_high_cell_voltage, 1, 9},
    {Item::alarm_high_charge_current, 1, 11},
    {Item::alarm_high_charge_current, 2, 12},
    {Item::alarm_high_discharge_current, 1, 13},
    {Item::alarm_high_discharge_current, 2, 14},
    {Item::alarm_low_cell_voltage, 1, 15},
    {Item::alarm_low_temperature, 1, 16},
};

/// Letters, digits and _ of the display name.
std::string plain(const std::string& name)
{
    std::string out;
    for (const char c : name) {
        const bool fits = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (fits) out += c;
    }
    return out;
}

Sample sample(const Number& value)
{
    return value ? Sample(*value) : Sample();
}

}  // namespace

std::int64_t page_status(const bank::Values& values)
{
    std::int64_t bits = 0;
    for (const StatusBit& row : status_bits) {
        if (values[row.item].value_or(0) >= row.from) bits |= std::int64_t{1} << row.bit;
    }
    const bool balanced = (bits & 0b110) == 0;
    return bits | (balanced ? 1 : 0);
}

std::vector<PageLeaf> member_page(const bank::Member& member, std::size_t n)
{
    const bank::Values& v = member.values;
    const bool online = member.counts();
    const auto shown = [&](const Number& value) { return online ? sample(value) : Sample(); };
    const std::string base = fmt::format("/Battery/{}", n);
    std::vector<PageLeaf> out{
        {base + "/Serial", 's', {}, member.name},
        {base + "/Capacity", 'd', {0, "Ah"}, shown(v[Item::installed])},
        {base + "/Voltage", 'd', {2, "V"}, shown(v[Item::voltage])},
        {base + "/Current", 'd', {1, "A"}, shown(v[Item::current])},
        {base + "/Temperature", 'd', {1}, shown(v[Item::temperature])},
        {base + "/Status", 'i', {}, online ? Sample(page_status(v)) : Sample()},
    };
    for (std::size_t cell = 1; cell <= v.cells.size(); ++cell) {
        out.push_back({fmt::format("{}/Cell/{}/Voltage", base, cell), 'd', {3, "V"}, shown(v.cells[cell - 1])});
    }
    return out;
}

std::vector<std::pair<std::string, Number>> member_cells(std::span<const bank::Member> members)
{
    std::vector<std::pair<std::string, Number>> out;
    std::set<std::string> used;
    for (const bank::Member& member : members) {
        const std::string wanted = plain(member.name);
        std::string name = wanted;
        for (int n = 2; !used.insert(name).second; ++n) name = fmt::format("{}_{}", wanted, n);
        for (std::size_t cell = 1; cell <= member.values.cells.size(); ++cell) {
            const Number value = member.counts() ? member.values.cells[cell - 1] : std::nullopt;
            out.emplace_back(fmt::format("/Voltages/{}_Cell{}", name, cell), value);
        }
    }
    return out;
}

}  // namespace bmsd::venus
