#pragma once
// The manual page, made from the commands themselves. Pure.
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the name of the library
class App;
}

namespace bmsd::cli {

/// In the language of man(7).
std::string manual(const CLI::App& app);

}  // namespace bmsd::cli
