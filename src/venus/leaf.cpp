// The leaves of one service: which rows of the table exist, and when a new value differs from the one on the bus.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bms/language/refusal.h"
#include "venus/config_values.h"
#include "venus/paths.h"

namespace bmsd::venus {
namespace {

constexpr bus::Format plain_format;

bool has_settings(const Context& context)
{
    return !context.commands.empty() || context.config->soc_calculation;
}

bool exists(When when, const Context& context)
{
    using enum Command::Kind;
    const auto& config = *context.config;
    const auto format = config.battery_cell_data_format;
    switch (when) {
        case When::always:
        case When::each_refusal:
            return true;
        case When::soc_source:
            return config.soc_calculation || !config.external_sensor_dbus_path_soc.value_or("").empty();
        case When::cells_1:
        case When::each_cell_1:
            return format == 1;
        case When::cells_2:
        case When::each_cell_2:
            return format == 2 || format == 3;
        case When::each_balance:
            return format == 1 || format == 3;
        case When::each_time_to_soc:
            return true;
        case When::settings:
            return has_settings(context);
        case When::charging_off:
            return context.commands.has(force_charging_off);
        case When::discharging_off:
            return context.commands.has(force_discharging_off);
        case When::balancing_off:
            return context.commands.has(turn_balancing_off);
        case When::heating_off:
            return context.commands.has(turn_heating_off);
        case When::reset_soc:
            return context.commands.has(set_soc) || config.soc_calculation;
    }
    return false;
}

// "bad checksum" becomes "BadChecksum".
std::string path_element(std::string_view words)
{
    std::string element;
    bool begins = true;
    for (const char c : words) {
        if (c != ' ') element += begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        begins = c == ' ';
    }
    return element;
}

void add_refusals(std::vector<Leaf>& leaves, const Path& row)
{
    for (std::size_t reason = 0; reason < bms::refusal_count; ++reason) {
        if (reason == static_cast<std::size_t>(bms::Refusal::silence)) continue;  // that is a timeout
        const std::string element = path_element(bms::refusal_texts[reason]);
        leaves.push_back({fmt::format(fmt::runtime(row.path), element), &row, reason, {}});
    }
}

void add_family(std::vector<Leaf>& leaves, const Path& row, const Context& context)
{
    const auto add = [&](std::size_t n) {
        const std::string path = fmt::format(fmt::runtime(row.path), n);
        if (std::ranges::find(leaves, path, &Leaf::path) == leaves.end()) leaves.push_back({path, &row, n, {}});
    };
    if (row.when == When::each_refusal) {
        add_refusals(leaves, row);
        return;
    }
    if (row.when == When::each_time_to_soc) {
        for (const auto point : context.config->time_to_soc_points) {
            if (point >= 0) add(static_cast<std::size_t>(point));
        }
        return;
    }
    for (std::size_t cell = 1; cell <= std::min(context.cell_count, max_cells); ++cell) add(cell);
}

bool take(Leaf& leaf, double number)
{
    const auto precision = leaf.row != nullptr ? leaf.row->precision : Precision{};
    if (number == leaf.raw) return false;
    leaf.raw = number;
    const double shown = precision.change < 0 ? number : bus::nearest(number, precision.change);
    if (shown == leaf.shown) return false;
    leaf.shown = shown;
    leaf.value = precision.value < 0 ? number : shown;
    return true;
}

bool take(Leaf& leaf, std::string_view text)
{
    const auto* present = leaf.value.get<std::string>();
    if (present != nullptr && *present == text) return false;
    bus::Value value(text);
    if (value == leaf.value) return false;
    leaf.value = std::move(value);
    return true;
}

}  // namespace

const bus::Format& Leaf::format() const
{
    return row != nullptr ? row->format : plain_format;
}

bool refresh(Leaf& leaf, const Sample& sample)
{
    switch (sample.kind) {
        case Sample::Kind::number:
            if (std::isfinite(sample.number)) return take(leaf, sample.number);
            break;
        case Sample::Kind::integer: {
            const auto* present = leaf.value.get<std::int64_t>();
            if (present != nullptr && *present == sample.integer) return false;
            leaf.value = sample.integer;
            return true;
        }
        case Sample::Kind::text:
            return take(leaf, sample.text);
        case Sample::Kind::null:
            break;
    }
    leaf.raw = leaf.shown = std::numeric_limits<double>::quiet_NaN();
    if (leaf.value.null()) return false;
    leaf.value = {};
    return true;
}

std::vector<Leaf> make_leaves(const Context& context)
{
    std::vector<Leaf> leaves;
    for (const auto& row : paths()) {
        if (!exists(row.when, context)) continue;
        if (row.path.find('{') != std::string_view::npos)
            add_family(leaves, row, context);
        else
            leaves.push_back({std::string(row.path), &row, row.n, {}});
    }
    if (!context.config->publish_config_values) return leaves;
    for (auto& [path, value] : config_values(*context.config)) leaves.push_back({path, nullptr, 0, std::move(value)});
    return leaves;
}

}  // namespace bmsd::venus
