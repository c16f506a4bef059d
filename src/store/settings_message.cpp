#include "store/settings_message.h"

#include <systemd/sd-bus.h>

namespace bmsd::store {

int append_setting(sd_bus_message* call, const std::string& path, const bus::Value& value, bool silent)
{
    int result = sd_bus_message_open_container(call, 'a', "{sv}");
    if (result >= 0) result = sd_bus_message_append(call, "{sv}", "path", "s", path.c_str());
    if (result >= 0) result = sd_bus_message_open_container(call, 'e', "sv");
    if (result >= 0) result = sd_bus_message_append(call, "s", "default");
    if (result >= 0) result = append(call, value);
    if (result >= 0) result = sd_bus_message_close_container(call);
    if (result >= 0)
        result = sd_bus_message_append(call, "{sv}{sv}{sv}", "min", "i", 0, "max", "i", 0, "silent", "i", int{silent});
    return result >= 0 ? sd_bus_message_close_container(call) : result;
}

std::optional<Values> read_dictionary(sd_bus_message* message)
{
    Values values;
    if (sd_bus_message_enter_container(message, 'a', "{sv}") <= 0) return std::nullopt;
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char* key = nullptr;
        sd_bus_message_read(message, "s", &key);
        if (auto value = bus::read_variant(message)) values[key] = std::move(*value);
        sd_bus_message_exit_container(message);
    }
    if (sd_bus_message_exit_container(message) < 0) return std::nullopt;
    return values;
}

}  // namespace bmsd::store
