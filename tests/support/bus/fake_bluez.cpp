#include "support/bus/fake_bluez.h"

#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "bms/language/advert.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;
using bms::ble::whole_uuid;

constexpr const char *adapter_path = "/org/bluez/hci0", *adapter_interface = "org.bluez.Adapter1",
                     *device_interface = "org.bluez.Device1", *gatt_interface = "org.bluez.GattCharacteristic1",
                     *service_interface = "org.bluez.GattService1", *properties = "org.freedesktop.DBus.Properties",
                     *manager = "org.freedesktop.DBus.ObjectManager";

int dispatch(sd_bus_message* call, void* self, sd_bus_error*)
{
    return static_cast<FakeBluez*>(self)->answer(call);
}

}  // namespace

FakeBluez::FakeBluez(Loop& loop, std::string address) : loop_(loop), address_(std::move(address))
{
    start();
}

void FakeBluez::start()
{
    auto bus = bus::Connection::open(loop_, address_, nullptr);
    if (!bus) throw std::runtime_error(bus.error());
    bus_ = std::move(*bus);
    sd_bus_slot* slot = nullptr;
    sd_bus_add_fallback(bus_->raw(), &slot, "/", dispatch, this);
    object_.reset(slot);
    const char* daemon = "org.freedesktop.DBus";
    bus::Message request = bus_->new_call(daemon, "/org/freedesktop/DBus", daemon, "RequestName");
    sd_bus_message_append(request.get(), "su", "org.bluez", 4U);
    name_ = bus_->call(std::move(request), [](sd_bus_message*) {});
}

void FakeBluez::end()
{
    for (Battery& battery : batteries_) {
        battery.connected = battery.known = false;
        for (auto& one : battery.characteristics) one.pipe.reset(), one.notifying = false;
    }
    later_.clear();
    object_.reset();
    name_.reset();
    bus_.reset();
}

FakeBluez::Battery& FakeBluez::add(Battery battery)
{
    return batteries_.emplace_back(std::move(battery));
}

std::string FakeBluez::path_of(const Battery& battery) const
{
    std::string mac = battery.mac;
    std::replace(mac.begin(), mac.end(), ':', '_');
    return std::string(adapter_path) + "/dev_" + mac;
}

std::string FakeBluez::path_of(const Battery& battery, const Characteristic& one) const
{
    const auto number = &one - battery.characteristics.data();
    return path_of(battery) + "/service000" + std::to_string(number) + "/char000" + std::to_string(number);
}

FakeBluez::Battery* FakeBluez::battery_at(const std::string& path)
{
    for (Battery& battery : batteries_)
        if (battery.known && path.starts_with(path_of(battery))) return &battery;
    return nullptr;
}

FakeBluez::Characteristic* FakeBluez::characteristic_at(Battery& battery, const std::string& path)
{
    for (Characteristic& one : battery.characteristics)
        if (battery.connected && path == path_of(battery, one)) return &one;
    return nullptr;
}

int FakeBluez::error(sd_bus_message* call, const std::string& text)
{
    const auto colon = text.find(": ");
    return sd_bus_reply_method_errorf(call, text.substr(0, colon).c_str(), "%s", text.substr(colon + 2).c_str());
}

void FakeBluez::adapter_object(sd_bus_message* m) const
{
    sd_bus_message_append(m, "sa{sv}", adapter_interface, 2, "Powered", "b", powered ? 1 : 0, "Discovering", "b", 0);
}

void FakeBluez::device_object(sd_bus_message* m, const Battery& battery) const
{
    sd_bus_message_append(m, "sa{sv}", device_interface, 6, "Address", "s", battery.mac.c_str(), "Name", "s",
                          battery.name.c_str(), "Adapter", "o", adapter_path, "Connected", "b",
                          battery.connected ? 1 : 0, "ServicesResolved", "b", battery.connected ? 1 : 0, "RSSI", "n",
                          -60);
}

