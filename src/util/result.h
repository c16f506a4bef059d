#pragma once
// A value or the reason why there is none. Floors with their own set of reasons name it (bms::Reply).
#include <expected>
#include <string>

namespace bmsd {

template <class T, class E = std::string>
using Result = std::expected<T, E>;

using Failure = std::unexpected<std::string>;

}  // namespace bmsd
