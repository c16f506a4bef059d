#pragma once
// The password of the page: kept as its argon2id sum in a file of its own, never in the configuration. Where the
// program was built without libargon2 nothing can be changed over the network.
#include <string>
#include <string_view>

#include "util/result.h"

namespace bmsd::web {

inline constexpr std::size_t shortest_password = 8, longest_password = 256;

bool passwords_possible();
std::string password_file(const std::string& state_dir);

/// The text for the file; slow on purpose.
Result<std::string> password_sum(std::string_view password);
/// Slow on purpose: off the loop.
bool password_fits(const std::string& sum, std::string_view password);

/// Readable by its owner only. An empty password removes it.
Result<void> save_password(const std::string& state_dir, std::string_view password);

/// `count` random bytes as text for a cookie.
std::string random_text(std::size_t count);

}  // namespace bmsd::web
