#include "support/bus/client.h"

#include <systemd/sd-bus.h>

#include <stdexcept>

namespace bmsd::test {
namespace {

using bus::Connection;
using bus::Message;
using bus::Value;

// {Value, Text}
Item read_changes(sd_bus_message* message)
{
    Item item;
    sd_bus_message_enter_container(message, 'a', "{sv}");
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char* key = nullptr;
        sd_bus_message_read(message, "s", &key);
        const Item content = read_item(message);
        if (std::string_view(key) == "Value") {
            item.type = content.type;
            item.value = content.value;
        } else {
            item.text = bus::text(content.value);
        }
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
    return item;
}

Items read_items(sd_bus_message* message)
{
    Items items;
    sd_bus_message_enter_container(message, 'a', "{sa{sv}}");
    while (sd_bus_message_enter_container(message, 'e', "sa{sv}") > 0) {
        const char* path = nullptr;
        sd_bus_message_read(message, "s", &path);
        items[path] = read_changes(message);
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
    return items;
}

std::string string_of(sd_bus_message* message)
{
    const char* text = nullptr;
    return sd_bus_message_read(message, "s", &text) >= 0 ? text : "(no text)";
}

bus::Value::List read_list(sd_bus_message* message)
{
    bus::Value::List list;
    sd_bus_message_enter_container(message, 'a', "v");
    while (sd_bus_message_at_end(message, 0) == 0) list.push_back(read_item(message).value);
    sd_bus_message_exit_container(message);
    return list;
}

}  // namespace

Item read_item(sd_bus_message* message)
{
    char type = 0;
    const char* contents = nullptr;
    if (sd_bus_message_peek_type(message, &type, &contents) <= 0 || type != 'v') throw std::runtime_error("no variant");
    Item item{contents, {}, {}};
    if (item.type == "av") {
        sd_bus_message_enter_container(message, 'v', "av");
        item.value = read_list(message);
        sd_bus_message_exit_container(message);
    } else if (auto value = bus::read_variant(message)) {
        item.value = item.type == "au" ? bus::Value(bus::Value::List{}) : *value;
    }
    return item;
}

Client::Client(RealLoop& loop, const std::string& address) : loop_(loop)
{
    auto bus = bus::Connection::open(loop, address, nullptr);
    if (!bus) throw std::runtime_error(bus.error());
    bus_ = std::move(*bus);
    const std::string rule = "type='signal',interface='com.victronenergy.BusItem',member=";
    items_changed_ = bus_->match(rule + "'ItemsChanged'", [this](sd_bus_message* m) {
        signals.push_back({sd_bus_message_get_sender(m), sd_bus_message_get_path(m), "ItemsChanged", read_items(m)});
    });
    properties_changed_ = bus_->match(rule + "'PropertiesChanged'", [this](sd_bus_message* m) {
        const std::string path = sd_bus_message_get_path(m);
        signals.push_back({sd_bus_message_get_sender(m), path, "PropertiesChanged", {{path, read_changes(m)}}});
    });
    sync();
}

Client::Answer<bus::Message> Client::call(bus::Message message)
{
    std::optional<Answer<bus::Message>> answer;
    const auto slot = bus_->call(std::move(message), [&](sd_bus_message* reply) {
        if (const sd_bus_error* error = sd_bus_message_get_error(reply))
            answer = Failure(error->name);
        else
            answer = bus::Message(sd_bus_message_ref(reply));
    });
    if (!run_until(loop_, [&] { return answer.has_value(); })) return Failure("no answer");
    return std::move(*answer);
}

void Client::sync()
{
    const char* daemon = "org.freedesktop.DBus";
    if (!call(bus_->new_call(daemon, "/", "org.freedesktop.DBus.Peer", "Ping"))) throw std::runtime_error("no bus");
}

Client::Answer<Items> Client::items(const std::string& service)
{
    auto reply = call(bus_->new_call(service.c_str(), "/", bus_item, "GetItems"));
    if (!reply) return Failure(reply.error());
    return read_items(reply->get());
}

Client::Answer<Item> Client::value(const std::string& service, const std::string& path, const char* interface)
{
    auto reply = call(bus_->new_call(service.c_str(), path.c_str(), interface, "GetValue"));
    if (!reply) return Failure(reply.error());
    return read_item(reply->get());
}

Client::Answer<std::string> Client::text(const std::string& service, const std::string& path)
{
    auto reply = call(bus_->new_call(service.c_str(), path.c_str(), bus_item, "GetText"));
    if (!reply) return Failure(reply.error());
    return string_of(reply->get());
}

Client::Answer<std::map<std::string, bus::Value>> Client::values(const std::string& service, const std::string& path)
{
    auto reply = call(bus_->new_call(service.c_str(), path.c_str(), bus_item, "GetValue"));
    if (!reply) return Failure(reply.error());
    std::map<std::string, bus::Value> result;
    sd_bus_message* m = reply->get();
    sd_bus_message_enter_container(m, 'v', "a{sv}");
    sd_bus_message_enter_container(m, 'a', "{sv}");
    while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
        std::string key = string_of(m);
        result[std::move(key)] = read_item(m).value;
        sd_bus_message_exit_container(m);
    }
    return result;
}

Client::Answer<std::map<std::string, std::string>> Client::texts(const std::string& service, const std::string& path)
{
    auto reply = call(bus_->new_call(service.c_str(), path.c_str(), bus_item, "GetText"));
    if (!reply) return Failure(reply.error());
    std::map<std::string, std::string> result;
    sd_bus_message* m = reply->get();
    sd_bus_message_enter_container(m, 'v', "a{ss}");
    sd_bus_message_enter_container(m, 'a', "{ss}");
    while (sd_bus_message_enter_container(m, 'e', "ss") > 0) {
        std::string key = string_of(m);
        result[std::move(key)] = string_of(m);
        sd_bus_message_exit_container(m);
    }
    return result;
}

Client::Answer<int> Client::set(const std::string& service, const std::string& path, const bus::Value& value)
{
    bus::Message message = bus_->new_call(service.c_str(), path.c_str(), bus_item, "SetValue");
    bus::append(message.get(), value);
    auto reply = call(std::move(message));
    if (!reply) return Failure(reply.error());
    std::int32_t result = -99;
    sd_bus_message_read(reply->get(), "i", &result);
    return result;
}

Client::Answer<std::string> Client::introspect(const std::string& service, const std::string& path)
{
    auto reply =
        call(bus_->new_call(service.c_str(), path.c_str(), "org.freedesktop.DBus.Introspectable", "Introspect"));
    if (!reply) return Failure(reply.error());
    return string_of(reply->get());
}

Client::Answer<std::string> Client::description(const std::string& service, const std::string& path)
{
    bus::Message message = bus_->new_call(service.c_str(), path.c_str(), bus_item, "GetDescription");
    sd_bus_message_append(message.get(), "si", "en", 20);
    auto reply = call(std::move(message));
    if (!reply) return Failure(reply.error());
    return string_of(reply->get());
}

std::string Client::owner(const std::string& name)
{
    const char* daemon = "org.freedesktop.DBus";
    bus::Message message = bus_->new_call(daemon, "/org/freedesktop/DBus", daemon, "GetNameOwner");
    sd_bus_message_append(message.get(), "s", name.c_str());
    auto reply = call(std::move(message));
    return reply ? string_of(reply->get()) : "";
}

}  // namespace bmsd::test
