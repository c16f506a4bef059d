#pragma once
// What bmsd report packs, as text. Pure; the command gathers and packs.
#include <string>

#include "cli/doctor.h"

namespace bmsd::cli {

/// A configuration file without the values of keys that name a secret (user names, passwords, tokens), whatever else
/// stands on the line.
std::string without_secrets(const std::string& configuration);

/// Every path of every battery with its value and text.
std::string batteries_text(const BusFacts& bus);

}  // namespace bmsd::cli
