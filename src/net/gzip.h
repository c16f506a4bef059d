#pragma once
// Compression, where the program was built with zlib.
#include <optional>
#include <string>
#include <string_view>

namespace bmsd::net {

/// Nothing where this build cannot.
std::optional<std::string> gzip(std::string_view text);
/// Nothing where it is no gzip, or longer than `most` bytes.
std::optional<std::string> gunzip(std::string_view data, std::size_t most);

}  // namespace bmsd::net
