#pragma once
// Parts of the messages of the settings service. Source: core/dbus-settings.md section 1.
#include <optional>
#include <string>

#include "store/stored_values.h"

struct sd_bus_message;

namespace bmsd::store {

/// One setting of an AddSettings call. Negative errno as sd-bus gives it.
int append_setting(sd_bus_message* call, const std::string& path, const bus::Value& value, bool silent);
/// One a{sv} of the answer to AddSettings, or of PropertiesChanged; nothing where there is none, or it cannot be read.
std::optional<Values> read_dictionary(sd_bus_message* message);

}  // namespace bmsd::store