void FakeBluez::characteristic_object(sd_bus_message* m, const Battery& battery, const Characteristic& one) const
{
    const std::string path = path_of(battery, one);
    const std::string service = path.substr(0, path.rfind('/'));
    sd_bus_message_append(m, "s", gatt_interface);
    sd_bus_message_open_container(m, 'a', "{sv}");
    sd_bus_message_append(m, "{sv}{sv}{sv}", "UUID", "s", whole_uuid(one.uuid).c_str(), "Service", "o", service.c_str(),
                          "MTU", "q", 23);
    sd_bus_message_open_container(m, 'e', "sv");
    sd_bus_message_append(m, "s", "Flags");
    sd_bus_message_open_container(m, 'v', "as");
    sd_bus_message_open_container(m, 'a', "s");
    for (const std::string& flag : one.flags) sd_bus_message_append(m, "s", flag.c_str());
    sd_bus_message_close_container(m);
    sd_bus_message_close_container(m);
    sd_bus_message_close_container(m);
    sd_bus_message_close_container(m);
}

namespace {

/// An object with one interface, which `content` appends.
template <class Content>
void append_object(sd_bus_message* m, const std::string& path, Content content)
{
    sd_bus_message_append(m, "o", path.c_str());
    sd_bus_message_open_container(m, 'a', "{sa{sv}}");
    sd_bus_message_open_container(m, 'e', "sa{sv}");
    content();
    sd_bus_message_close_container(m);
    sd_bus_message_close_container(m);
}

}  // namespace

int FakeBluez::managed_objects(sd_bus_message* call)
{
    sd_bus_message* m = nullptr;
    sd_bus_message_new_method_return(call, &m);
    const bus::Message owner(m);
    sd_bus_message_open_container(m, 'a', "{oa{sa{sv}}}");
    const auto object = [&](const std::string& path, auto content) {
        sd_bus_message_open_container(m, 'e', "oa{sa{sv}}");
        append_object(m, path, content);
        sd_bus_message_close_container(m);
    };
    if (has_adapter) object(adapter_path, [&] { adapter_object(m); });
    for (const Battery& battery : batteries_) {
        if (!battery.known) continue;
        object(path_of(battery), [&] { device_object(m, battery); });
        for (const Characteristic& one : battery.characteristics) {
            if (!battery.connected) continue;
            const std::string path = path_of(battery, one);
            object(path.substr(0, path.rfind('/')), [&] {
                sd_bus_message_append(m, "sa{sv}", service_interface, 1, "UUID", "s", whole_uuid(one.service).c_str());
            });
            object(path, [&] { characteristic_object(m, battery, one); });
        }
    }
    sd_bus_message_close_container(m);
    return sd_bus_send(nullptr, m, nullptr);
}

void FakeBluez::told_of_device(const Battery& battery)
{
    bus::Message m = bus_->new_signal("/", manager, "InterfacesAdded");
    append_object(m.get(), path_of(battery), [&] { device_object(m.get(), battery); });
    bus_->send(std::move(m));
}

void FakeBluez::told_of_services(const Battery& battery)
{
    for (const Characteristic& one : battery.characteristics) {
        const std::string path = path_of(battery, one);
        bus::Message service = bus_->new_signal("/", manager, "InterfacesAdded");
        append_object(service.get(), path.substr(0, path.rfind('/')), [&] {
            sd_bus_message_append(service.get(), "sa{sv}", service_interface, 1, "UUID", "s",
                                  whole_uuid(one.service).c_str());
        });
        bus_->send(std::move(service));
        bus::Message m = bus_->new_signal("/", manager, "InterfacesAdded");
        append_object(m.get(), path, [&] { characteristic_object(m.get(), battery, one); });
        bus_->send(std::move(m));
    }
}

void FakeBluez::told_flag(const std::string& path, const char* interface, const char* property, bool on)
{
    bus::Message m = bus_->new_signal(path.c_str(), properties, "PropertiesChanged");
    sd_bus_message_append(m.get(), "sa{sv}as", interface, 1, property, "b", on ? 1 : 0, 0);
    bus_->send(std::move(m));
}

void FakeBluez::told_removed(const std::string& path, const char* interface)
{
    bus::Message m = bus_->new_signal("/", manager, "InterfacesRemoved");
    sd_bus_message_append(m.get(), "oas", path.c_str(), 1, interface);
    bus_->send(std::move(m));
}

