#include "cli/explain.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>

namespace bmsd::cli {
namespace {

namespace json = boost::json;

std::optional<double> number(const json::object& detail, std::string_view name)
{
    const auto* value = detail.if_contains(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

/// Of what the limiter of this name looks at.
std::string_view unit(std::string_view limiter)
{
    if (limiter.find("Voltage") != limiter.npos) return "V";
    return limiter == "SoC" ? "%" : "°C";
}

std::string rounded(double value, int decimals)
{
    const double scale = std::pow(10, decimals);
    return fmt::format("{}", std::round(value * scale) / scale + 0.0);
}

}  // namespace

std::string explain(std::string_view detail, std::optional<double> in_force)
{
    json::error_code error;
    const auto parsed = json::parse({detail.data(), detail.size()}, error);
    if (error || !parsed.is_object()) return {};
    const auto& object = parsed.get_object();
    const auto* name = object.if_contains("limiter");
    const auto limit = number(object, "limit");
    if (name == nullptr || !name->is_string() || !limit) return {};
    const std::string_view limiter{name->get_string().data(), name->get_string().size()};
    std::string text{limiter};
    const auto measured = number(object, "measured");
    if (measured) text += fmt::format(" {} {}", rounded(*measured, 3), unit(limiter));
    text += fmt::format(": {} A", rounded(*limit, 1));
    const auto low = number(object, "point_low"), high = number(object, "point_high");
    const auto low_limit = number(object, "limit_low"), high_limit = number(object, "limit_high");
    if (low && high && low_limit && high_limit) {
        text += fmt::format(", between {} {} = {} A and {} {} = {} A", rounded(*low, 3), unit(limiter),
                            rounded(*low_limit, 1), rounded(*high, 3), unit(limiter), rounded(*high_limit, 1));
    }
    if (in_force && std::abs(*in_force - *limit) >= 0.1) text += fmt::format("; now {} A", rounded(*in_force, 1));
    return text;
}

}  // namespace bmsd::cli
