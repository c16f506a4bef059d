#pragma once
// The parts of the key table, in the order of the documented file. Only schema.cpp puts them together.
#include "config/schema.h"

namespace bmsd::config {

extern const std::span<const Group> basic_groups;
extern const std::span<const Group> limits_groups;
extern const std::span<const Group> more_groups;
extern const std::span<const Group> mqtt_battery_groups;
extern const std::span<const Group> capture_groups;
extern const std::span<const Group> bank_groups;
extern const std::span<const Group> web_groups;
extern const std::span<const Group> mqtt_groups;
extern const std::span<const Group> inverter_groups;

}  // namespace bmsd::config
