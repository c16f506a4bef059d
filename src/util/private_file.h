#pragma once
// A small file with secrets in it.
#include <string>
#include <string_view>

#include "util/result.h"

namespace bmsd {

/// As write_file(), but nobody except its owner may read it, at no time. The folder gets the usual rights.
Result<void> write_private_file(const std::string& path, std::string_view content, bool durable = false);

}  // namespace bmsd
