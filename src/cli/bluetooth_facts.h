#pragma once
// What the kernel and BlueZ tell bmsd doctor of Bluetooth, seen from outside of the daemon: nothing is switched,
// connected or looked for.
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "util/loop.h"

namespace bmsd::cli {

struct RadioAdapter {
    std::string name;       // hci0
    bool in_bluez = false;  // else only the kernel has it
    bool powered = false;
};

/// What keeps radios off: a switch of the machine, or somebody's wish (rfkill).
struct RadioBlock {
    std::string name;   // what the kernel calls it: hci0, or the switch of a notebook
    bool hard = false;  // a switch; else rfkill unblock ends it
};

/// A battery of the configuration as one of the adapters knows it.
struct RadioDevice {
    std::string mac, adapter;  // upper case; hci0
    bool connected = false;
    std::optional<int> rssi{};  // dBm, while it is heard
};

struct BluetoothFacts {
    std::string problem{};  // why BlueZ tells nothing; empty: it does
    std::vector<RadioAdapter> adapters{};
    std::vector<RadioBlock> blocks{};
    std::vector<RadioDevice> devices{};
};

/// Only where the configuration has batteries over Bluetooth. Waits at most two seconds for BlueZ, which is on the bus
/// at `address`. `root` is "" or the folder of a tree that stands for "/".
BluetoothFacts look_at_bluetooth(RealLoop& loop, const std::string& address, const std::string& root,
                                 const config::Config& config);

}  // namespace bmsd::cli
