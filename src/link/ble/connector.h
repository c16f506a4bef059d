#pragma once
// How a connection to one Bluetooth battery comes about: adapter, device, connection, services, characteristics; one at
// a time an adapter. Source: core/transports.md sections 2.3, 2.4 and 5.
#include "bms/language/protocol.h"
#include "bms/language/radio.h"
#include "link/ble/bell.h"
#include "link/ble/bluez.h"

namespace bmsd::link {

/// Which device, by which adapter, and what it is.
struct BleTarget {
    const bms::Entry* entry;
    std::string mac;      // upper case
    std::string adapter;  // hci1; empty: the first that is powered
    std::string secret;
};

/// The paths of what a battery talks through.
struct GattPaths {
    std::string device, adapter;
    std::string notify, also_notify, write;  // empty: the type has none
};

class Connector {
  public:
    /// `bell` rings when what BlueZ knows changes.
    Connector(Loop& loop, Bluez& bluez, Bell& bell, const BleTarget& target)
        : loop_(loop), bluez_(bluez), bell_(bell), target_(target)
    {
    }

    /// The whole way. `gatt`: with which set of characteristics of the type to begin, afterwards the one that is there.
    /// An error leaves nothing half connected.
    Task<Result<GattPaths>> connect(std::size_t& gatt);
    /// The path of the device, where BlueZ knows it; empty: it does not.
    std::string known_device() const;

  private:
    Task<Result<std::string>> choose_adapter();
    Task<Result<std::string>> find(std::string adapter);
    Task<Result<std::string>> discover(std::string adapter);
    Task<Result<void>> link(std::string device);
    Task<Result<void>> resolve(std::string device);
    Result<GattPaths> characteristics(const std::string& device, std::size_t& gatt) const;
    std::string characteristic(const std::string& device, std::string_view uuid, std::string_view service,
                               std::initializer_list<std::string_view> flags) const;
    std::string known_device(const std::string& adapter) const;

    Loop& loop_;
    Bluez& bluez_;
    Bell& bell_;
    const BleTarget& target_;
    bool begun_ = false;  // the first connection of this process was tried
};

}  // namespace bmsd::link
