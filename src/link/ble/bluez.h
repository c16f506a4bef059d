#pragma once
// What BlueZ knows, followed over D-Bus: adapters, devices, characteristics; and calls to it. One connection for all
// Bluetooth links of the process, opened again when it is lost. Source: core/transports.md sections 2.2 and 5.
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/connection.h"
#include "util/bytes.h"
#include "util/later.h"
#include "util/task.h"

namespace bmsd::link {

/// The system bus, where BlueZ is.
std::string system_bus_address();

class Bluez {
  public:
    struct Adapter {
        bool powered = false, discovering = false;
        bool taken = false;  // somebody connects or looks around with it: one at a time
        std::optional<Instant> restarted;
    };
    struct Device {
        std::string adapter, address, name;  // name: empty: none
        std::optional<int> rssi;             // dBm, while it is heard
        bool connected = false, resolved = false;
        std::vector<std::string> uuids;  // of its services
        std::map<std::uint16_t, Bytes> maker_data;
    };
    struct Characteristic {
        std::string uuid, service;  // UUID; path
        std::vector<std::string> flags;
        unsigned mtu = 0;  // 0: not told
        bool can(std::string_view flag) const;
    };
    template <class T>
    using Objects = std::map<std::string, T>;  // by path

    Bluez(Loop& loop, std::string address);
    Bluez(const Bluez&) = delete;
    Bluez& operator=(const Bluez&) = delete;
    ~Bluez();

    /// bluetoothd is there and has told what it knows.
    bool running() const { return listed_; }
    /// Why it is not.
    const std::string& problem() const { return problem_; }
    Objects<Adapter>& adapters() { return adapters_; }
    const Objects<Device>& devices() const { return devices_; }
    const Objects<Characteristic>& characteristics() const { return characteristics_; }
    /// The UUID of a service by its path; empty: unknown.
    const std::string& service(const std::string& path) const;
    Device* device(const std::string& path);

    /// Told after each change of what is known, until the Subscription goes.
    class Subscription;
    [[nodiscard]] Subscription subscribe(std::function<void()> changed);
    /// Told each notification of a characteristic.
    [[nodiscard]] Subscription listen(const std::string& characteristic, std::function<void(ByteView value)> heard);

    /// A method call; null while there is no bus.
    bus::Message message(const std::string& path, const char* interface, const char* member);
    /// The answer, or "error name: text". BlueZ is never started by it.
    Task<Result<bus::Message>> call(bus::Message message, Duration limit = std::chrono::seconds(5));
    /// The same where nobody waits for the answer.
    void send(bus::Message message);
    Task<Result<void>> set_powered(std::string adapter, bool on);
    /// Reads `device` again: a change may have no signal.
    Task<void> refresh(std::string device);
    /// Reads everything again: characteristics of an earlier connection may still stand there.
    Task<Result<void>> list();

  private:
    struct Listener;
    class Pending;
    using Answer = Later<Result<bus::Message>>;
    using Listeners = std::list<Listener*>;

    void open();
    void lost(const std::string& reason);
    void owner_changed(const std::string& owner);
    void listen_to_signals();
    void take_objects(sd_bus_message* reply);
    void take_interfaces(sd_bus_message* message, const std::string& path);
    void take_properties(sd_bus_message* message, const std::string& path, std::string_view interface);
    void added(sd_bus_message* message);
    void removed(sd_bus_message* message);
    void changed(sd_bus_message* message);
    void forget_all();
    void tell();

    Loop& loop_;
    std::string address_, problem_ = "no answer from BlueZ yet";
    std::unique_ptr<bus::Connection> bus_;
    std::unique_ptr<bus::NameWatch> owner_;
    bus::Slot added_, removed_, changed_, first_list_;
    bool listed_ = false;
    Objects<Adapter> adapters_;
    Objects<Device> devices_;
    Objects<std::string> services_;
    Objects<Characteristic> characteristics_;
    Listeners listeners_;
    std::list<Answer*> pending_;  // not answered yet
    Wait again_;
};

/// Must go before the Bluez.
class Bluez::Subscription {
  public:
    Subscription();
    Subscription(Subscription&&) noexcept;
    Subscription& operator=(Subscription&&) noexcept;
    ~Subscription();
    void reset();

  private:
    friend class Bluez;
    explicit Subscription(std::unique_ptr<Listener> listener);
    std::unique_ptr<Listener> listener_;
};

}  // namespace bmsd::link
