#pragma once
// Follows every battery service on the bus, whoever runs it: for `bmsd watch`.
// Source: core/dbus.md sections 2 and 8.1, seen from the reader's side.
#include <functional>
#include <map>
#include <string>

#include "bus/connection.h"
#include "bus/value.h"

namespace bmsd::bus {

class Monitor {
  public:
    struct Item {
        Value value;
        std::string text;
    };
    using Items = std::map<std::string, Item, std::less<>>;  // by path

    /// `changed` is called whenever a service came, went or changed.
    Monitor(Connection& bus, std::function<void()> changed);

    /// By bus name; only services that have answered.
    const std::map<std::string, Items>& services() const { return services_; }
    /// Whether the names on the bus are known and every battery service has answered.
    bool complete() const { return listed_ && calls_.empty(); }

  private:
    void list_names();
    void appeared(const std::string& name);
    void gone(const std::string& name);
    void owner_changed(sd_bus_message* message);
    void items_changed(sd_bus_message* message);
    static void read_items(sd_bus_message* message, Items& items);

    Connection& bus_;
    std::function<void()> changed_;
    std::map<std::string, Items> services_;
    std::map<std::string, std::string, std::less<>> names_;  // unique name -> bus name
    std::map<std::string, Slot> calls_;                      // not answered yet
    Slot names_call_, owner_match_, items_match_;
    bool listed_ = false;
};

}  // namespace bmsd::bus
