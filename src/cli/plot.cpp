#include "cli/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace bmsd::cli {
namespace {

using Get = std::optional<double> PlotPoint::*;

struct Curve {
    Get value;
    std::string_view name, colour;
    bool limit = false;     // drawn dashed
    bool negative = false;  // DCL points down
};

struct Panel {
    std::string_view title, unit;
    std::vector<Curve> curves;
    bool with_zero = false;
};

constexpr double width = 960, left = 64, right = 16, panel_height = 170, gap = 34, top = 40;
constexpr double plot_width = width - left - right;

const std::array<Panel, 3>& panels()
{
    static const std::array<Panel, 3> all{
        Panel{"Voltage", "V", {{&PlotPoint::cvl, "CVL", "#c0392b", true}, {&PlotPoint::voltage, "battery", "#2c3e50"}}},
        Panel{"Cells",
              "V",
              {{&PlotPoint::highest_cell, "highest", "#d35400"}, {&PlotPoint::lowest_cell, "lowest", "#2980b9"}}},
        Panel{"Current",
              "A",
              {{&PlotPoint::ccl, "CCL", "#c0392b", true},
               {&PlotPoint::dcl, "DCL", "#8e44ad", true, true},
               {&PlotPoint::current, "current", "#2c3e50"}},
              true},
    };
    return all;
}

struct Range {
    double least = 0, most = 1;
    double share(double value) const { return (value - least) / (most - least); }
};

double signed_value(const Curve& curve, double value)
{
    return curve.negative ? -value : value;
}

Range range_of(const std::vector<PlotPoint>& points, const Panel& panel)
{
    double least = panel.with_zero ? 0 : 1e9, most = panel.with_zero ? 0 : -1e9;
    for (const PlotPoint& point : points) {
        for (const Curve& curve : panel.curves) {
            if (!(point.*curve.value)) continue;
            least = std::min(least, signed_value(curve, *(point.*curve.value)));
            most = std::max(most, signed_value(curve, *(point.*curve.value)));
        }
    }
    if (least > most) return {};
    const double margin = std::max((most - least) * 0.06, 0.005);
    return {least - margin, most + margin};
}

/// A step of 1, 2 or 5 times a power of ten that divides `span` into about `count`.
double tick_step(double span, int count)
{
    const double rough = span / count, power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= rough) return factor * power;
    return 10 * power;
}

double time_step(double span)
{
    for (const double step : {1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0})
        if (span / step <= 12) return step;
    return 86400;
}

std::string time_text(double t)
{
    const auto seconds = static_cast<long>(t);
    if (seconds % 60 != 0) return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    return fmt::format("{}:{:02}", seconds / 3600, seconds / 60 % 60);
}

/// One curve. Of a stretch that stays level only both ends are drawn, of many points on one pixel one.
std::string path_of(const std::vector<PlotPoint>& points, const Curve& curve, const Range& range, Range time, double y)
{
    std::string path, level, skipped;  // the height of the last point, and that point while it is not drawn
    const std::size_t stride = std::max<std::size_t>(1, points.size() / static_cast<std::size_t>(plot_width * 2));
    for (std::size_t i = 0; i < points.size(); i += stride) {
        const auto& value = points[i].*curve.value;
        if (!value) {
            path += std::exchange(skipped, {});
            level.clear();
            continue;
        }
        const std::string height =
            fmt::format("{:.1f}", y + panel_height * (1 - range.share(signed_value(curve, *value))));
        const std::string point = fmt::format("{:.1f} {}", left + plot_width * time.share(points[i].t), height);
        if (level == height) {
            skipped = "L" + point;
            continue;
        }
        path += std::exchange(skipped, {}) + (level.empty() ? "M" : "L") + point;
        level = height;
    }
    return path + skipped;
}

