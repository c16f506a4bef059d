#pragma once
// Current and SoC of another program's device instead of those of the BMS. Source: core/dbus.md section 7,
// core/lifecycle.md section 10.
#include <optional>

#include "bus/remote_items.h"
#include "config/config.h"
#include "model/telemetry.h"

namespace bmsd::venus {

class ExternalSensor {
  public:
    /// Absent: use what the BMS says.
    struct Reading {
        Number current;  // A, 3 decimals
        Number soc;      // %, 3 decimals

        bool operator==(const Reading&) const = default;
    };
    using Changed = std::function<void(const Reading& reading)>;

    /// Whether the configuration asks for one.
    static bool configured(const config::Config& config);
    /// `changed` is called with each change.
    ExternalSensor(bus::Connection& bus, const config::Config& config, Changed changed);

  private:
    void update();

    std::string device_;
    std::optional<std::size_t> current_index_, soc_index_;
    Changed changed_;
    Reading last_;
    bool attached_ = false;
    std::unique_ptr<bus::RemoteItems> items_;
};

}  // namespace bmsd::venus
