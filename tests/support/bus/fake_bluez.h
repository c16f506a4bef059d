#pragma once
// A stand-in for org.bluez with batteries in range, written from core/transports.md sections 2 and 5: the order of its
// replies and signals and its errors are those measured with the real one.
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "bms/language/protocol.h"
#include "bus/connection.h"
#include "link/serial.h"

namespace bmsd::test {

class FakeBluez {
  public:
    struct Characteristic {
        std::string uuid, service;  // short
        std::vector<std::string> flags;
        bool notifying = false;
        link::Fd pipe;  // of AcquireNotify
    };
    struct Battery {
        std::string mac, name;
        bms::Device* device = nullptr;  // what answers
        std::vector<Characteristic> characteristics;
        std::string adapter = "hci0";
        bool in_range = true;
        bool known = false;      // BlueZ has an object of it
        bool connected = false;  // and its services
        std::string refusal;     // "org.bluez.Error.Failed: text" that Connect is answered with
        bool silent = false;     // Connect is not answered at all
        bool deaf = false;       // writes are taken, nothing is notified
        int connects = 0, disconnects = 0;
        std::vector<std::string> writes;  // "ff02 command dda5..."
        std::vector<std::pair<std::string, Bytes>> values;
        Bytes pending;
    };

    FakeBluez(Loop& loop, std::string address);
    Battery& add(Battery battery);

    bool descriptors = true;     // AcquireNotify is offered
    bool tells_resolved = true;  // false: ServicesResolved can only be read
    bool powered = true;         // of hci0
    bool has_adapter = true;
    bool refuses = false;  // as a bus whose policy keeps its user from BlueZ
    int power_changes = 0;
    int most_at_once = 0;            // Connect calls not answered yet, over all batteries
    std::vector<std::string> calls;  // "Connect", "StartDiscovery", ...

    /// The link is lost from the other side.
    void drop(Battery& battery);
    void notify(Battery& battery, ByteView value);
    /// bluetoothd ends: its name goes, the connections with it.
    void end();
    void start();
    void remove_adapter();
    void add_adapter();

    int answer(sd_bus_message* call);

  private:
    std::string path_of(const Battery& battery) const;
    std::string path_of(const Battery& battery, const Characteristic& one) const;
    Battery* battery_at(const std::string& path);
    Characteristic* characteristic_at(Battery& battery, const std::string& path);
    int managed_objects(sd_bus_message* call);
    int answer_adapter(sd_bus_message* call, const std::string& member);
    int answer_device(sd_bus_message* call, Battery& battery, const std::string& member);
    int answer_characteristic(sd_bus_message* call, Battery& battery, Characteristic& one, const std::string& member);
    int connect(sd_bus_message* call, Battery& battery);
    int write(sd_bus_message* call, Battery& battery, Characteristic& one);
    int acquire(sd_bus_message* call, Characteristic& one);
    void device_object(sd_bus_message* message, const Battery& battery) const;
    void characteristic_object(sd_bus_message* message, const Battery& battery, const Characteristic& one) const;
    void adapter_object(sd_bus_message* message) const;
    void told_of_device(const Battery& battery);
    void told_of_services(const Battery& battery);
    void told_flag(const std::string& path, const char* interface, const char* property, bool on);
    void told_removed(const std::string& path, const char* interface);
    void hang_up(Battery& battery);
    int error(sd_bus_message* call, const std::string& text);

    Loop& loop_;
    std::string address_;
    std::unique_ptr<bus::Connection> bus_;
    bus::Slot object_, name_;
    std::list<Battery> batteries_;
    int open_connects_ = 0;
    std::vector<Wait> later_;
};

}  // namespace bmsd::test
