#pragma once
// A stand-in for com.victronenergy.settings, written from core/dbus-settings.md section 1.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/bus/client.h"

namespace bmsd::test {

class FakeSettings {
  public:
    /// A setting's path below /Settings and its value; the type of the setting is that of the value.
    using Tree = std::map<std::string, bus::Value>;

    FakeSettings(Loop& loop, const std::string& address, Tree tree = {});

    const Tree& tree() const { return tree_; }
    /// As a user interface would: with the signal.
    int set(const std::string& path, const bus::Value& value);

    /// For every method call of the connection; returns as a handler of sd-bus does.
    int answer(sd_bus_message* call);

    bool owns_name = false;
    std::vector<std::string> writes;  // "path=text", in the order of the calls of SetValue
    std::set<std::string> refuse;     // last elements of paths whose SetValue is answered with -1
    int add_calls = 0;
    bool answer_add = true;   // false: AddSettings gets an error
    bool silent = false;      // true: nothing is answered
    bool garble_add = false;  // true: AddSettings is answered with a text

  private:
    int get_group(sd_bus_message* call, const std::string& path);
    int add_settings(sd_bus_message* call);
    int remove_settings(sd_bus_message* call, const std::string& group);
    int add(const std::string& path, const std::optional<bus::Value>& value);
    bus::Value unique_instance(const std::string& path, const bus::Value& wanted) const;
    void signal(const std::string& path);
    bool is_group(const std::string& path) const;

    Tree tree_;
    std::unique_ptr<bus::Connection> bus_;
    bus::Slot object_, name_;
};

}  // namespace bmsd::test