int FakeBluez::answer(sd_bus_message* call)
{
    const std::string path = sd_bus_message_get_path(call), member = sd_bus_message_get_member(call);
    calls.push_back(member);
    if (refuses) return error(call, std::string(SD_BUS_ERROR_ACCESS_DENIED) + ": Rejected send message");
    if (member == "GetManagedObjects") return managed_objects(call);
    if (path == adapter_path && has_adapter) return answer_adapter(call, member);
    Battery* battery = battery_at(path);
    if (battery == nullptr) return error(call, std::string(SD_BUS_ERROR_UNKNOWN_OBJECT) + ": no " + path);
    if (path == path_of(*battery)) return answer_device(call, *battery, member);
    Characteristic* one = characteristic_at(*battery, path);
    if (one == nullptr) return error(call, "org.bluez.Error.Failed: Not connected");
    return answer_characteristic(call, *battery, *one, member);
}

int FakeBluez::answer_adapter(sd_bus_message* call, const std::string& member)
{
    if (member == "StartDiscovery") {
        if (!powered) return error(call, "org.bluez.Error.NotReady: Resource Not Ready");
        for (Battery& battery : batteries_) {
            if (!battery.in_range || battery.known) continue;
            battery.known = true;
            told_of_device(battery);
        }
    }
    if (member == "Set") {
        const char *interface = nullptr, *property = nullptr;
        int on = 0;
        sd_bus_message_read(call, "ssv", &interface, &property, "b", &on);
        ++power_changes;
        powered = on != 0;
        for (Battery& battery : batteries_)
            if (!powered && battery.connected) hang_up(battery);
        told_flag(adapter_path, adapter_interface, "Powered", powered);
    }
    return sd_bus_reply_method_return(call, "");
}

int FakeBluez::answer_device(sd_bus_message* call, Battery& battery, const std::string& member)
{
    if (member == "Connect") return connect(call, battery);
    if (member == "Disconnect") {
        ++battery.disconnects;
        if (!battery.connected) return error(call, "org.bluez.Error.NotConnected: Not Connected");
        hang_up(battery);
        return sd_bus_reply_method_return(call, "");
    }
    if (member == "GetAll")
        return sd_bus_reply_method_return(call, "a{sv}", 2, "Connected", "b", battery.connected ? 1 : 0,
                                          "ServicesResolved", "b", battery.connected ? 1 : 0);
    return error(call, std::string(SD_BUS_ERROR_UNKNOWN_METHOD) + ": no " + member);
}

/// The reply, then the objects, then ServicesResolved.
int FakeBluez::connect(sd_bus_message* call, Battery& battery)
{
    ++battery.connects;
    if (!powered) return error(call, "org.bluez.Error.Failed: Input/output error");
    if (battery.connected) return error(call, "org.bluez.Error.AlreadyConnected: Already Connected");
    most_at_once = std::max(most_at_once, ++open_connects_);
    if (battery.silent) return 1;
    later_.push_back(
        loop_.at(loop_.now() + 30ms, [this, &battery, held = std::make_shared<bus::Message>(sd_bus_message_ref(call))] {
            --open_connects_;
            if (!battery.refusal.empty() || !battery.in_range) {
                const std::string path = path_of(battery);
                battery.known = false;  // after a failed attempt the device object vanishes
                error(held->get(), battery.refusal.empty() ? "org.bluez.Error.Failed: le-connection-abort-by-local"
                                                           : battery.refusal);
                told_removed(path, device_interface);
                return;
            }
            battery.connected = true;
            sd_bus_reply_method_return(held->get(), "");
            told_of_services(battery);
            if (tells_resolved) told_flag(path_of(battery), device_interface, "ServicesResolved", true);
        }));
    return 1;
}

void FakeBluez::hang_up(Battery& battery)
{
    battery.connected = false;
    battery.pending.clear();
    for (const Characteristic& one : battery.characteristics) told_removed(path_of(battery, one), gatt_interface);
    for (Characteristic& one : battery.characteristics) one.pipe.reset(), one.notifying = false;
    told_flag(path_of(battery), device_interface, "ServicesResolved", false);
    told_flag(path_of(battery), device_interface, "Connected", false);
}

void FakeBluez::drop(Battery& battery)
{
    hang_up(battery);
}

void FakeBluez::remove_adapter()
{
    for (Battery& battery : batteries_) {
        if (battery.connected) hang_up(battery);
        if (std::exchange(battery.known, false)) told_removed(path_of(battery), device_interface);
    }
    has_adapter = false;
    told_removed(adapter_path, adapter_interface);
}

