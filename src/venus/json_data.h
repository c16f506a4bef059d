#pragma once
// /JsonData: all values of a service as one JSON object, a level for each path element. Source: core/dbus.md section 6.
#include <string>

#include "venus/tree.h"

namespace bmsd::venus {

/// Without /JsonData itself and what is below /Settings; no value, empty text and empty list are null.
void write_json_data(const Tree& tree, std::string& json);

}  // namespace bmsd::venus
