// The keys of the output towards inverters (core/can-out.md section 6).
#include "config/keys.h"

namespace bmsd::config {
namespace {

constexpr Key can_output[]{
    {.name = "CAN_OUTPUT_INTERFACE",
     .member = &Config::can_output_interface,
     .initial = "",
     .range = "interface name",
     .empty = "disabled",
     .publish = false,
     .meaning = "CAN interface on which an inverter is told what the battery (or the bank) allows, for example can0. "
                "Nothing else may use it: it must not be in CAN_PORT."},
    {.name = "CAN_OUTPUT_PROFILE",
     .member = &Config::can_output_profile,
     .initial = "",
     .range = "pylontech|pylontech_plus|victron|byd|sma|luxpower|growatt",
     .empty = "none",
     .publish = false,
     .meaning = "What the inverter expects to hear; docs/inverters.md says which one for which inverter."},
    {.name = "CAN_OUTPUT_BATTERY",
     .member = &Config::can_output_battery,
     .initial = "",
     .range = "name or unique id",
     .empty = "the bank, or the only battery",
     .publish = false,
     .meaning = "The battery the inverter is told of, by its name or unique id."},
    {.name = "CAN_OUTPUT_FORCE_CHARGE_SOC",
     .member = &Config::can_output_force_charge_soc,
     .unit = "%",
     .initial = "0",
     .range = "0..95",
     .publish = false,
     .meaning = "Below this SoC the inverter is asked to charge from the grid until 5 % more are reached. 0: never."},
};

constexpr Group inverter[]{{"CAN output", can_output}};

}  // namespace

constinit const std::span<const Group> inverter_groups{inverter};

}  // namespace bmsd::config
