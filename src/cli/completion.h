#pragma once
// What completes the words of the command line in a shell, made from the commands themselves. Pure.
#include <string>
#include <string_view>

namespace CLI {  // NOLINT(readability-identifier-naming): the name of the library
class App;
}

namespace bmsd::cli {

/// A script for "bash", "zsh" or "fish"; empty for another shell.
std::string completion(const CLI::App& app, std::string_view shell);

}  // namespace bmsd::cli
