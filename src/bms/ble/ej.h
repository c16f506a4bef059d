#pragma once
// The E&J protocol, which AG Power Lithium speaks with other characteristics. What the bytes mean: docs/bms/ble/ej.md
#include "bms/language/ble.h"

namespace bmsd::bms::ble {

std::unique_ptr<Protocol> make_ej(const Entry& entry, const Setup& setup);
std::unique_ptr<Device> ej_device(Reading& truth, const Line& line);
std::span<const std::string_view> ej_delivers();

}  // namespace bmsd::bms::ble
