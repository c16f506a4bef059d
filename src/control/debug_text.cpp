#include "control/debug_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "util/duration_text.h"

namespace bmsd::control {
namespace {

/// A number that may be missing, with decimals.
struct Shown {
    Number value;
    int decimals;
};

template <class... Arguments>
void add(InlineText<512>& text, fmt::format_string<Arguments...> format, Arguments&&... arguments)
{
    std::array<char, 256> line{};
    const auto result = fmt::format_to_n(line.data(), line.size(), format, std::forward<Arguments>(arguments)...);
    text += std::string_view(line.data(), std::min(result.size, line.size()));
}

std::string_view yes_no(bool value)
{
    return value ? "yes" : "no";
}

std::string_view on_off(const Flag& value)
{
    if (!value) return "?";
    return *value ? "on" : "off";
}

}  // namespace
}  // namespace bmsd::control

template <>
struct fmt::formatter<bmsd::control::Shown> : fmt::formatter<double> {
    template <class Context>
    auto format(const bmsd::control::Shown& shown, Context& context) const
    {
        if (!shown.value) return fmt::format_to(context.out(), "?");
        return fmt::format_to(context.out(), "{:.{}f}", *shown.value, shown.decimals);
    }
};

namespace bmsd::control {
namespace {

void write_general(const config::Config& config, const DebugView& view, Limits& limits)
{
    const Derived& d = view.derived;
    const Telemetry& t = view.telemetry;
    auto& text = limits.charge_mode_debug;
    const double second = std::floor(view.now.steady);
    add(text, "Running {}, last limit {} s ago\n",
        std::string_view(short_duration(static_cast<std::int64_t>(view.now.steady - view.started))),
        Shown{view.voltage.seconds_since_limit(second), 0});
    add(text, "Vmax {:.2f} V, CVL {} V, target {} V, battery {} V\n", view.voltage.bounds().maximum,
        Shown{limits.charge_voltage, 3}, Shown{view.voltage.target(), 3}, Shown{d.voltage, 2});
    add(text, "Cells: sum {} V, diff {} V, highest {} V\n", Shown{d.cell_sum, 3}, Shown{d.cell_diff, 3},
        Shown{d.max_cell_voltage, 3});
    if (config.cvl_controller_mode == 1) {
        const Number& target = view.voltage.target();
        const bool lowered = target && d.cell_sum && *target < view.voltage.bounds().maximum;
        add(text, "Penalty {} V\n", Shown{lowered ? *d.cell_sum - *target : 0, 3});
    }
    add(text, "SoC {} %, of the BMS {} %, SoH {} %, remaining {} Ah\n", Shown{d.soc, 2}, Shown{t.soc, 2},
        Shown{t.soh, 0}, Shown{d.capacity, 1});
    add(text, "Current {} A, CCL {} A, DCL {} A\n", Shown{d.current, 2}, Shown{limits.charge.applied, 2},
        Shown{limits.discharge.applied, 2});
    add(text, "FETs: charge {}, discharge {}; allowed: charge {}, discharge {}\n", on_off(t.charge_fet),
        on_off(t.discharge_fet), yes_no(limits.charge.allowed), yes_no(limits.discharge.allowed));
    const double stamp = static_cast<double>(view.voltage.soc_reset_stamp());
    const Number days = stamp > 0 ? Number((view.now.wall - stamp) / 86400) : std::nullopt;
    add(text, "SoC reset {} days ago, requested: {}", Shown{days, 1}, yes_no(view.voltage.soc_reset_requested()));
}

void write_float(const config::Config& config, const DebugView& view, InlineText<512>& text)
{
    const Derived& d = view.derived;
    const double second = std::floor(view.now.steady);
    const double at_max = view.voltage.seconds_at_max(second).value_or(0);
    const double highest = view.voltage.bounds().maximum;
    add(text, "Cell sum {} V >= {:.2f} V: {}\n", Shown{d.cell_sum, 3}, highest, yes_no(d.cell_sum >= highest));
    add(text, "Cell diff {} V <= {:.3f} V: {}\n", Shown{d.cell_diff, 3}, config.switch_to_float_cell_voltage_diff,
        yes_no(d.cell_diff && *d.cell_diff <= config.switch_to_float_cell_voltage_diff));
    add(text, "At max voltage {:.0f} s > {} s: {}", at_max, config.switch_to_float_wait_for_sec,
        yes_no(at_max > static_cast<double>(config.switch_to_float_wait_for_sec)));
}

void write_bulk(const config::Config& config, const DebugView& view, InlineText<512>& text)
{
    const Derived& d = view.derived;
    add(text, "SoC {} % < {} %: {}\n", Shown{d.soc, 2}, config.switch_to_bulk_soc_threshold,
        yes_no(d.soc && *d.soc < static_cast<double>(config.switch_to_bulk_soc_threshold)));
    add(text, "Cell diff {} V >= {:.3f} V: {}\n", Shown{d.cell_diff, 3}, config.switch_to_bulk_cell_voltage_diff,
        yes_no(d.cell_diff >= config.switch_to_bulk_cell_voltage_diff));
    add(text, "SoC reset requested: {}", yes_no(view.voltage.soc_reset_requested()));
}

}  // namespace

void write_debug_texts(const config::Config& config, const DebugView& view, Limits& limits)
{
    limits.charge_mode_debug.clear();
    limits.charge_mode_debug_float.clear();
    limits.charge_mode_debug_bulk.clear();
    if (!config.gui_parameters_show_additional_info && config.logging != "DEBUG") return;
    write_general(config, view, limits);
    write_float(config, view, limits.charge_mode_debug_float);
    write_bulk(config, view, limits.charge_mode_debug_bulk);
}

}  // namespace bmsd::control
