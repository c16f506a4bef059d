#pragma once
// The text of config.ini as a configuration. Whatever stands in it, there is always one that is safe to run with: what
// cannot be used is told and the default, or what the rule says, takes its place (core/config.md section 5).
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/able.h"
#include "config/issue.h"

namespace bmsd::config {

struct Loaded {
    Config config;
    std::vector<Issue> issues;  // of single lines in the order of the file, then those of the rules over several keys

    /// By line: what an entry that an older release wrote would be today; nothing where it is left out.
    std::map<std::size_t, std::vector<std::string>> today{};

    /// Then every battery shows state 10 and error code 119, and a reload keeps the configuration in force.
    bool has_errors() const;
};

/// `file` is the path to name in the issues. An empty text gives the defaults and no issue. Without `abilities` the
/// program is taken to be able to do everything there are keys for.
Loaded load(std::string_view text, std::string_view file = "config.ini", const Abilities* abilities = nullptr);

/// `text` with the names and values of today; comments, order and everything else stay.
std::string upgraded(std::string_view text);

/// The text of a configuration; what is no regular file (a FIFO would be waited for) and what is larger than any
/// configuration are errors.
Result<std::string> read_configuration(const std::string& path);

/// A missing file is as good as an empty one. One that cannot be read is an error and gives the defaults.
Loaded load_file(const std::string& path, const Abilities* abilities = nullptr);

}  // namespace bmsd::config