void FakeBluez::add_adapter()
{
    has_adapter = true;
    bus::Message m = bus_->new_signal("/", manager, "InterfacesAdded");
    append_object(m.get(), adapter_path, [&] { adapter_object(m.get()); });
    bus_->send(std::move(m));
}

int FakeBluez::acquire(sd_bus_message* call, Characteristic& one)
{
    if (!descriptors) return error(call, "org.bluez.Error.NotSupported: Operation is not supported");
    if (one.notifying) return error(call, "org.bluez.Error.NotPermitted: Notify acquired");
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return -errno;
    one.pipe = link::Fd(ends[0]);
    const link::Fd other(ends[1]);
    return sd_bus_reply_method_return(call, "hq", other.get(), 23);
}

int FakeBluez::answer_characteristic(sd_bus_message* call, Battery& battery, Characteristic& one,
                                     const std::string& member)
{
    if (member == "AcquireNotify") return acquire(call, one);
    if (member == "StartNotify") {
        one.notifying = true;
        return sd_bus_reply_method_return(call, "");
    }
    if (member == "StopNotify") {
        one.notifying = false;
        return sd_bus_reply_method_return(call, "");
    }
    if (member == "WriteValue") return write(call, battery, one);
    if (member != "ReadValue") return error(call, std::string(SD_BUS_ERROR_UNKNOWN_METHOD) + ": no " + member);
    for (const auto& [uuid, value] : battery.values) {
        if (uuid != one.uuid) continue;
        sd_bus_message* m = nullptr;
        sd_bus_message_new_method_return(call, &m);
        const bus::Message owner(m);
        sd_bus_message_append_array(m, 'y', value.data(), value.size());
        return sd_bus_send(nullptr, m, nullptr);
    }
    return error(call, "org.bluez.Error.Failed: Operation failed with ATT error: 0x0e");
}

int FakeBluez::write(sd_bus_message* call, Battery& battery, Characteristic& one)
{
    const void* data = nullptr;
    std::size_t size = 0;
    sd_bus_message_read_array(call, 'y', &data, &size);
    const char* type = "";
    sd_bus_message_enter_container(call, 'a', "{sv}");
    const char* key = nullptr;
    sd_bus_message_read(call, "{sv}", &key, "s", &type);
    const auto* begin = static_cast<const std::uint8_t*>(data);
    const Bytes bytes(begin, begin + size);
    battery.writes.push_back(one.uuid + " " + type + " " + to_hex(bytes));
    sd_bus_reply_method_return(call, "");
    append(battery.pending, bytes);
    Bytes reply;
    while (battery.device != nullptr && !battery.pending.empty()) {
        const std::size_t used = battery.device->receive(battery.pending, reply);
        if (used == 0) break;
        battery.pending.erase(battery.pending.begin(), battery.pending.begin() + static_cast<std::ptrdiff_t>(used));
    }
    for (std::size_t at = 0; !battery.deaf && at < reply.size(); at += 20)
        notify(battery, ByteView(reply).subspan(at, std::min<std::size_t>(20, reply.size() - at)));
    return 1;
}

void FakeBluez::notify(Battery& battery, ByteView value)
{
    for (const Characteristic& one : battery.characteristics) {
        if (one.pipe) {
            if (::send(one.pipe.get(), value.data(), value.size(), MSG_NOSIGNAL) < 0) continue;
        } else if (one.notifying) {
            bus::Message m = bus_->new_signal(path_of(battery, one).c_str(), properties, "PropertiesChanged");
            sd_bus_message_append(m.get(), "s", gatt_interface);
            sd_bus_message_open_container(m.get(), 'a', "{sv}");
            sd_bus_message_open_container(m.get(), 'e', "sv");
            sd_bus_message_append(m.get(), "s", "Value");
            sd_bus_message_open_container(m.get(), 'v', "ay");
            sd_bus_message_append_array(m.get(), 'y', value.data(), value.size());
            sd_bus_message_close_container(m.get());
            sd_bus_message_close_container(m.get());
            sd_bus_message_close_container(m.get());
            sd_bus_message_append(m.get(), "as", 0);
            bus_->send(std::move(m));
        }
    }
}

}  // namespace bmsd::test
