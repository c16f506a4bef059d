#pragma once
// What several sub-commands need.
#include "config/config.h"
#include "util/loop.h"
#include "util/task.h"

namespace bmsd::cli {

/// Runs the loop until `task` has ended or `longest` is over; true = it ended.
bool run_task(RealLoop& loop, Task<void> task, Duration longest);

}  // namespace bmsd::cli
