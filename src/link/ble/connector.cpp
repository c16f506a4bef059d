#include "link/ble/connector.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <systemd/sd-bus.h>

#include <algorithm>

#include "bms/language/advert.h"
#include "config/text.h"

namespace bmsd::link {
namespace {

using namespace std::chrono_literals;
using bms::ble::whole_uuid;

constexpr const char *adapter_interface = "org.bluez.Adapter1", *device_interface = "org.bluez.Device1";
constexpr Duration to_discover = 10s, to_connect = 15s, to_resolve = 10s, to_hang_up = 5s, for_a_turn = 120s,
                   to_answer = 5s;
constexpr Duration look_again = 500ms;  // changes may have no signal
constexpr int busy_tries = 3;

/// While it lives nobody else connects or looks around with this adapter.
class Turn {
  public:
    Turn(Bluez& bluez, std::string adapter) : bluez_(bluez), adapter_(std::move(adapter))
    {
        const auto found = bluez_.adapters().find(adapter_);
        if (found == bluez_.adapters().end() || found->second.taken) return;
        found->second.taken = mine_ = true;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn()
    {
        const auto found = bluez_.adapters().find(adapter_);
        if (mine_ && found != bluez_.adapters().end()) found->second.taken = false;
    }
    bool mine() const { return mine_; }

  private:
    Bluez& bluez_;
    std::string adapter_;
    bool mine_ = false;
};

bool is_error(const std::string& error, std::string_view name)
{
    return error.starts_with("org.bluez.Error." + std::string(name) + ":");
}

}  // namespace

std::string Connector::known_device(const std::string& adapter) const
{
    for (const auto& [path, device] : bluez_.devices())
        if (device.adapter == adapter && config::same_letters(device.address, target_.mac)) return path;
    return {};
}

std::string Connector::known_device() const
{
    for (const auto& [path, device] : bluez_.devices())
        if (config::same_letters(device.address, target_.mac)) return path;
    return {};
}

Task<Result<std::string>> Connector::choose_adapter()
{
    auto& all = bluez_.adapters();
    auto chosen = all.end();
    if (!target_.adapter.empty()) {
        chosen = all.find("/org/bluez/" + target_.adapter);
        if (chosen == all.end()) co_return Failure("there is no Bluetooth adapter " + target_.adapter);
    } else {
        chosen = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.second.powered; });
        if (chosen == all.end()) chosen = all.begin();
        if (chosen == all.end()) co_return Failure("there is no Bluetooth adapter");
    }
    const std::string path = chosen->first;
    if (chosen->second.powered) co_return path;
    const auto on = co_await bluez_.set_powered(path, true);
    if (!on) co_return Failure("the adapter cannot be switched on: " + on.error());
    co_return path;
}

Task<Result<std::string>> Connector::discover(std::string adapter)
{
    bus::Message filter = bluez_.message(adapter, adapter_interface, "SetDiscoveryFilter");
    if (filter) sd_bus_message_append(filter.get(), "a{sv}", 1, "Transport", "s", "le");
    co_await bluez_.call(std::move(filter));  // what it refuses is looked for all the same
    const auto started = co_await bluez_.call(bluez_.message(adapter, adapter_interface, "StartDiscovery"));
    if (!started && !is_error(started.error(), "InProgress")) co_return Failure(started.error());
    const Instant deadline = loop_.now() + to_discover;
    std::string device = known_device(adapter);
    while (device.empty() && loop_.now() < deadline) {
        co_await bell_.wait(deadline);
        device = known_device(adapter);
    }
    co_await bluez_.call(bluez_.message(adapter, adapter_interface, "StopDiscovery"));  // before the connection
    if (device.empty()) co_return Failure("not found; switched on and in range, no phone connected?");
    co_return device;
}

Task<Result<std::string>> Connector::find(std::string adapter)
{
    std::string device = known_device(adapter);
    if (device.empty()) co_return co_await discover(adapter);
    co_return device;
}

Task<Result<void>> Connector::link(std::string device)
{
    for (int i = 0; i < busy_tries; ++i) {
        const auto linked = co_await bluez_.call(bluez_.message(device, device_interface, "Connect"), to_connect);
        if (linked || is_error(linked.error(), "AlreadyConnected")) co_return Result<void>{};
        // the attempt goes on without us and may succeed for nobody
        co_await bluez_.call(bluez_.message(device, device_interface, "Disconnect"), to_hang_up);
        if (!is_error(linked.error(), "InProgress")) co_return Failure("no connection: " + linked.error());
        co_await loop_.sleep(1s);
    }
    co_return Failure("no connection: another one is being made");
}

