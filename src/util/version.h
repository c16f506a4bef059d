#pragma once
// The version of the daemon, set by the build.
#include <string_view>

namespace bmsd {
inline constexpr std::string_view version = BMSD_VERSION;
}
