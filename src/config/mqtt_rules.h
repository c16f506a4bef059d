#pragma once
// The rule of the keys that hold topics and addresses (R37): what cannot be one is left out.
#include <vector>

#include "config/issue.h"
#include "config/rules.h"

namespace bmsd::config {

std::vector<Issue> apply_mqtt_rules(Config& config, const WrittenKeys& written);

}  // namespace bmsd::config
