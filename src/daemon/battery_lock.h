#pragma once
// One battery, one process: a locked file for each. Source: core/lifecycle.md section 6.
#include <string>

#include "link/serial.h"
#include "util/result.h"

namespace bmsd::daemon {

/// Held as long as it lives; the file goes with it. One that is empty holds nothing.
class BatteryLock {
  public:
    BatteryLock() = default;
    BatteryLock(BatteryLock&&) = default;
    BatteryLock& operator=(BatteryLock&&) = default;
    BatteryLock(const BatteryLock&) = delete;
    BatteryLock& operator=(const BatteryLock&) = delete;
    ~BatteryLock();

    /// Of the battery with this id; `content` is for people. An error: another process has it. Where the file cannot be
    /// written the lock is empty, with a warning in the log.
    static Result<BatteryLock> take(const std::string& folder, const std::string& id, const std::string& content);

  private:
    std::string file_;
    link::Fd fd_;
};

}  // namespace bmsd::daemon
