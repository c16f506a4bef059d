#pragma once
// The cases of a bank, and of batteries made of several sources, for `bmsd replay`.
#include <string_view>

#include "cli/commands.h"
#include "config/config.h"
#include "util/result.h"

namespace bmsd::cli {

/// Whether a file holds such cases and nothing else.
bool is_bank_file(std::string_view text);
/// Prints each step; `base` is the configuration where a case names no key.
Result<void> replay_bank(std::string_view text, const ReplayOptions& options, const config::Config& base);

}  // namespace bmsd::cli
