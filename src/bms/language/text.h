#pragma once
// Numbers and fields in the text that some devices send.
#include <optional>
#include <string_view>
#include <vector>

#include "util/bytes.h"

namespace bmsd::bms {

inline constexpr std::string_view blanks = " \t\r\n";

std::string_view as_text(ByteView bytes);

/// The number `text` begins with: sign, digits, point or comma, digits; what follows is ignored.
std::optional<double> leading_number(std::string_view text);

/// All of `text` is a number with a point, blanks around it allowed.
std::optional<double> number(std::string_view text);

/// The same without a point, up to a million either way.
std::optional<int> whole_number(std::string_view text);

/// The fields of a line, separated by commas.
std::vector<std::string_view> split(std::string_view line);

}  // namespace bmsd::bms
