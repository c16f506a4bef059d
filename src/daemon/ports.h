#pragma once
// The serial ports of the machine, as they come and go. Watches the device folder; nothing is polled.
#include <functional>
#include <set>
#include <string>

#include "link/serial.h"
#include "util/loop.h"

namespace bmsd::daemon {

/// Whether a name in the device folder is a serial adapter that may carry a battery (ttyUSB, ttyACM, ttyAMA, ttyXRUSB).
bool is_adapter(std::string_view name);

class PortWatch {
  public:
    using Appeared = std::function<void(const std::string& path)>;

    /// `folder` is /dev, or another one in tests. `appeared` is called for every adapter that is there at the start
    /// (from the loop) and for each that comes.
    PortWatch(Loop& loop, std::string folder, Appeared appeared);
    PortWatch(const PortWatch&) = delete;
    PortWatch& operator=(const PortWatch&) = delete;

    /// The adapters there now, sorted.
    std::set<std::string> present() const;

  private:
    void on_events();

    std::string folder_;
    Appeared appeared_;
    link::Fd inotify_;
    Wait wait_;
};

}  // namespace bmsd::daemon
