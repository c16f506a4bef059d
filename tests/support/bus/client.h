#pragma once
// Another program on the bus, as tests see a service: calls that wait for their answer, and every change signal.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bus/connection.h"
#include "bus/value.h"
#include "support/bus/private_bus.h"

namespace bmsd::test {

struct Item {
    std::string type;  // of what is in the variant
    bus::Value value;
    std::string text;

    bool operator==(const Item&) const = default;
};
using Items = std::map<std::string, Item>;

struct Signal {
    std::string sender, path, member;
    Items items;  // of PropertiesChanged: under the path
};

class Client {
  public:
    Client(RealLoop& loop, const std::string& address);

    /// An error's name when it is one ("org.freedesktop.DBus.Error.UnknownObject").
    template <class T>
    using Answer = Result<T>;

    Answer<Items> items(const std::string& service);
    Answer<Item> value(const std::string& service, const std::string& path, const char* interface = bus_item);
    Answer<std::string> text(const std::string& service, const std::string& path);
    /// GetValue or GetText of an inner node: path below it -> value or text.
    Answer<std::map<std::string, bus::Value>> values(const std::string& service, const std::string& path);
    Answer<std::map<std::string, std::string>> texts(const std::string& service, const std::string& path);
    Answer<int> set(const std::string& service, const std::string& path, const bus::Value& value);
    Answer<std::string> introspect(const std::string& service, const std::string& path);
    Answer<std::string> description(const std::string& service, const std::string& path);
    /// Unique name, empty without owner.
    std::string owner(const std::string& name);
    /// For calls of other forms: the error's name or the answer.
    Answer<bus::Message> call(bus::Message message);

    /// Change signals of com.victronenergy.BusItem since the last clear, from all senders.
    std::vector<Signal> signals;
    /// Answers after everything that was sent to us before: signals of what was done so far are there afterwards.
    void sync();
    bus::Connection& bus() { return *bus_; }

    static constexpr const char* bus_item = "com.victronenergy.BusItem";

  private:
    RealLoop& loop_;
    std::unique_ptr<bus::Connection> bus_;
    bus::Slot items_changed_, properties_changed_;
};

/// A variant of any kind with the type it holds.
Item read_item(sd_bus_message* message);

}  // namespace bmsd::test
