#pragma once
// What is never shown of an address.
#include <string>
#include <string_view>

namespace bmsd::config {

/// Stands in the place of a secret.
inline constexpr std::string_view hidden = "(removed)";

/// Without user and password: "mqtt://user:password@host".
std::string without_credentials(std::string_view text);

}  // namespace bmsd::config
