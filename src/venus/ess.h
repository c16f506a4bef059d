#pragma once
// The settings of the energy storage system that say how far the battery is discharged. Source: core/dbus.md
// section 4.9.
#include "control/input.h"
#include "venus/remote_items.h"

namespace bmsd::venus {

class Ess {
  public:
    using Changed = std::function<void(const control::EssSettings& settings)>;

    /// `changed` is called with each change. They are absent where no such system is, which is no error.
    Ess(Bus& bus, Changed changed);

  private:
    Changed changed_;
    RemoteItems items_;
};

}  // namespace bmsd::venus
