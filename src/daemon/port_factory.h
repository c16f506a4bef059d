#pragma once
// A port by the name a user gives: a serial path, or sim:TYPE for a simulated battery.
#include <memory>
#include <string>

#include "link/ble/bluez.h"
#include "link/port.h"
#include "util/loop.h"

namespace bmsd::sim {
class Simulation;
}

namespace bmsd::daemon {

/// A port, and the simulation behind it where there is one; the port goes first.
struct MadePort {
    MadePort();
    MadePort(MadePort&&) noexcept;
    MadePort& operator=(MadePort&&) noexcept;
    ~MadePort();

    std::unique_ptr<sim::Simulation> simulation;
    std::unique_ptr<link::Port> port;
};

/// What all Bluetooth ports share.
struct Bluetooth {
    bool restart_adapters = false;         // BLUETOOTH_FORCE_RESET_BLE_STACK
    std::shared_ptr<link::Bluez> bluez{};  // made with the first port
};

/// `sim:TYPE`, also `sim:TYPE,soc=90,cells=8,...` (docs/simulate.md); an entry of BLUETOOTH_BMS, with
/// `bluetooth`; anything else is the path of a serial port.
Result<MadePort> make_port(Loop& loop, const std::string& name, Bluetooth* bluetooth = nullptr);

}  // namespace bmsd::daemon
