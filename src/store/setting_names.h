#pragma once
// How a battery is called in the settings of Venus OS. Source: core/dbus-settings.md section 2.
#include <string>
#include <string_view>

namespace bmsd::store {

inline constexpr const char* settings_service = "com.victronenergy.settings";

/// Every character but A-Z a-z 0-9 becomes '_'.
std::string sanitised(std::string_view unique_id);

/// The name of the battery's group below /Settings/Devices; ids that differ in letter case only share it.
std::string settings_group(std::string_view sanitised_id);

}  // namespace bmsd::store
