#pragma once
// What bmsd report packs, as text. Pure; the command gathers and packs.
#include <string>

#include "cli/doctor.h"

namespace bmsd::cli {

/// Every path of every battery with its value and text.
std::string batteries_text(const BusFacts& bus);

}  // namespace bmsd::cli
