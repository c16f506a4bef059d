#pragma once
// The settings of the energy storage system that say how far the battery is discharged. Source: core/dbus.md
// section 4.9.
#include "bus/remote_items.h"
#include "control/input.h"

namespace bmsd::venus {

class Ess {
  public:
    using Changed = std::function<void(const control::EssSettings& settings)>;

    /// `changed` is called with each change. They are absent where no such system is, which is no error.
    Ess(bus::Connection& bus, Changed changed);

  private:
    Changed changed_;
    bus::RemoteItems items_;
};

}  // namespace bmsd::venus
