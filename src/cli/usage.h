#pragma once
// What the command line says to words it does not know. Exit code of all usage errors: 2.
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the name of the library
class App;
}

namespace bmsd::cli {

constexpr int usage_failure = 2;

/// The first command or option of `words` that `app` does not have, as a sentence with the nearest that it has; empty:
/// all are known.
std::string unknown_word(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace bmsd::cli
