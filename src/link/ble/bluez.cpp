#include "link/ble/bluez.h"

#include <systemd/sd-bus.h>

#include <algorithm>
#include <cstdlib>

#include "util/log.h"

namespace bmsd::link {
namespace {

constexpr const char *name = "org.bluez", *properties = "org.freedesktop.DBus.Properties",
                     *manager = "org.freedesktop.DBus.ObjectManager";
constexpr std::string_view adapter_interface = "org.bluez.Adapter1", device_interface = "org.bluez.Device1",
                           service_interface = "org.bluez.GattService1",
                           characteristic_interface = "org.bluez.GattCharacteristic1";
constexpr Duration open_again = std::chrono::seconds(5);
constexpr std::size_t most_devices = 512;  // in a street full of advertisements

std::string read_text(sd_bus_message* message, char type)
{
    const char* text = nullptr;
    return sd_bus_message_read_basic(message, type, &text) > 0 && text != nullptr ? text : "";
}

std::vector<std::string> read_texts(sd_bus_message* message)
{
    std::vector<std::string> all;
    if (sd_bus_message_enter_container(message, 'a', "s") <= 0) return all;
    const char* text = nullptr;
    while (sd_bus_message_read_basic(message, 's', &text) > 0) all.emplace_back(text);
    sd_bus_message_exit_container(message);
    return all;
}

Bytes read_bytes(sd_bus_message* message)
{
    const void* data = nullptr;
    std::size_t size = 0;
    if (sd_bus_message_read_array(message, 'y', &data, &size) < 0) return {};
    const auto* begin = static_cast<const std::uint8_t*>(data);
    return {begin, begin + size};
}

bool read_flag(sd_bus_message* message)
{
    int flag = 0;
    return sd_bus_message_read_basic(message, 'b', &flag) > 0 && flag != 0;
}

/// a{qv}, each a byte array.
std::map<std::uint16_t, Bytes> read_maker_data(sd_bus_message* message)
{
    std::map<std::uint16_t, Bytes> all;
    if (sd_bus_message_enter_container(message, 'a', "{qv}") <= 0) return all;
    while (sd_bus_message_enter_container(message, 'e', "qv") > 0) {
        std::uint16_t id = 0;
        sd_bus_message_read_basic(message, 'q', &id);
        if (sd_bus_message_enter_container(message, 'v', "ay") > 0) {
            all[id] = read_bytes(message);
            sd_bus_message_exit_container(message);
        } else {
            sd_bus_message_skip(message, "v");
        }
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
    return all;
}

/// Calls `take` with the name of each property; it reads the value when that has the type it wants.
template <class Take>
void each_property(sd_bus_message* message, Take take)
{
    if (sd_bus_message_enter_container(message, 'a', "{sv}") <= 0) return;
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const std::string property = read_text(message, 's');
        char type = 0;
        const char* contents = nullptr;
        sd_bus_message_peek_type(message, &type, &contents);
        const std::string held = contents != nullptr ? contents : "";
        if (sd_bus_message_enter_container(message, 'v', held.c_str()) <= 0) return;
        if (!take(std::string_view(property), std::string_view(held))) sd_bus_message_skip(message, held.c_str());
        sd_bus_message_exit_container(message);
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
}

bool take_adapter(sd_bus_message* message, std::string_view property, std::string_view type, Bluez::Adapter& adapter)
{
    if (type != "b") return false;
    if (property == "Powered") return adapter.powered = read_flag(message), true;
    if (property == "Discovering") return adapter.discovering = read_flag(message), true;
    return false;
}

bool take_device(sd_bus_message* message, std::string_view property, std::string_view type, Bluez::Device& device)
{
    if (type == "b" && property == "Connected") return device.connected = read_flag(message), true;
    if (type == "b" && property == "ServicesResolved") return device.resolved = read_flag(message), true;
    if (type == "s" && property == "Address") return device.address = read_text(message, 's'), true;
    if (type == "s" && property == "Name") return device.name = read_text(message, 's'), true;
    if (type == "o" && property == "Adapter") return device.adapter = read_text(message, 'o'), true;
    if (type == "as" && property == "UUIDs") return device.uuids = read_texts(message), true;
    if (type == "a{qv}" && property == "ManufacturerData") return device.maker_data = read_maker_data(message), true;
    if (type == "n" && property == "RSSI") {
        std::int16_t rssi = 0;
        sd_bus_message_read_basic(message, 'n', &rssi);
        device.rssi = rssi;
        return true;
    }
    return false;
}

bool take_characteristic(sd_bus_message* message, std::string_view property, std::string_view type,
                         Bluez::Characteristic& one)
{
    if (type == "s" && property == "UUID") return one.uuid = read_text(message, 's'), true;
    if (type == "o" && property == "Service") return one.service = read_text(message, 'o'), true;
    if (type == "as" && property == "Flags") return one.flags = read_texts(message), true;
    if (type == "q" && property == "MTU") {
        std::uint16_t mtu = 0;
        sd_bus_message_read_basic(message, 'q', &mtu);
        one.mtu = mtu;
        return true;
    }
    return false;
}

}  // namespace

std::string system_bus_address()
{
    const char* address = std::getenv("DBUS_SYSTEM_BUS_ADDRESS");
    return address != nullptr && *address != '\0' ? address : "unix:path=/var/run/dbus/system_bus_socket";
}

struct Bluez::Listener {
    Listeners* list = nullptr;
    std::string characteristic;  // empty: changes
    std::function<void()> changed;
    std::function<void(ByteView)> heard;
    ~Listener()
    {
        // its place stays until nobody walks along the list
        if (list != nullptr) std::replace(list->begin(), list->end(), this, static_cast<Listener*>(nullptr));
    }
};

Bluez::Subscription::Subscription() = default;
Bluez::Subscription::Subscription(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}
Bluez::Subscription::Subscription(Subscription&&) noexcept = default;
Bluez::Subscription& Bluez::Subscription::operator=(Subscription&&) noexcept = default;
Bluez::Subscription::~Subscription() = default;
void Bluez::Subscription::reset()
{
    listener_.reset();
}

bool Bluez::Characteristic::can(std::string_view flag) const
{
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

Bluez::Bluez(Loop& loop, std::string address) : loop_(loop), address_(std::move(address))
{
    open();
}

Bluez::~Bluez()
{
    for (Listener* listener : listeners_)
        if (listener != nullptr) listener->list = nullptr;
}

void Bluez::open()
{
    again_.reset();
    auto bus = bus::Connection::open(loop_, address_, [this](const std::string& reason) { lost(reason); });
    if (!bus) {
        lost(bus.error());
        return;
    }
    bus_ = std::move(*bus);
    listen_to_signals();
    owner_ = std::make_unique<bus::NameWatch>(*bus_, name, [this](const std::string& owner) { owner_changed(owner); });
}

void Bluez::lost(const std::string& reason)
{
    problem_ = "no D-Bus: " + reason;
    const auto unanswered = pending_;
    for (Answer* answer : unanswered)
        if (std::find(pending_.begin(), pending_.end(), answer) != pending_.end()) answer->set(Failure(problem_));
    first_list_.reset();
    added_.reset();
    removed_.reset();
    changed_.reset();
    owner_.reset();
    bus_.reset();
    forget_all();
    again_ = loop_.at(loop_.now() + open_again, [this] { open(); });
}

void Bluez::owner_changed(const std::string& owner)
{
    forget_all();
    first_list_.reset();
    problem_ = "bluetoothd does not run";
    if (owner.empty()) return;
    bus::Message ask = message("/", manager, "GetManagedObjects");
    first_list_ = bus_->call(std::move(ask), [this](sd_bus_message* reply) { take_objects(reply); });
}

void Bluez::listen_to_signals()
{
    const std::string from = "type='signal',sender='org.bluez',";
    const auto rule = [&](const char* interface, const char* member) {
        return from + "interface='" + interface + "',member='" + member + "'";
    };
    added_ = bus_->match(rule(manager, "InterfacesAdded"), [this](sd_bus_message* m) { added(m); });
    removed_ = bus_->match(rule(manager, "InterfacesRemoved"), [this](sd_bus_message* m) { removed(m); });
    changed_ = bus_->match(rule(properties, "PropertiesChanged"), [this](sd_bus_message* m) { changed(m); });
}

void Bluez::forget_all()
{
    listed_ = false;
    adapters_.clear();
    devices_.clear();
    services_.clear();
    characteristics_.clear();
    tell();
}

void Bluez::take_objects(sd_bus_message* reply)
{
    if (const std::string error = bus::error_text(reply); !error.empty()) {
        problem_ = error;
        tell();
        return;
    }
    const Objects<Adapter> before = std::exchange(adapters_, {});
    devices_.clear();
    services_.clear();
    characteristics_.clear();
    if (sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}") <= 0) return;
    while (sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}") > 0) {
        const std::string path = read_text(reply, 'o');
        take_interfaces(reply, path);
        sd_bus_message_exit_container(reply);
    }
    sd_bus_message_exit_container(reply);
    for (auto& [path, adapter] : adapters_) {
        const auto known = before.find(path);
        if (known == before.end()) continue;
        adapter.taken = known->second.taken;
        adapter.restarted = known->second.restarted;
    }
    listed_ = true;
    tell();
}

void Bluez::take_interfaces(sd_bus_message* message, const std::string& path)
{
    if (sd_bus_message_enter_container(message, 'a', "{sa{sv}}") <= 0) return;
    while (sd_bus_message_enter_container(message, 'e', "sa{sv}") > 0) {
        const std::string interface = read_text(message, 's');
        if (interface == adapter_interface) adapters_.try_emplace(path);
        if (interface == device_interface && devices_.size() < most_devices) devices_.try_emplace(path);
        if (interface == service_interface) services_.try_emplace(path);
        if (interface == characteristic_interface) characteristics_.try_emplace(path);
        take_properties(message, path, interface);
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
}

/// Of an object that is known; others are skipped.
void Bluez::take_properties(sd_bus_message* message, const std::string& path, std::string_view interface)
{
    const auto adapter = adapters_.find(path);
    const auto device = devices_.find(path);
    const auto one = characteristics_.find(path);
    const auto service = services_.find(path);
    Bytes value;
    bool notified = false;
    each_property(message, [&](std::string_view property, std::string_view type) {
        if (interface == adapter_interface && adapter != adapters_.end())
            return take_adapter(message, property, type, adapter->second);
        if (interface == device_interface && device != devices_.end())
            return take_device(message, property, type, device->second);
        if (interface == service_interface && service != services_.end() && property == "UUID" && type == "s")
            return service->second = read_text(message, 's'), true;
        if (interface != characteristic_interface || one == characteristics_.end()) return false;
        if (property == "Value" && type == "ay") return value = read_bytes(message), notified = true;
        return take_characteristic(message, property, type, one->second);
    });
    if (!notified || !listed_) return;
    for (auto at = listeners_.begin(); at != listeners_.end(); ++at)
        if (*at != nullptr && (*at)->heard && (*at)->characteristic == path) (*at)->heard(value);
}

void Bluez::added(sd_bus_message* message)
{
    const std::string path = read_text(message, 'o');
    take_interfaces(message, path);
    tell();
}

void Bluez::removed(sd_bus_message* message)
{
    const std::string path = read_text(message, 'o');
    for (const std::string& interface : read_texts(message)) {
        if (interface == adapter_interface) adapters_.erase(path);
        if (interface == device_interface) devices_.erase(path);
        if (interface == service_interface) services_.erase(path);
        if (interface == characteristic_interface) characteristics_.erase(path);
    }
    tell();
}

void Bluez::changed(sd_bus_message* message)
{
    const char* path = sd_bus_message_get_path(message);
    const std::string interface = read_text(message, 's');
    if (path == nullptr || !interface.starts_with("org.bluez.")) return;
    take_properties(message, path, interface);
    if (interface != characteristic_interface) tell();
}

void Bluez::tell()
{
    for (auto at = listeners_.begin(); at != listeners_.end(); ++at)
        if (*at != nullptr && (*at)->changed) (*at)->changed();
    listeners_.remove(nullptr);
}

const std::string& Bluez::service(const std::string& path) const
{
    static const std::string none;
    const auto found = services_.find(path);
    return found != services_.end() ? found->second : none;
}

Bluez::Device* Bluez::device(const std::string& path)
{
    const auto found = devices_.find(path);
    return found != devices_.end() ? &found->second : nullptr;
}

Bluez::Subscription Bluez::subscribe(std::function<void()> changed)
{
    auto listener = std::make_unique<Listener>();
    listener->list = &listeners_;
    listener->changed = std::move(changed);
    listeners_.push_back(listener.get());
    return Subscription(std::move(listener));
}

Bluez::Subscription Bluez::listen(const std::string& characteristic, std::function<void(ByteView value)> heard)
{
    auto listener = std::make_unique<Listener>();
    listener->list = &listeners_;
    listener->characteristic = characteristic;
    listener->heard = std::move(heard);
    listeners_.push_back(listener.get());
    return Subscription(std::move(listener));
}

bus::Message Bluez::message(const std::string& path, const char* interface, const char* member)
{
    if (!bus_) return nullptr;
    bus::Message made = bus_->new_call(name, path.c_str(), interface, member);
    if (made) sd_bus_message_set_auto_start(made.get(), 0);  // a daemon that was stopped stays so
    return made;
}

/// A call that ends with an error when the connection goes: sd-bus tells nothing then.
class Bluez::Pending {
  public:
    Pending(std::list<Answer*>& list, Answer& answer) : list_(list), place_(list.insert(list.end(), &answer)) {}
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending() { list_.erase(place_); }

  private:
    std::list<Answer*>& list_;
    std::list<Answer*>::iterator place_;
};

Task<Result<bus::Message>> Bluez::call(bus::Message message, Duration limit)
{
    if (!bus_ || !message) co_return Failure(problem_);
    Answer answer;
    const Pending pending(pending_, answer);
    const bus::Slot slot = bus_->call(
        std::move(message),
        [&](sd_bus_message* reply) {
            const std::string error = bus::error_text(reply);
            if (error.empty())
                answer.set(bus::Message(sd_bus_message_ref(reply)));
            else
                answer.set(Failure(error));
        },
        limit);
    if (!slot) co_return Failure("the call could not be sent");
    co_return co_await answer;
}

void Bluez::send(bus::Message message)
{
    if (!bus_ || !message) return;
    sd_bus_message_set_expect_reply(message.get(), 0);
    bus_->send(std::move(message));
}

Task<Result<void>> Bluez::set_powered(std::string adapter, bool on)
{
    bus::Message ask = message(adapter, properties, "Set");
    if (ask) sd_bus_message_append(ask.get(), "ssv", adapter_interface.data(), "Powered", "b", on ? 1 : 0);
    const auto answer = co_await call(std::move(ask));
    if (!answer) co_return Failure(answer.error());
    co_return Result<void>{};
}

Task<void> Bluez::refresh(std::string device)
{
    bus::Message ask = message(device, properties, "GetAll");
    if (ask) sd_bus_message_append(ask.get(), "s", device_interface.data());
    const auto answer = co_await call(std::move(ask));
    if (answer) take_properties(answer->get(), device, device_interface);
}

Task<Result<void>> Bluez::list()
{
    bus::Message ask = message("/", manager, "GetManagedObjects");
    const auto answer = co_await call(std::move(ask));
    if (!answer) co_return Failure(answer.error());
    take_objects(answer->get());
    co_return Result<void>{};
}

}  // namespace bmsd::link
