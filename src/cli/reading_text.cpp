#include "cli/reading_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cmath>

#include "cli/items.h"
#include "model/json.h"

namespace bmsd::cli {
namespace {

namespace json = boost::json;

/// Of a member of the model, by its name.
std::string_view unit_of(std::string_view name)
{
    struct Unit {
        std::string_view ending, unit;
    };
    static constexpr Unit units[]{
        {"voltage", " V"},   {"voltages", " V"},     {"current", " A"},       {"soc", " %"},      {"soh", " %"},
        {"capacity", " Ah"}, {"remaining", " Ah"},   {"drawn", " Ah"},        {"charged", " Ah"}, {"discharge", " Ah"},
        {"energy", " kWh"},  {"temperature", " °C"}, {"temperatures", " °C"}, {"mosfet", " °C"},  {"ambient", " °C"},
        {"start", " °C"},    {"stop", " °C"},        {"power", " W"},
    };
    const auto found = std::ranges::find_if(units, [&](const Unit& unit) { return name.ends_with(unit.ending); });
    return found == std::end(units) ? "" : found->unit;
}

std::string scalar(const json::value& value, std::string_view unit)
{
    constexpr double decimals = 10000;
    if (value.is_null()) return "-";
    if (value.is_bool()) return value.get_bool() ? "yes" : "no";
    if (value.is_string()) return printable(std::string_view(value.get_string()));
    if (value.is_double()) return fmt::format("{}{}", std::round(value.get_double() * decimals) / decimals + 0.0, unit);
    return to_text(value) + std::string(unit);
}

std::string label_of(std::string_view name)
{
    std::string label(name);
    std::ranges::replace(label, '_', ' ');
    return label;
}

class Writer {
  public:
    explicit Writer(std::size_t width) : width_(width) {}

    void add(std::string_view name, const json::value& value)
    {
        if (const auto* list = value.if_array()) return add_list(name, *list);
        if (name == "alarms") return add_alarms(value.get_object());
        if (const auto* object = value.if_object()) {  // sensors, history
            for (const auto& [member, number] : *object) {
                const std::string full =
                    fmt::format("{} {}", name == "temperatures" ? "temperature" : name, std::string_view(member));
                line(label_of(full), scalar(number, unit_of(name == "temperatures" ? name : std::string_view(member))));
            }
            return;
        }
        line(label_of(name), scalar(value, unit_of(name)));
    }

    std::string text;

  private:
    static constexpr std::size_t label_width = 28, item_width = 12;

    void line(std::string_view label, std::string_view value)
    {
        text += fmt::format("{:<{}} {}\n", label, label_width, value);
    }

    /// Numbered, as many on a line as fit; flags as the numbers of those that are set.
    void add_list(std::string_view name, const json::array& list)
    {
        const std::string label =
            fmt::format("{}{}", label_of(name), unit_of(name).empty() ? "" : ",") + std::string(unit_of(name));
        if (!list.empty() && std::ranges::any_of(list, &json::value::is_bool)) {
            std::vector<std::size_t> set;
            for (std::size_t i = 0; i < list.size(); ++i)
                if (list[i].is_bool() && list[i].get_bool()) set.push_back(i + 1);
            return line(label, set.empty() ? "none" : fmt::format("{}", fmt::join(set, ", ")));
        }
        const std::size_t room = width_ > label_width + item_width ? width_ - label_width : item_width;
        std::string items;
        for (std::size_t i = 0; i < list.size(); ++i) {
            items += fmt::format("{:<{}}", fmt::format("{:>2}: {}", i + 1, scalar(list[i], "")), item_width);
            if ((i + 1) % std::max<std::size_t>(1, room / item_width) != 0 && i + 1 < list.size()) continue;
            items.erase(items.find_last_not_of(' ') + 1);
            line(i < room / item_width ? label : "", items);
            items.clear();
        }
    }

    void add_alarms(const json::object& levels)
    {
        std::string raised;
        for (const auto& [name, level] : levels) {
            const auto number = level.is_number() ? level.to_number<double>() : 0;
            if (number < 1) continue;
            raised += fmt::format("{}{}: {}", raised.empty() ? "" : ", ", number < 2 ? "warning" : "ALARM",
                                  label_of(std::string_view(name)));
        }
        line("alarms", raised.empty() ? fmt::format("none of {}", levels.size()) : raised);
    }

    std::size_t width_;
};

}  // namespace

std::string reading_text(const Reading& reading, std::size_t width)
{
    Writer writer(width);
    for (const auto& [name, value] : to_json(reading)) writer.add(name, value);
    return writer.text;
}

}  // namespace bmsd::cli