Task<Result<void>> Connector::resolve(std::string device)
{
    const Instant deadline = loop_.now() + to_resolve;
    while (loop_.now() < deadline) {
        const Bluez::Device* known = bluez_.device(device);
        if (known == nullptr) co_return Failure("the device is gone");
        if (known->resolved) co_return Result<void>{};
        co_await bell_.wait(std::min(deadline, loop_.now() + look_again));
        co_await bluez_.refresh(device);
    }
    co_return Failure("its services were not told");
}

std::string Connector::characteristic(const std::string& device, std::string_view uuid, std::string_view service,
                                      std::initializer_list<std::string_view> flags) const
{
    for (const auto& [path, one] : bluez_.characteristics()) {
        if (!path.starts_with(device + "/") || whole_uuid(one.uuid) != whole_uuid(uuid)) continue;
        if (!service.empty() && whole_uuid(bluez_.service(one.service)) != whole_uuid(service)) continue;
        if (std::any_of(flags.begin(), flags.end(), [&](std::string_view flag) { return one.can(flag); })) return path;
    }
    return {};
}

Result<GattPaths> Connector::characteristics(const std::string& device, std::size_t& gatt) const
{
    const auto sets = target_.entry->gatt;
    for (const bool anywhere : {false, true}) {  // some modules move them to another service
        for (std::size_t i = 0; i < sets.size(); ++i) {
            const std::size_t at = (gatt + i) % sets.size();
            const bms::Gatt& set = sets[at];
            const auto in = [&](std::string_view service) { return anywhere ? std::string_view() : service; };
            GattPaths paths{.device = device, .adapter = {}, .notify = {}, .also_notify = {}, .write = {}};
            paths.notify = characteristic(device, set.notify, in(set.service), {"notify", "indicate"});
            if (!set.write.empty())
                paths.write =
                    characteristic(device, set.write, in(set.write_service.empty() ? set.service : set.write_service),
                                   {"write", "write-without-response"});
            if (!set.also_notify.empty())
                paths.also_notify = characteristic(device, set.also_notify, {}, {"notify", "indicate"});
            if (paths.notify.empty() || (!set.write.empty() && paths.write.empty()) ||
                (!set.also_notify.empty() && paths.also_notify.empty()))
                continue;
            gatt = at;
            return paths;
        }
    }
    std::vector<std::string> there;
    for (const auto& [path, one] : bluez_.characteristics())
        if (path.starts_with(device + "/")) there.push_back(one.uuid);
    return Failure(fmt::format("it is no {}: its characteristics are {}", target_.entry->name, fmt::join(there, " ")));
}

Task<Result<GattPaths>> Connector::connect(std::size_t& gatt)
{
    const Instant patience = loop_.now() + to_answer;
    while (!bluez_.running() && loop_.now() < patience) co_await bell_.wait(patience);
    if (!bluez_.running()) co_return Failure(bluez_.problem());
    const auto adapter = co_await choose_adapter();
    if (!adapter) co_return Failure(adapter.error());
    const Instant latest = loop_.now() + for_a_turn;
    std::optional<Turn> turn(std::in_place, bluez_, *adapter);
    while (!turn->mine()) {
        if (loop_.now() >= latest || !bluez_.running()) co_return Failure("the adapter is busy");
        co_await loop_.sleep(look_again);
        turn.emplace(bluez_, *adapter);
    }
    const std::string left_over = known_device(*adapter);
    if (const auto* device = bluez_.device(left_over); !std::exchange(begun_, true) && device && device->connected)
        co_await bluez_.call(bluez_.message(left_over, device_interface, "Disconnect"), to_hang_up);
    const auto device = co_await find(*adapter);
    if (!device) co_return Failure(device.error());
    const auto linked = co_await link(*device);
    if (!linked) co_return Failure(linked.error());
    Result<void> ready = co_await resolve(*device);
    if (ready) ready = co_await bluez_.list();
    Result<GattPaths> paths = ready ? characteristics(*device, gatt) : Failure(ready.error());
    if (!paths) {
        co_await bluez_.call(bluez_.message(*device, device_interface, "Disconnect"), to_hang_up);
        co_return paths;
    }
    paths->adapter = *adapter;
    co_return paths;
}

}  // namespace bmsd::link
