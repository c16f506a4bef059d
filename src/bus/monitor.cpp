#include "bus/monitor.h"

#include <systemd/sd-bus.h>

namespace bmsd::bus {
namespace {

constexpr const char* prefix = "com.victronenergy.battery.";
constexpr const char* bus_item = "com.victronenergy.BusItem";

bool is_battery(std::string_view name)
{
    return name.starts_with(prefix);
}

}  // namespace

Monitor::Monitor(Connection& bus, std::function<void()> changed) : bus_(bus), changed_(std::move(changed))
{
    owner_match_ = bus_.match(
        "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0namespace='com.victronenergy."
        "battery'",
        [this](sd_bus_message* message) { owner_changed(message); });
    items_match_ = bus_.match("type='signal',interface='com.victronenergy.BusItem',member='ItemsChanged',path='/'",
                              [this](sd_bus_message* message) { items_changed(message); });
    list_names();
}

void Monitor::list_names()
{
    names_call_ =
        bus_.call(bus_.new_call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames"),
                  [this](sd_bus_message* message) {
                      const char* name = nullptr;
                      if (sd_bus_message_enter_container(message, 'a', "s") >= 0) {
                          while (sd_bus_message_read(message, "s", &name) > 0)
                              if (is_battery(name)) appeared(name);
                      }
                      listed_ = true;
                      changed_();
                  });
}

void Monitor::appeared(const std::string& name)
{
    calls_[name] =
        bus_.call(bus_.new_call(name.c_str(), "/", bus_item, "GetItems"), [this, name](sd_bus_message* message) {
            if (error_text(message).empty()) {
                names_[sd_bus_message_get_sender(message)] = name;
                Items items;
                read_items(message, items);
                services_[name] = std::move(items);
            }
            calls_.erase(name);
            changed_();
        });
}

void Monitor::gone(const std::string& name)
{
    calls_.erase(name);
    std::erase_if(names_, [&](const auto& known) { return known.second == name; });
    if (services_.erase(name) > 0) changed_();
}

void Monitor::owner_changed(sd_bus_message* message)
{
    const char *name = nullptr, *before = nullptr, *after = nullptr;
    if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0 || !is_battery(name)) return;
    gone(name);
    if (*after != '\0') appeared(name);
}

void Monitor::items_changed(sd_bus_message* message)
{
    const auto known = names_.find(std::string_view(sd_bus_message_get_sender(message)));
    if (known == names_.end()) return;
    read_items(message, services_[known->second]);
    changed_();
}

void Monitor::read_items(sd_bus_message* message, Items& items)
{
    if (sd_bus_message_enter_container(message, 'a', "{sa{sv}}") < 0) return;
    while (sd_bus_message_enter_container(message, 'e', "sa{sv}") > 0) {
        const char *path = nullptr, *key = nullptr;
        if (sd_bus_message_read(message, "s", &path) < 0) return;
        Item& item = items[path];
        sd_bus_message_enter_container(message, 'a', "{sv}");
        while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
            sd_bus_message_read(message, "s", &key);
            const auto value = read_variant(message);
            if (value && std::string_view(key) == "Value") item.value = *value;
            if (value && std::string_view(key) == "Text") item.text = text(*value);
            sd_bus_message_exit_container(message);
        }
        sd_bus_message_exit_container(message);
        sd_bus_message_exit_container(message);
    }
}

}  // namespace bmsd::bus
