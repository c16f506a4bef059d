#pragma once
// Durations as people read them: "4h 18m". Source: core/soc-and-history.md section 6.
#include <cstdint>

#include "util/inline_text.h"

namespace bmsd {

using DurationText = InlineText<40>;

/// The biggest part and at most the next smaller one: "2h 3m"; "0s" for 0, "-" in front when negative.
DurationText short_duration(std::int64_t seconds);
/// All parts that are not 0: "1d 1h 1m 1s".
DurationText long_duration(std::int64_t seconds);

}  // namespace bmsd
