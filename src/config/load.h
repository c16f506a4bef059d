#pragma once
// The text of config.ini as a configuration. Whatever stands in it, there is always one that is safe to run with: what
// cannot be used is told and the default, or what the rule says, takes its place (core/config.md section 5).
#include <string>
#include <string_view>
#include <vector>

#include "config/issue.h"

namespace bmsd::config {

struct Loaded {
    Config config;
    std::vector<Issue> issues;  // of single lines in the order of the file, then those of the rules over several keys

    /// Then every battery shows state 10 and error code 119, and a reload keeps the configuration in force.
    bool has_errors() const;
};

/// `file` is the path to name in the issues. An empty text gives the defaults and no issue.
Loaded load(std::string_view text, std::string_view file = "config.ini");

/// A missing file is as good as an empty one. One that cannot be read is an error and gives the defaults.
Loaded load_file(const std::string& path);

}  // namespace bmsd::config
