#pragma once
// What several sub-commands need.
#include "config/config.h"
#include "util/loop.h"
#include "util/result.h"
#include "util/task.h"

namespace bmsd::cli {

/// Runs the loop until `task` has ended or `longest` is over; true = it ended.
bool run_task(RealLoop& loop, Task<void> task, Duration longest);

/// Whether this user may talk on the port now: an error says that there is none, that the right is missing and how to
/// get it, or who uses it. Simulated ports ("sim:TYPE") and Bluetooth entries are always usable.
Result<void> look_at_port(const std::string& name);

/// Whether a file may be written at `path`: nothing is there, or a regular file that begins with `beginning`, so one
/// that this program wrote before.
Result<void> may_write(const std::string& path, std::string_view beginning);

}  // namespace bmsd::cli
