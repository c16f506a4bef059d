#pragma once
// What the tests of the configuration share.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace bmsd::config {

/// The lines below a [DEFAULT] header.
inline Loaded load_options(std::string_view options)
{
    return load("[DEFAULT]\n" + std::string(options));
}

inline std::vector<std::string> rules_of(const Loaded& loaded)
{
    std::vector<std::string> rules;
    for (const Issue& issue : loaded.issues) rules.emplace_back(issue.rule);
    return rules;
}

/// "" when the rule was not told.
inline std::string message(const Loaded& loaded, std::string_view rule)
{
    for (const Issue& issue : loaded.issues) {
        if (issue.rule == rule) return issue.message;
    }
    return "";
}

inline Issue issue(const Loaded& loaded, std::string_view rule)
{
    for (const Issue& issue : loaded.issues) {
        if (issue.rule == rule) return issue;
    }
    return {};
}

inline std::string text_of(const Loaded& loaded, std::string_view key)
{
    return to_text(value_of(loaded.config, key));
}

}  // namespace bmsd::config
