#include "venus/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace bmsd::venus {
namespace {

constexpr std::string_view service_prefix = "com.victronenergy.battery.";

bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view basename(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

std::string bare_mac(std::string_view mac)
{
    std::string text;
    for (const char c : mac) {
        if (c != ':') text += lower(c);
    }
    return text;
}

// An element of a bus name holds letters, digits, '_' and '-', and does not begin with a digit.
std::string element(std::string_view text)
{
    std::string result;
    for (const char c : text) result += is_alnum(c) || c == '-' ? c : '_';
    if (result.empty() || (result[0] >= '0' && result[0] <= '9')) result.insert(0, 1, 'p');
    return result;
}

std::string address_text(std::string_view bytes)
{
    std::string text;
    for (const char c : bytes) text += fmt::format("0x{:02X}", static_cast<unsigned char>(c));
    return text;
}

std::string_view last_five(std::string_view mac)
{
    return mac.size() > 5 ? mac.substr(mac.size() - 5) : mac;
}

}  // namespace

std::string port_name(const Place& place)
{
    switch (place.kind) {
        case LinkKind::serial:
        case LinkKind::can:
            return std::string(basename(place.device));
        case LinkKind::ble:
            return "ble_" + bare_mac(place.device);
        case LinkKind::ble_library:
            return place.driver;
        case LinkKind::mqtt:
            return "mqtt_" + (place.configured.empty() ? "0" : place.configured);
    }
    return {};
}

std::string bus_name(const Place& place)
{
    std::string text = port_name(place);
    if (place.kind == LinkKind::ble_library)
        text += "__" + bare_mac(place.device);
    else if (!place.configured.empty() && place.kind != LinkKind::mqtt)
        text += "__" + place.configured;
    return std::string(service_prefix) + element(text);
}

std::string connection_text(const Place& place)
{
    switch (place.kind) {
        case LinkKind::serial: {
            const std::string text = "Serial " + place.device;
            return place.address_bytes.empty() ? text : text + "__" + address_text(place.address_bytes);
        }
        case LinkKind::can: {
            const std::string text = "CAN socketcan:" + place.device;
            unsigned address = 0;
            for (const char c : place.address_bytes) address = address << 8 | static_cast<unsigned char>(c);
            return address == 0 ? text : fmt::format("{}__{}", text, address);
        }
        case LinkKind::ble:
            return "BLE " + (place.driver == "Xdzn_Ble" ? port_name(place) : place.device);
        case LinkKind::ble_library:
            return "aiobmsble " + place.device;
        case LinkKind::mqtt:
            return "MQTT: " + place.device;
    }
    return {};
}

std::string product_name(std::string_view unique_id, const Place& place, std::string_view type)
{
    return fmt::format("SerialBattery {} @ {} ({})", unique_id, port_name(place), type);
}

std::string default_custom_name(const Place& place, const Identity& identity)
{
    const std::string type = identity.type.value_or("");
    const std::string_view tail = last_five(place.device);
    if (place.kind == LinkKind::ble_library) return fmt::format("{} ({})", type, tail);
    if (place.driver == "Kilovault_Ble" && identity.user_label) return *identity.user_label;
    if (place.driver == "Jkbms_Ble" || place.driver == "Kilovault_Ble") {
        return fmt::format("SerialBattery({}) {}", type, tail);
    }
    if (place.driver == "LiTime_Ble") return fmt::format("Bat: {} {}", type, tail);
    if (place.driver == "LltJbd_Ble") return identity.user_label.value_or("");
    if (place.driver == "EG4_LL") return fmt::format("{}:{}", type, identity.unique_id.value_or(""));
    return {};
}

std::string port_id(const Place& place)
{
    std::string_view device = place.device;
    if (device.starts_with("/dev/")) device.remove_prefix(5);
    const std::string address = place.address_bytes.empty() ? "0x01" : address_text(place.address_bytes);
    return fmt::format("{}__{}", device, address);
}

UniqueId choose_unique_id(const Identity& identity, const Place& place, bool use_port, const IdQuestion& taken,
                          const IdQuestion& known)
{
    const std::string by_port = port_id(place);
    if (use_port) return {by_port, {}};
    const std::string own = identity.unique_id.value_or("");
    if (own.empty()) {
        return {by_port, fmt::format("The BMS at {} gives no unique id, {} is used.", connection_text(place), by_port)};
    }
    std::string distinct[] = {"", own + "_" + by_port};
    if (identity.serial_number && !identity.serial_number->empty()) distinct[0] = own + "_" + *identity.serial_number;
    for (const auto& id : distinct) {
        if (!id.empty() && known(id) && !taken(id)) return {id, {}};
    }
    if (!taken(own)) return {own, {}};
    for (const auto& id : distinct) {
        if (id.empty() || taken(id)) continue;
        return {id,
                fmt::format("Two batteries have the same unique id {}. The one at {} is served as {}. To make the ids "
                            "differ give the batteries different names, serial numbers or capacities in their BMS, "
                            "or set USE_PORT_AS_UNIQUE_ID = True.",
                            own, connection_text(place), id)};
    }
    return {by_port,
            fmt::format("Every id of the battery at {} is in use, {} is used.", connection_text(place), by_port)};
}

}  // namespace bmsd::venus
