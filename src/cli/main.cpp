// The program: parses the command line and runs the chosen command.
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command_line.h"
#include "cli/usage.h"

namespace bmsd::cli {
namespace {

int run_command(int argc, char** argv)
{
    CLI::App app{"bmsd: reads the battery management systems of a site and tells the power system what they allow."};
    Chosen chosen;
    add_commands(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        const auto unknown = unknown_word(app, {argv + 1, argv + argc});
        const auto used = app.get_subcommands();
        std::fprintf(stderr, "bmsd: %s\nbmsd%s%s --help tells more\n", unknown.empty() ? error.what() : unknown.c_str(),
                     used.empty() ? "" : " ", used.empty() ? "" : used.front()->get_name().c_str());
        return usage_failure;
    }
    return chosen ? chosen() : usage_failure;
}

}  // namespace
}  // namespace bmsd::cli

int main(int argc, char** argv)
{
    ::prctl(PR_SET_NAME, "bmsd");  // also where our own loader starts us
    try {
        return bmsd::cli::run_command(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bmsd: %s\n", error.what());
        return 1;
    }
}
