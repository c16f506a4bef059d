#pragma once
// A dbus-daemon of our own, in a temporary folder, that allows everything.
#include <sys/types.h>
#include <string>

#include "util/loop.h"

namespace bmsd::test {

class PrivateBus {
  public:
    /// `connections`: how many the bus takes; 0: as many as by default.
    explicit PrivateBus(unsigned connections = 0);
    ~PrivateBus();
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;

    const std::string& address() const { return address_; }
    /// An empty folder that goes with the bus.
    const std::string& folder() const { return folder_; }
    /// Kills the daemon; every connection is lost.
    void stop();
    /// At the same address.
    void start();
    /// The daemon reads nothing until it goes on.
    void pause();
    void go_on();

  private:
    std::string folder_, address_;
    pid_t pid_ = -1;
};

/// Runs the loop until `done()`; false after `seconds`. Waits for events, not for time.
bool run_until(RealLoop& loop, const std::function<bool()>& done, double seconds = 10);

}  // namespace bmsd::test