std::string grid(const Range& range, Range time, double y)
{
    std::string svg = fmt::format("<rect x='{}' y='{}' width='{}' height='{}' fill='none' stroke='#bbb'/>\n", left, y,
                                  plot_width, panel_height);
    const double step = tick_step(range.most - range.least, 5);
    for (double value = std::ceil(range.least / step) * step; value <= range.most; value += step) {
        const double at = y + panel_height * (1 - range.share(value));
        svg += fmt::format("<line x1='{}' x2='{}' y1='{:.1f}' y2='{:.1f}' stroke='#eee'/>", left, left + plot_width, at,
                           at);
        svg += fmt::format("<text x='{}' y='{:.1f}' text-anchor='end'>{:.{}f}</text>\n", left - 6, at + 4, value,
                           step < 0.01  ? 3
                           : step < 0.1 ? 2
                           : step < 1   ? 1
                                        : 0);
    }
    const double hours = time_step(time.most - time.least);
    for (double t = std::ceil(time.least / hours) * hours; t <= time.most; t += hours) {
        const double at = left + plot_width * time.share(t);
        svg +=
            fmt::format("<line x1='{:.1f}' x2='{:.1f}' y1='{}' y2='{}' stroke='#eee'/>\n", at, at, y, y + panel_height);
    }
    return svg;
}

std::string panel_of(const std::vector<PlotPoint>& points, const Panel& panel, Range time, double y)
{
    const Range range = range_of(points, panel);
    std::string svg = grid(range, time, y);
    double legend = left + 8;
    svg += fmt::format("<text x='{}' y='{}' font-weight='bold'>{} ({})</text>\n", left, y - 6, panel.title, panel.unit);
    legend += 110;
    for (const Curve& curve : panel.curves) {
        svg += fmt::format("<path d='{}' fill='none' stroke='{}' stroke-width='1.6'{}/>\n",
                           path_of(points, curve, range, time, y), curve.colour,
                           curve.limit ? " stroke-dasharray='6 3'" : "");
        svg += fmt::format("<text x='{}' y='{}' fill='{}'>{}</text>\n", legend, y - 6, curve.colour, curve.name);
        legend += 80;
    }
    return svg;
}

std::string stem(const std::string& mode)
{
    const auto end = mode.find_first_of("(+&\xE2");
    std::string text = mode.substr(0, end);
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

std::string_view colour_of(const std::string& mode)
{
    if (mode.starts_with("Bulk")) return "#aed6f1";
    if (mode.starts_with("Absorption")) return "#f9e79f";
    if (mode.starts_with("Float T")) return "#d5f5e3";
    if (mode.starts_with("Float")) return "#82e0aa";
    return "#e6b0aa";
}

/// A band of the charge modes with their names where there is room.
std::string modes(const std::vector<PlotPoint>& points, Range time, double y)
{
    std::string svg;
    for (std::size_t begin = 0; begin < points.size();) {
        const std::string mode = stem(points[begin].mode);
        std::size_t end = begin;
        while (end < points.size() && stem(points[end].mode) == mode) ++end;
        const double from = left + plot_width * time.share(points[begin].t);
        const double to = left + plot_width * time.share(points[std::min(end, points.size() - 1)].t);
        svg += fmt::format("<rect x='{:.1f}' y='{}' width='{:.1f}' height='20' fill='{}'/>", from, y,
                           std::max(to - from, 0.5), colour_of(mode));
        if (to - from > 7.0 * static_cast<double>(mode.size()))
            svg += fmt::format("<text x='{:.1f}' y='{}'>{}</text>", from + 4, y + 14, mode);
        svg += "\n";
        begin = end;
    }
    return svg;
}

std::string time_axis(Range time, double y)
{
    std::string svg;
    const double step = time_step(time.most - time.least);
    for (double t = std::ceil(time.least / step) * step; t <= time.most; t += step)
        svg += fmt::format("<text x='{:.1f}' y='{}' text-anchor='middle'>{}</text>\n",
                           left + plot_width * time.share(t), y, time_text(t));
    return svg;
}

std::string escaped(const std::string& text)
{
    std::string safe;
    for (const char c : text) safe += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    return safe;
}

}  // namespace

std::string draw(const std::vector<PlotPoint>& points, const std::string& title)
{
    Range time{0, 1};
    if (!points.empty()) time = {points.front().t, std::max(points.back().t, points.front().t + 1)};
    double y = top + 20;
    std::string body;
    for (const Panel& panel : panels()) {
        body += panel_of(points, panel, time, y);
        y += panel_height + gap;
    }
    body += modes(points, time, y - 20);
    body += time_axis(time, y + 18);
    return fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {} {}' font-family='sans-serif' font-size='12'>\n"
        "<rect width='100%' height='100%' fill='white'/>\n"
        "<text x='{}' y='24' font-size='16' font-weight='bold'>{}</text>\n{}</svg>\n",
        width, y + 30, left, escaped(title), body);
}

}  // namespace bmsd::cli
