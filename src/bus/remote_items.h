#pragma once
// Values of another program's service, followed by its change signals. Source: core/dbus.md sections 2.3 and 7.
#include <string>
#include <vector>

#include "bus/connection.h"
#include "bus/value.h"

namespace bmsd::bus {

class RemoteItems {
  public:
    using Changed = std::function<void()>;

    /// `changed` is called after each change of values(), present() or known(). `bus` outlives it.
    RemoteItems(Connection& bus, std::string service, std::vector<std::string> paths, Changed changed);

    /// In the order of the paths; no value when the path or the service is not there.
    const std::vector<Value>& values() const { return values_; }
    bool present() const { return !watch_.owner().empty(); }
    /// Whether the bus has told if the service is there, and the service has answered for every path.
    bool known() const { return watch_.known() && unanswered_ == 0; }

  private:
    void owner_changed(const std::string& owner);
    void ask(std::size_t index);
    void set(std::size_t index, Value value);
    void properties_changed(std::size_t index, sd_bus_message* signal);
    void items_changed(sd_bus_message* signal);

    Connection& bus_;
    std::string service_;
    std::vector<std::string> paths_;
    Changed changed_;
    std::vector<Value> values_;
    std::vector<Slot> matches_, calls_;
    std::size_t unanswered_ = 0;
    NameWatch watch_;
};

}  // namespace bmsd::bus
