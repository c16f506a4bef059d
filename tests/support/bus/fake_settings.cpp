#include "support/bus/fake_settings.h"

#include <systemd/sd-bus.h>

#include <cctype>
#include <stdexcept>

namespace bmsd::test {
namespace {

using bus::Message;
using bus::Value;

constexpr const char* bus_item = "com.victronenergy.BusItem";

int dispatch(sd_bus_message* call, void* self, sd_bus_error*)
{
    return static_cast<FakeSettings*>(self)->answer(call);
}

std::string last_element(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

char type_of(const bus::Value& value)
{
    const auto type = bus::wire_type(value);
    return type == "x" || type == "i" ? 'i' : type == "d" || type == "s" ? type[0] : '?';
}

}  // namespace

FakeSettings::FakeSettings(Loop& loop, const std::string& address, Tree tree) : tree_(std::move(tree))
{
    auto bus = bus::Connection::open(loop, address, nullptr);
    if (!bus) throw std::runtime_error(bus.error());
    bus_ = std::move(*bus);
    sd_bus_slot* slot = nullptr;
    sd_bus_add_fallback(bus_->raw(), &slot, "/", dispatch, this);
    object_.reset(slot);
    const char* daemon = "org.freedesktop.DBus";
    bus::Message request = bus_->new_call(daemon, "/org/freedesktop/DBus", daemon, "RequestName");
    sd_bus_message_append(request.get(), "su", "com.victronenergy.settings", 4U);
    name_ = bus_->call(std::move(request), [this](sd_bus_message* reply) {
        std::uint32_t result = 0;
        sd_bus_message_read(reply, "u", &result);
        owns_name = result == 1;
    });
}

bool FakeSettings::is_group(const std::string& path) const
{
    const auto below = tree_.lower_bound(path + "/");
    return path == "/" || (below != tree_.end() && below->first.starts_with(path + "/"));
}

int FakeSettings::answer(sd_bus_message* call)
{
    if (silent) return 1;
    const std::string path = sd_bus_message_get_path(call), member = sd_bus_message_get_member(call);
    const bool setting = tree_.contains(path);
    if (!setting && !is_group(path)) {
        return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_OBJECT, "no %s", path.c_str());
    }
    if (member == "AddSettings" && path == "/") return add_settings(call);
    if (member == "RemoveSettings" && !setting) return remove_settings(call, path);
    if (member == "GetValue" && !setting) return get_group(call, path);
    if (member == "GetValue") {
        sd_bus_message* reply = nullptr;
        sd_bus_message_new_method_return(call, &reply);
        const bus::Message owner(reply);
        bus::append(reply, tree_.at(path));
        return sd_bus_send(nullptr, reply, nullptr);
    }
    if (member == "SetValue" && setting) {
        const auto value = bus::read_variant(call);
        writes.push_back(path + "=" + (value ? bus::text(*value) : "?"));
        const bool refused = !value || refuse.contains(last_element(path));
        return sd_bus_reply_method_return(call, "i", refused ? -1 : set(path, *value));
    }
    return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_METHOD, "no %s", member.c_str());
}

int FakeSettings::get_group(sd_bus_message* call, const std::string& path)
{
    sd_bus_message* reply = nullptr;
    sd_bus_message_new_method_return(call, &reply);
    const bus::Message owner(reply);
    const std::string prefix = path == "/" ? path : path + "/";
    sd_bus_message_open_container(reply, 'v', "a{sv}");
    sd_bus_message_open_container(reply, 'a', "{sv}");
    for (auto it = tree_.lower_bound(prefix); it != tree_.end() && it->first.starts_with(prefix); ++it) {
        sd_bus_message_open_container(reply, 'e', "sv");
        sd_bus_message_append(reply, "s", it->first.c_str() + prefix.size());
        bus::append(reply, it->second);
        sd_bus_message_close_container(reply);
    }
    sd_bus_message_close_container(reply);
    sd_bus_message_close_container(reply);
    return sd_bus_send(nullptr, reply, nullptr);
}

