#pragma once
// The numbers behind a current limit as a line for people, from the JSON of /Info/ChargeLimitationDetail
// (docs/dbus.md). Pure.
#include <optional>
#include <string>
#include <string_view>

namespace bmsd::cli {

/// For example "Temp 3 °C: 16.5 A, between 0 °C = 0 A and 5 °C = 27.5 A"; with the limit in force (A) when it is still
/// on its way to that one. Empty when `detail` is not such an object.
std::string explain(std::string_view detail, std::optional<double> in_force);

}  // namespace bmsd::cli
