#pragma once
// Files of the system that say one thing in one line.
#include <string>

namespace bmsd {

/// Up to the first end of line or NUL (the kernel's device tree); empty where there is no such file.
std::string first_line(const std::string& file);

}  // namespace bmsd
