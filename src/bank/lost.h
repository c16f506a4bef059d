#pragma once
// A battery that was lost may still be connected. Source: core/aggregation.md section 5.1.
#include "bank/values.h"
#include "config/config.h"

namespace bmsd::bank {

/// Sets `lost_full` and `lost_empty` from the last values.
void mark_lost(Member& member, const config::Config& config);

}  // namespace bmsd::bank
