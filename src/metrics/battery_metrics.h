#pragma once
// The table of what is told of a battery.
#include <span>

#include "metrics/exposition.h"

namespace bmsd::metrics {

/// Metric by metric over all batteries, as the format wants it.
void write_batteries(Writer& out, std::span<const Exposition::Line* const> lines);

/// Whether its values are of now: served, and not lost.
bool is_up(const Exposition::Line& line);

}  // namespace bmsd::metrics