int FakeSettings::add_settings(sd_bus_message* call)
{
    ++add_calls;
    if (!answer_add) return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_FAILED, "not now");
    if (garble_add) return sd_bus_reply_method_return(call, "s", "x");
    sd_bus_message* reply = nullptr;
    sd_bus_message_new_method_return(call, &reply);
    const bus::Message owner(reply);
    sd_bus_message_open_container(reply, 'a', "a{sv}");
    sd_bus_message_enter_container(call, 'a', "a{sv}");
    while (sd_bus_message_enter_container(call, 'a', "{sv}") > 0) {
        std::map<std::string, bus::Value> entry;
        while (sd_bus_message_enter_container(call, 'e', "sv") > 0) {
            const char* key = nullptr;
            sd_bus_message_read(call, "s", &key);
            entry[key] = read_item(call).value;
            sd_bus_message_exit_container(call);
        }
        sd_bus_message_exit_container(call);
        const std::string path = bus::text(entry["path"]);
        const int error = add(path, entry.contains("default") ? std::optional(entry["default"]) : std::nullopt);
        sd_bus_message_open_container(reply, 'a', "{sv}");
        sd_bus_message_append(reply, "{sv}{sv}", "path", "s", path.c_str(), "error", "i", error);
        if (error == 0) {
            sd_bus_message_open_container(reply, 'e', "sv");
            sd_bus_message_append(reply, "s", "value");
            bus::append(reply, tree_.at(path));
            sd_bus_message_close_container(reply);
        }
        sd_bus_message_close_container(reply);
    }
    sd_bus_message_close_container(reply);
    return sd_bus_send(nullptr, reply, nullptr);
}

int FakeSettings::add(const std::string& path, const std::optional<bus::Value>& value)
{
    if (!path.starts_with("/Settings/")) return -9;
    if (path.find("/_") != std::string::npos) return -2;
    if (!value || type_of(*value) == '?') return -3;
    if (is_group(path)) return -8;
    const bool instance = last_element(path) == "ClassAndVrmInstance";
    if (instance && bus::text(*value).find(':') == std::string::npos) return -6;
    if (const auto present = tree_.find(path); present != tree_.end()) {
        return type_of(present->second) == type_of(*value) ? 0 : -5;
    }
    tree_[path] = instance ? unique_instance(path, *value) : *value;
    signal(path);
    return 0;
}

int FakeSettings::remove_settings(sd_bus_message* call, const std::string& group)
{
    sd_bus_message* reply = nullptr;
    sd_bus_message_new_method_return(call, &reply);
    const bus::Message owner(reply);
    sd_bus_message_open_container(reply, 'a', "i");
    sd_bus_message_enter_container(call, 'a', "s");
    const char* name = nullptr;
    while (sd_bus_message_read(call, "s", &name) > 0) {
        sd_bus_message_append(reply, "i", tree_.erase(group + "/" + name) == 1 ? 0 : -1);
    }
    sd_bus_message_close_container(reply);
    return sd_bus_send(nullptr, reply, nullptr);
}

int FakeSettings::set(const std::string& path, const bus::Value& value)
{
    const auto present = tree_.find(path);
    if (present == tree_.end()) return -1;
    auto usable = bus::converted(value, type_of(present->second));
    if (!usable || usable->null()) return -1;
    if (last_element(path) == "ClassAndVrmInstance") usable = unique_instance(path, *usable);
    if (present->second == *usable) return 0;
    present->second = *usable;
    signal(path);
    return 0;
}

// The next free number of the class.
bus::Value FakeSettings::unique_instance(const std::string& path, const bus::Value& wanted) const
{
    const std::string text = bus::text(wanted);
    const std::string role = text.substr(0, text.find(':') + 1);
    int number = std::stoi(text.substr(role.size()));
    const auto taken = [&] {
        for (const auto& [other, value] : tree_) {
            if (other == path || last_element(other) != "ClassAndVrmInstance") continue;
            if (value == bus::Value(role + std::to_string(number))) return true;
        }
        return false;
    };
    while (taken()) ++number;
    return role + std::to_string(number);
}

void FakeSettings::signal(const std::string& path)
{
    bus::Message message = bus_->new_signal(path.c_str(), bus_item, "PropertiesChanged");
    sd_bus_message_open_container(message.get(), 'a', "{sv}");
    sd_bus_message_open_container(message.get(), 'e', "sv");
    sd_bus_message_append(message.get(), "s", "Value");
    bus::append(message.get(), tree_.at(path));
    sd_bus_message_close_container(message.get());
    sd_bus_message_append(message.get(), "{sv}", "Text", "s", bus::text(tree_.at(path)).c_str());
    sd_bus_message_close_container(message.get());
    bus_->send(std::move(message));
}

}  // namespace bmsd::test
