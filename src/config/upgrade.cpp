#include "config/upgrade.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/text.h"
#include "config/value.h"
#include "util/decimal.h"

namespace bmsd::config {
namespace {

std::optional<std::string> hex_addresses(std::string_view text)
{
    std::vector<std::string> addresses;
    for (const auto item : split(text, ',')) {
        const auto address = parse_int(item);
        if (!address || *address < 0 || *address > 0xFF) return std::nullopt;
        addresses.push_back(fmt::format("0x{:02X}", *address));
    }
    return fmt::format("{}", fmt::join(addresses, ", "));
}

std::optional<std::string> mode(std::string_view text, std::string_view if_true, std::string_view if_false)
{
    if (same_letters(text, "true")) return std::string(if_true);
    if (text.empty() || same_letters(text, "false")) return std::string(if_false);
    return std::nullopt;
}

}  // namespace

std::optional<std::string> convert(Conversion conversion, std::string_view text, const Config& config)
{
    switch (conversion) {
        case Conversion::as_is:
        case Conversion::curve:
            break;
        case Conversion::at_least_5:
            if (text.empty()) break;
            if (const auto value = parse_int(text)) return to_text(Value(std::max<std::int64_t>(5, *value)));
            return std::nullopt;
        case Conversion::decimal_addresses:
            return hex_addresses(text);
        case Conversion::sensors:
            return std::string(parse_int(text) == 0 ? "1, 2, 3, 4" : text);
        case Conversion::surplus:
            if (text.empty()) break;
            if (const auto value = parse_float(text)) {
                return to_text(rounded(std::max(0.0, *value - config.switch_to_float_cell_voltage_diff), 3));
            }
            return std::nullopt;
        case Conversion::charge_mode:
            return mode(text, "1", "2");
        case Conversion::controller_mode:
            return mode(text, "2", "1");
    }
    return std::string(text);
}

std::string_view old_type_of(Conversion conversion)
{
    switch (conversion) {
        case Conversion::at_least_5:
            return "int";
        case Conversion::decimal_addresses:
            return "list<int>";
        case Conversion::charge_mode:
        case Conversion::controller_mode:
            return "bool";
        default:
            return "float";
    }
}

bool is_idle_default(Conversion conversion, std::string_view text, const Config& config)
{
    if (conversion != Conversion::decimal_addresses || parse_int(text) != 1) return false;
    return std::ranges::find(config.bms_type, "HeltecModbus") == config.bms_type.end();
}

std::array<OldCurve, 2> old_curves()
{
    return {OldCurve{"SOC_WHILE_CHARGING",
                     "MAX_CHARGE_CURRENT_SOC_FRACTION",
                     {"CC_SOC_LIMIT1", "CC_SOC_LIMIT2", "CC_SOC_LIMIT3"},
                     {"CC_CURRENT_LIMIT1_FRACTION", "CC_CURRENT_LIMIT2_FRACTION", "CC_CURRENT_LIMIT3_FRACTION"},
                     {98, 95, 91},
                     {0.1, 0.3, 0.5},
                     "100, ",
                     3},
            OldCurve{"SOC_WHILE_DISCHARGING",
                     "MAX_DISCHARGE_CURRENT_SOC_FRACTION",
                     {"DC_SOC_LIMIT1", "DC_SOC_LIMIT2", "DC_SOC_LIMIT3"},
                     {"DC_CURRENT_LIMIT1_FRACTION", "DC_CURRENT_LIMIT2_FRACTION", "DC_CURRENT_LIMIT3_FRACTION"},
                     {10, 20, 30},
                     {0.1, 0.3, 0.5},
                     "",
                     2}};
}

std::string points_text(const OldCurve& curve, const std::array<double, 3>& limits)
{
    return fmt::format("{}{}", curve.before_limits, fmt::join(limits, ", "));
}

std::string fractions_text(const OldCurve& curve, const std::array<double, 3>& fractions)
{
    const auto end = fractions.begin() + static_cast<std::ptrdiff_t>(curve.used_fractions);
    return fmt::format("{}, 1", fmt::join(fractions.begin(), end, ", "));
}

}  // namespace bmsd::config
