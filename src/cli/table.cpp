#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "cli/explain.h"
#include "cli/items.h"

namespace bmsd::cli {
namespace {

constexpr std::string_view unknown = "-";

enum class Colour { plain, dim, bold, green, yellow, red };

/// A path as an argument of a template.
struct Path {
    std::array<char, 32> text{};
    template <std::size_t size>
    constexpr Path(const char (&path)[size])  // NOLINT
    {
        std::copy_n(path, size, text.begin());
    }
};

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
    return sign ? fmt::format("{:+.{}f}{}", *read, decimals, unit) : fmt::format("{:.{}f}{}", *read, decimals, unit);
}

/// Columns that the character takes whose first byte in UTF-8 this is; its other bytes take none. Those of East Asia
/// (from U+3000 on) and pictures are two columns wide.
std::size_t room(char first)
{
    const auto byte = static_cast<unsigned char>(first);
    if ((byte & 0xC0) == 0x80) return 0;
    return (byte >= 0xE3 && byte <= 0xED) || byte >= 0xF0 ? 2 : 1;
}

std::size_t width_of(std::string_view text)
{
    std::size_t width = 0;
    for (const char c : text) width += room(c);
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
        text += paint(alarm ? Colour::red : Colour::yellow, (alarm ? "ALARM: " : "warning: ") + printable(name));
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

/// What most needs a person's eye: an alarm, a warning, a limit of 0, a battery that is away; else the SoC.
Colour state_colour(const Items& items)
{
    Colour colour = Colour::green;
    const auto soc = number(items, "/Soc");
    if (!soc) colour = Colour::dim;
    if (soc && *soc < 20) colour = Colour::yellow;
    for (const char* limit : {"/Info/MaxChargeCurrent", "/Info/MaxDischargeCurrent"})
        if (number(items, limit) == 0.0) colour = Colour::yellow;
    const auto raised = raised_alarms(items);
    if (!raised.empty()) colour = Colour::yellow;
    const bool alarm = std::ranges::any_of(raised, &RaisedAlarm::alarm);
    const bool away = number(items, "/System/NrOfModulesOnline") == 0.0;
    if (alarm || away || number(items, "/ErrorCode").value_or(0) > 0 || (soc && *soc < 10)) colour = Colour::red;
    return colour;
}

struct Column {
    std::string_view title;
    std::size_t width;
    std::string (*text)(const std::string& service, const Items& items);
    int importance;  // the least important ones go first where the line is too narrow
};

std::string name_column(const std::string& service, const Items& items)
{
    return printable(battery_name(service, items));
}

std::string cell_gap(const std::string&, const Items& items)
{
    const auto low = number(items, "/System/MinCellVoltage"), high = number(items, "/System/MaxCellVoltage");
    return low && high ? fmt::format("{:.0f}", (*high - *low) * 1000) : std::string(unknown);
}

template <Path path, int decimals, bool sign = false>
std::string number_column(const std::string&, const Items& items)
{
    return shown(items, path.text.data(), decimals, "", sign);
}

constexpr Column columns[]{
    {"BATTERY", 12, name_column, 99},
    {"V", 6, number_column<"/Dc/0/Voltage", 2>, 90},
    {"A", 6, number_column<"/Dc/0/Current", 1, true>, 91},
    {"SOC %", 5, number_column<"/Soc", 1>, 92},
    {"CELL MIN", 8, number_column<"/System/MinCellVoltage", 3>, 41},
    {"MAX", 5, number_column<"/System/MaxCellVoltage", 3>, 42},
    {"mV", 3, cell_gap, 30},
    {"°C", 3, number_column<"/Dc/0/Temperature", 0>, 40},
    {"CVL V", 5, number_column<"/Info/MaxChargeVoltage", 2>, 50},
    {"CCL A", 6, number_column<"/Info/MaxChargeCurrent", 1>, 60},
    {"DCL A", 6, number_column<"/Info/MaxDischargeCurrent", 1>, 61},
};

struct Layout {
    std::vector<const Column*> kept;
    std::size_t name_width = 12;
    bool all = true;  // no column was left out
};

Layout layout_for(std::size_t width)
{
    Layout layout;
    std::size_t used = 0;
    for (const Column& column : columns) {
        layout.kept.push_back(&column);
        used += column.width + 1;
    }
    while (used > width + 1 && layout.kept.size() > 2) {
        const auto least = std::ranges::min_element(layout.kept, {}, &Column::importance);
        used -= (*least)->width + 1;
        layout.kept.erase(least);
        layout.all = false;
    }
    constexpr std::size_t longest_name = 32, mark = 3;
    if (width > used + mark) layout.name_width += std::min(longest_name - layout.name_width, width - used - mark);
    return layout;
}

/// At most `width` characters; what is cut off leaves a mark.
std::string shortened(const std::string& text, std::size_t width);

std::string row(const Layout& layout, const std::function<std::string(const Column&)>& text)
{
    std::string line;
    for (const Column* column : layout.kept) {
        const bool first = column == &columns[0];
        if (!first) line += ' ';
        line += first ? fit(shortened(text(*column), layout.name_width), layout.name_width)
                      : fit(text(*column), column->width, true);
    }
    return line;
}

/// Every single cell with its number, several on a line; the balanced ones have a B.
void add_cells(std::vector<std::string>& lines, const Items& items, std::size_t width)
{
    constexpr std::size_t indent = 4, each = 12;
    const std::size_t most = std::max<std::size_t>(1, (std::max(width, indent) - indent) / each);
    std::string line;
    std::size_t on_line = 0;
    for (int cell = 1;; ++cell) {
        const std::string path = fmt::format("/Voltages/Cell{}", cell);
        if (!items.contains(path)) break;
        const bool balanced = number(items, fmt::format("/Balances/Cell{}", cell)).value_or(0) > 0;
        line += fit(fmt::format("{:>3} {}{}", cell, shown(items, path, 3, ""), balanced ? "B" : ""), each);
        if (++on_line < most) continue;
        lines.push_back(std::string(indent, ' ') + line);
        line.clear();
        on_line = 0;
    }
    if (!line.empty()) lines.push_back(std::string(indent, ' ') + line);
    if (!items.contains("/Voltages/Cell1"))
        lines.push_back("    no single cells on the bus: BATTERY_CELL_DATA_FORMAT = 1 publishes them");
}

std::vector<std::string> block(const std::string& service, const Items& items, const Painter& paint,
                               const Layout& layout, const TableStyle& style)
{
    std::vector<std::string> lines{
        paint(state_colour(items), row(layout, [&](const Column& column) { return column.text(service, items); }))};
    const auto line = [&](std::string_view label, const std::string& text) {
        if (!text.empty()) lines.push_back("    " + paint(Colour::dim, label) + text);
    };
    const std::string type = printable(words(items, "/Manufacturer")),
                      mode = printable(words(items, "/Info/ChargeMode"));
    line("", type + (type.empty() || mode.empty() ? "" : ", ") + mode);
    line("charge:    ", printable(limitation(items, "Charge")));
    line("discharge: ", printable(limitation(items, "Discharge")));
    const std::string connection = printable(words(items, "/ConnectionInformation"));
    std::string state = link_quality(items);
    if (!connection.empty() && connection != "Connected") state = connection + (state.empty() ? "" : "; " + state);
    line("", state);
    line("", alarms(items, paint));
    if (const auto code = number(items, "/ErrorCode"); code.value_or(0) > 0)
        line("", paint(Colour::red, *code == 119
                                        ? "ERROR 119: it runs with a configuration that has errors (bmsd config check)"
                                        : fmt::format("ERROR {}", *code)));
    if (service == style.cells_of) add_cells(lines, items, style.width);
    return lines;
}

/// Cuts a line to `width` columns and marks that; colour codes take no room and are kept.
std::string cut(const std::string& line, std::size_t width)
{
    std::size_t whole = 0;
    bool code = false;
    const auto counts = [&code](char c) {
        if (c == '\x1b') code = true;
        const std::size_t columns = code ? 0 : room(c);
        if (code && c == 'm') code = false;
        return columns;
    };
    for (const char c : line) whole += counts(c);
    if (whole <= width || width == 0) return line;
    std::string kept;
    std::size_t column = 0;
    bool marked = false;
    for (const char c : line) {
        const bool in_code = code || c == '\x1b';
        column += counts(c);
        if (in_code || column < width) kept += c;
        if (column >= width && !std::exchange(marked, marked || !in_code) && !in_code) kept += "…";
    }
    return kept;
}

std::string shortened(const std::string& text, std::size_t width)
{
    return cut(text, width);
}

/// Digits count as the number they are.
bool before(const std::string& a, const std::string& b)
{
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t i = 0, k = 0;
    while (i < a.size() && k < b.size()) {
        if (!digit(a[i]) || !digit(b[k])) {
            if (a[i] != b[k]) return a[i] < b[k];
            ++i, ++k;
            continue;
        }
        const auto number = [&](const std::string& text, std::size_t& at) {
            while (at + 1 < text.size() && text[at] == '0' && digit(text[at + 1])) ++at;
            const std::size_t begin = at;
            while (at < text.size() && digit(text[at])) ++at;
            return text.substr(begin, at - begin);
        };
        const std::string left = number(a, i), right = number(b, k);
        if (left.size() != right.size()) return left.size() < right.size();
        if (left != right) return left < right;
    }
    return a.size() - i != b.size() - k ? a.size() - i < b.size() - k : a < b;
}

}  // namespace

std::vector<std::string> in_order(const Services& services)
{
    std::vector<std::string> names;
    for (const auto& [service, items] : services) names.push_back(service);
    std::ranges::sort(names, before);
    return names;
}

std::string battery_meant_by(const Services& services, const std::string& text)
{
    if (text.empty()) return {};
    for (const auto& service : in_order(services))
        if (service.find(text) != service.npos || battery_name(service, services.at(service)).find(text) != text.npos)
            return service;
    return {};
}

std::vector<std::string> table_lines(const Services& services, const std::string& clock, const TableStyle& style,
                                     std::size_t* cells_at)
{
    const Painter paint(style.colour);
    const Layout layout = layout_for(style.width);
    std::vector<std::string> lines;
    lines.push_back(
        paint(Colour::bold, fmt::format("bmsd  {} batter{}  {}{}", services.size(), services.size() == 1 ? "y" : "ies",
                                        clock, layout.all ? "" : "  … columns left out: too narrow")));
    lines.push_back(paint(Colour::dim, row(layout, [](const Column& column) { return std::string(column.title); })));
    if (services.empty()) {
        lines.emplace_back("no battery on the bus");
        if (!style.nobody.empty()) lines.push_back(style.nobody);
    }
    for (const auto& service : in_order(services)) {
        if (cells_at != nullptr && service == style.cells_of) *cells_at = lines.size() - head_lines;
        for (auto& line : block(service, services.at(service), paint, layout, style)) lines.push_back(std::move(line));
    }
    for (auto& line : lines) line = cut(line, style.width);
    return lines;
}

std::string table(const Services& services, const std::string& clock, const TableStyle& style)
{
    std::string text;
    for (const auto& line : table_lines(services, clock, style)) text += line + "\n";
    return text;
}

std::vector<std::string> page(const std::vector<std::string>& lines, std::size_t rows, std::size_t& offset)
{
    if (lines.size() <= rows || rows < head_lines + 2) {
        offset = 0;
        return {lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(std::min(lines.size(), rows))};
    }
    const std::size_t room = rows - head_lines - 1, body = lines.size() - head_lines;
    offset = std::min(offset, body - room);
    const auto first = lines.begin() + static_cast<std::ptrdiff_t>(head_lines);
    const auto from = first + static_cast<std::ptrdiff_t>(offset);
    std::vector<std::string> shown(lines.begin(), first);
    shown.insert(shown.end(), from, from + static_cast<std::ptrdiff_t>(room));
    shown.push_back(fmt::format("{}-{} of {}: arrows scroll, q ends", offset + 1, offset + room, body));
    return shown;
}

}  // namespace bmsd::cli
