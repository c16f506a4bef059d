#include "control/curve.h"

#include <cmath>

namespace bmsd::control {

std::optional<CurveValue> read_curve(std::span<const double> points, std::span<const double> factors, double scale,
                                     Between between, double x)
{
    const std::size_t count = points.size();
    if (count == 0 || factors.size() != count || !std::isfinite(x)) return std::nullopt;
    const bool falling = points.front() > points.back();
    const auto at = [&](std::size_t i) { return falling ? count - 1 - i : i; };
    const auto point = [&](std::size_t i) { return points[at(i)]; };
    const auto output = [&](std::size_t i) { return factors[at(i)] * scale; };

    CurveValue out;
    if (x <= point(0)) {
        out.value = output(0);
        out.point_high = point(0);
        out.output_high = out.value;
        return out;
    }
    if (x >= point(count - 1)) {
        out.value = output(count - 1);
        out.point_low = point(count - 1);
        out.output_low = out.value;
        return out;
    }
    std::size_t i = count - 2;
    while (x < point(i)) --i;  // the segment after the last of equal points
    out.point_low = point(i);
    out.point_high = point(i + 1);
    out.output_low = output(i);
    out.output_high = output(i + 1);
    const double share = (x - point(i)) / (point(i + 1) - point(i));
    switch (between) {
        case Between::linear:
            out.value = *out.output_low + (*out.output_high - *out.output_low) * share;
            break;
        case Between::lower:
            out.value = *out.output_low;
            break;
        case Between::upper:
            out.value = *out.output_high;
            break;
    }
    return out;
}

}  // namespace bmsd::control
