#include "cli/table.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "cli/explain.h"
#include "cli/items.h"

namespace bmsd::cli {
namespace {

constexpr std::string_view unknown = "-";

enum class Colour { plain, dim, bold, green, yellow, red };

class Painter {
  public:
    explicit Painter(bool on) : on_(on) {}
    std::string operator()(Colour colour, std::string_view text) const
    {
        static constexpr std::array<std::string_view, 6> codes{"",         "\x1b[2m",  "\x1b[1m",
                                                               "\x1b[32m", "\x1b[33m", "\x1b[31m"};
        if (!on_ || colour == Colour::plain) return std::string(text);
        return fmt::format("{}{}\x1b[0m", codes[static_cast<std::size_t>(colour)], text);
    }

  private:
    bool on_;
};

std::string shown(const Items& items, std::string_view path, int decimals, std::string_view unit, bool sign = false)
{
    const auto read = number(items, path);
    if (!read) return std::string(unknown);
    return sign ? fmt::format("{:+.{}f} {}", *read, decimals, unit) : fmt::format("{:.{}f} {}", *read, decimals, unit);
}

std::string cells(const Items& items)
{
    const auto low = number(items, "/System/MinCellVoltage"), high = number(items, "/System/MaxCellVoltage");
    if (!low || !high) return std::string(unknown);
    return fmt::format("{:.3f} / {:.3f} V ({:.0f} mV)", *low, *high, (*high - *low) * 1000);
}

/// Characters on the screen: UTF-8 continuation bytes take no room.
std::size_t width_of(std::string_view text)
{
    std::size_t width = 0;
    for (const char c : text)
        if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++width;
    return width;
}

std::string fit(std::string text, std::size_t width, bool right = false)
{
    const std::size_t wide = width_of(text);
    if (wide >= width) return text;
    const std::string blanks(width - wide, ' ');
    return right ? blanks + text : text + blanks;
}

/// Why the limit of a direction ("Charge", "Discharge") is what it is; the text of the contract when its numbers are
/// not there.
std::string limitation(const Items& items, std::string_view direction)
{
    const auto text = explain(words(items, fmt::format("/Info/{}LimitationDetail", direction)),
                              number(items, fmt::format("/Info/Max{}Current", direction)));
    return text.empty() ? words(items, fmt::format("/Info/{}Limitation", direction)) : text;
}

std::string alarms(const Items& items, const Painter& paint)
{
    std::string text;
    for (const auto& [name, alarm] : raised_alarms(items)) {
        if (!text.empty()) text += "  ";
        text += paint(alarm ? Colour::red : Colour::yellow, (alarm ? "ALARM: " : "warning: ") + name);
    }
    return text;
}

std::string link_quality(const Items& items)
{
    const auto link = link_counts(items);
    if (!link || link->asked == 0) return {};
    std::string text = fmt::format("link {:.1f} % of {:.0f}",
                                   100 * (link->asked - link->silent - link->refused) / link->asked, link->asked);
    if (link->silent > 0) text += fmt::format(", {:.0f} silent", link->silent);
    if (link->refused > 0) text += fmt::format(", {:.0f} refused", link->refused);
    if (const auto cycle = number(items, "/Info/Link/CycleTime"))
        text += fmt::format(", {:.0f} ms a cycle", *cycle * 1000);
    if (const auto back = number(items, "/Info/Link/Reconnects"); back.value_or(0) > 0)
        text += fmt::format(", {:.0f} reconnects", *back);
    return text;
}

Colour soc_colour(std::optional<double> soc)
{
    if (!soc) return Colour::dim;
    return *soc < 10 ? Colour::red : *soc < 20 ? Colour::yellow : Colour::green;
}

constexpr std::array<std::size_t, 10> widths{16, 14, 8, 8, 7, 26, 6, 8, 8, 8};

std::string row(const std::array<std::string, 10>& columns)
{
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        line += fit(columns[i], widths[i], i > 1);
        line += ' ';
    }
    return line;
}

std::vector<std::string> block(const std::string& service, const Items& items, const Painter& paint)
{
    const auto soc = number(items, "/Soc");
    std::string first =
        row({battery_name(service, items), words(items, "/Manufacturer"), shown(items, "/Dc/0/Voltage", 2, "V"),
             shown(items, "/Dc/0/Current", 1, "A", true), shown(items, "/Soc", 1, "%"), cells(items),
             shown(items, "/Dc/0/Temperature", 0, "°C"), shown(items, "/Info/MaxChargeVoltage", 2, "V"),
             shown(items, "/Info/MaxChargeCurrent", 1, "A"), shown(items, "/Info/MaxDischargeCurrent", 1, "A")});
    std::vector<std::string> lines{paint(soc_colour(soc), first)};
    const auto line = [&](std::string_view label, const std::string& text) {
        if (!text.empty()) lines.push_back("    " + paint(Colour::dim, label) + text);
    };
    line("", words(items, "/Info/ChargeMode"));
    line("charge:    ", limitation(items, "Charge"));
    line("discharge: ", limitation(items, "Discharge"));
    const std::string connection = words(items, "/ConnectionInformation");
    std::string state = link_quality(items);
    if (!connection.empty() && connection != "Connected") state = connection + (state.empty() ? "" : "; " + state);
    line("", state);
    line("", alarms(items, paint));
    return lines;
}

/// Cuts a line to `width` columns; colour codes take no room and are kept.
std::string cut(const std::string& line, std::size_t width)
{
    std::string kept;
    std::size_t column = 0;
    bool code = false;
    for (const char c : line) {
        const bool continuation = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
        if (c == '\x1b') code = true;
        if (code || continuation || column < width) kept += c;
        if (!code && !continuation) ++column;
        if (code && c == 'm') code = false;
    }
    return kept;
}

}  // namespace

std::string table(const std::map<std::string, Items>& services, const std::string& clock, TableStyle style)
{
    const Painter paint(style.colour);
    std::vector<std::string> lines;
    lines.push_back(paint(Colour::bold, fmt::format("bmsd  {} batter{}  {}", services.size(),
                                                    services.size() == 1 ? "y" : "ies", clock)));
    lines.push_back(paint(Colour::dim, row({"BATTERY", "TYPE", "VOLTAGE", "CURRENT", "SOC", "CELLS min / max (diff)",
                                            "TEMP", "CVL", "CCL", "DCL"})));
    if (services.empty()) lines.emplace_back("no battery on the bus");
    for (const auto& [service, items] : services) {
        for (auto& line : block(service, items, paint)) lines.push_back(std::move(line));
    }
    std::string text;
    for (const auto& line : lines) text += cut(line, style.width) + "\n";
    return text;
}

}  // namespace bmsd::cli
