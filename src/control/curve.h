#pragma once
// Curves that give a current for a measured value. Source: core/charge-control.md section 8.1.
#include <optional>
#include <span>

#include "model/telemetry.h"

namespace bmsd::control {

/// How a curve is read between its points: on the line between them, or the output of the point below or above.
enum class Between { linear, lower, upper };

struct CurveValue {
    double value = 0;
    Number point_low, point_high;    // neighbouring points, absent beyond the ends
    Number output_low, output_high;  // their outputs

    bool operator==(const CurveValue&) const = default;
};

/// `points` rise or fall, equal neighbours make a step; outputs are `factors` x `scale`. Beyond the ends the output of
/// the end. Absent for lists that are no curve (empty, or of unequal length) and for an `x` that is no number.
std::optional<CurveValue> read_curve(std::span<const double> points, std::span<const double> factors, double scale,
                                     Between between, double x);

}  // namespace bmsd::control
