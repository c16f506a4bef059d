#pragma once
// A few named values of one thing that outlive the process: a group of the settings service, or a file where there is
// none. What is set is written when it differs, and not more often than once a minute a value.
// Source: core/dbus-settings.md sections 1 and 2.
#include <functional>
#include <memory>

#include "bus/connection.h"
#include "store/stored_values.h"

namespace bmsd::store {

struct GroupSetting {
    std::string_view name;
    bus::Value initial;   // its type is that of the setting
    bool silent = false;  // its changes are not logged by the settings service
};

class Group {
  public:
    using Ready = std::function<void(const Values& values)>;
    /// A value was changed by somebody else.
    using Changed = std::function<void(const std::string& name, const bus::Value& value)>;

    virtual ~Group() = default;
    /// Nothing happens before it is ready.
    virtual void set(const std::string& name, const bus::Value& value) = 0;
    /// Writes at once what waits.
    virtual void flush() = 0;
};

/// `ready` is called once, as soon as the values are known, never from inside. `bus` outlives the group.
std::unique_ptr<Group> open_settings_group(bus::Connection& bus, std::string name, std::vector<GroupSetting> settings,
                                           Group::Ready ready, Group::Changed changed);
std::unique_ptr<Group> open_file_group(Loop& loop, std::string file, const std::vector<GroupSetting>& settings,
                                       Group::Ready ready);

}  // namespace bmsd::store
