#pragma once
// The rules over several keys (R12 to R28, R34, R35 of core/config.md section 5): what is found is set right the way
// the sheet says, towards the safe side, and told.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/issue.h"

namespace bmsd::config {

/// A key as it stands in the file.
struct Written {
    enum State { empty, refused, used };
    std::size_t line = 0;
    State state = empty;  // unless `used`, the default is in force
};

using WrittenKeys = std::map<std::string_view, Written>;

/// `written` tells the user's values from defaults, and the lines for the issues.
std::vector<Issue> apply_rules(Config& config, const WrittenKeys& written);

}  // namespace bmsd::config
