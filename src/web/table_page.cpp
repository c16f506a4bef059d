// The page without scripts: everything that is known of each battery, as tables. It asks for itself anew.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <cmath>

#include "web/battery_json.h"
#include "web/page.h"

namespace bmsd::web {
namespace {

namespace json = boost::json;

constexpr int again_after = 10;  // s

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

void row(std::string& out, std::string_view name, std::string_view value)
{
    out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", name, escaped(value));
}

constexpr std::string_view unknown = "\u2013";

/// A dash for what is not known.
std::string number(const json::object& from, std::string_view name, int decimals, std::string_view unit)
{
    const auto* value = from.if_contains(name);
    if (value == nullptr || !value->is_number()) return std::string(unknown);
    return fmt::format("{:.{}f} {}", value->to_number<double>(), decimals, unit);
}

std::string text(const json::object& from, std::string_view name)
{
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string alarms(const json::object& state)
{
    std::string out;
    const auto* all = state.if_contains("alarms");
    if (all == nullptr) return std::string(unknown);
    for (const auto& [name, level] : all->get_object())
        if (level.to_number<int>() > 0)
            out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", std::string(name),
                               level.to_number<int>() > 1 ? "alarm" : "warning");
    return out.empty() ? "none" : out;
}

/// 100 only when it is full.
std::string soc(const json::object& state)
{
    const auto* value = state.if_contains("soc");
    if (value == nullptr || !value->is_number()) return std::string(unknown);
    return fmt::format("{:.1f} %", std::floor(value->to_number<double>() * 10) / 10);
}

std::string limit(const json::object& state, std::string_view value, std::string_view unit, std::string_view why)
{
    return number(state, value, value == "cvl" ? 2 : 1, unit) + " \u2013 " + text(state, why);
}

void measured(std::string& out, const json::object& state)
{
    row(out, "State of charge", soc(state));
    row(out, "Voltage", number(state, "voltage", 2, "V"));
    row(out, "Current", number(state, "current", 1, "A"));
    row(out, "Power", number(state, "power", 0, "W"));
    row(out, "Remaining", number(state, "capacity_remaining", 1, "Ah"));
    row(out, "Temperature", number(state, "temperature", 1, "\u00b0C"));
    row(out, "Lowest cell", number(state, "cell_min", 3, "V"));
    row(out, "Highest cell", number(state, "cell_max", 3, "V"));
    row(out, "Difference", number(state, "cell_delta", 3, "V"));
}

void cells(std::string& out, const json::object& battery)
{
    const auto* volts = battery.at("cells").get_object().if_contains("voltages");
    if (volts == nullptr || volts->get_object().empty()) return;
    out += "<table><tr><th scope=\"col\">Cell</th><th scope=\"col\">V</th></tr>\n";
    for (const auto& [name, value] : volts->get_object())
        row(out, std::string(name), fmt::format("{:.3f}", value.to_number<double>()));
    out += "</table>\n";
}

void battery(std::string& out, const json::object& one)
{
    const auto& state = one.at("state").get_object();
    const bool online = state.at("online").get_bool();
    out +=
        fmt::format("<section class=\"panel\"><h2>{}</h2>\n<div class=\"table\"><table>\n", escaped(text(one, "name")));
    row(out, "Values",
        fmt::format("{}, {} old", online ? "present" : "lost since " + text(state, "last_seen"),
                    number(state, "age", 0, "s")));
    if (online) measured(out, state);
    row(out, "Charge voltage (CVL)", limit(state, "cvl", "V", "charge_mode_text"));
    row(out, "Charge current (CCL)", limit(state, "ccl", "A", "charge_limit_text"));
    row(out, "Discharge current (DCL)", limit(state, "dcl", "A", "discharge_limit_text"));
    row(out, "Alarms", alarms(state));
    out += "</table>\n";
    cells(out, one);
    out += "</div></section>\n";
}

}  // namespace

std::string table_page(const std::vector<site::Change>& batteries, double wall, std::string_view style)
{
    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"en\" data-theme=\"auto\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta http-equiv=\"refresh\" content=\"{}\"><title>bmsd</title>"
        "<link rel=\"stylesheet\" href=\"{}\"></head>\n<body><main>\n<h1>bmsd</h1>\n"
        "<p>All batteries, read anew every {} s. <a href=\"./\">The page with scripts</a></p>\n",
        again_after, style, again_after);
    if (batteries.empty()) out += "<p>No battery is there yet.</p>\n";
    for (const auto& change : batteries) battery(out, battery_json(*change.who, *change.now, wall));
    return out + "</main></body></html>\n";
}

}  // namespace bmsd::web
