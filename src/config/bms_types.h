#pragma once
// The names that may stand in BMS_TYPE and BLUETOOTH_BMS (core/config.md section 4, after the table of the MQTT keys).
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bmsd::config {

struct BmsType {
    std::string_view name;
    std::string_view kind;  // of port: "serial", "can", "ble", "mqtt"
};

std::span<const BmsType> bms_types();

/// Case-exact, but for the beginning of the names that belong to a whole family of Bluetooth types.
bool is_bms_type(std::string_view name);
bool is_ble_type(std::string_view name);

/// Of Bluetooth types: those of the aiobmsble family are compared without case, others exactly.
bool same_ble_name(std::string_view known, std::string_view written);
/// Whether it is named as CAN interfaces are: can0, vecan0, vcan0.
bool is_can_interface(std::string_view name);

std::vector<std::string_view> bms_types_of(std::string_view kind);

/// A type as people write it on a command line: in any letter case, or by the name on its cover (JK, JBD). Empty: none.
std::string_view type_meant_by(std::string_view name);

/// "BMS_TYPE lltjbd is not known; did you mean LltJbd? Known for serial: ..." (rule R27).
std::string unknown_bms_type(std::string_view name);

}  // namespace bmsd::config
