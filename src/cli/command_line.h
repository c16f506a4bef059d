#pragma once
// The words of the command line: every sub-command with its options, help and examples. Help, completion and manual
// page come from here.
#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): the name of the library
class App;
}

namespace bmsd::cli {

/// The command that was chosen; runs after parsing and returns the exit code.
using Chosen = std::function<int()>;

/// All commands; parsing sets `chosen`. Both outlive the parsing and the run.
void add_commands(CLI::App& app, Chosen& chosen);

}  // namespace bmsd::cli
