// Completion and manual page are made from the commands: nothing of them may be missing, and the shells must take them.
#include "cli/completion.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "cli/command_line.h"
#include "cli/manual.h"
#include "util/file.h"

namespace bmsd::cli {
namespace {

class Commands : public testing::Test {
  protected:
    Commands() { add_commands(app, chosen); }

    /// Every command and every long option, with what leads to it.
    static void walk(const CLI::App& at, const std::function<void(const std::string&)>& seen)
    {
        for (const CLI::Option* option : at.get_options())
            for (const auto& name : option->get_lnames()) seen("--" + name);
        for (const CLI::App* command : at.get_subcommands([](const CLI::App*) { return true; })) {
            seen(command->get_name());
            walk(*command, seen);
        }
    }

    /// What a shell says to a script; nothing when it is not installed.
    static std::optional<std::string> run(const std::string& shell, const std::string& script)
    {
        if (std::system(("command -v " + shell + " >/dev/null").c_str()) != 0) return {};
        const auto folder = std::filesystem::temp_directory_path() / ("bmsd-shell-" + std::to_string(::getpid()));
        const std::string file = (folder / "script").string(), out = (folder / "out").string();
        EXPECT_TRUE(write_file(file, script));
        EXPECT_EQ(std::system((shell + " " + file + " >" + out + " 2>&1").c_str()), 0) << shell;
        const auto said = read_file(out).value_or("");
        std::filesystem::remove_all(folder);
        return said;
    }

    CLI::App app{"bmsd", "bmsd"};
    Chosen chosen;
};

TEST_F(Commands, NothingIsMissing)
{
    std::string plain = manual(app);
    for (std::size_t at = 0; (at = plain.find("\\-", at)) != plain.npos; ++at) plain.erase(at, 1);
    const auto bash = completion(app, "bash"), zsh = completion(app, "zsh"), fish = completion(app, "fish");
    walk(app, [&](const std::string& word) {
        if (word != "--help" && word != "--version") {
            EXPECT_NE(plain.find(word), std::string::npos) << word;
        }
        EXPECT_NE(bash.find(word), std::string::npos) << word;
        EXPECT_NE(zsh.find(word), std::string::npos) << word;
        const auto in_fish = word.starts_with("--") ? "-l " + word.substr(2) : word;
        EXPECT_NE(fish.find(in_fish), std::string::npos) << word;
    });
    EXPECT_EQ(completion(app, "csh"), "");
}

TEST_F(Commands, BashCompletesCommandsOptionsAndTypes)
{
    const auto completed = [&](const std::string& words, int at) {
        return run("bash", completion(app, "bash") + "COMP_WORDS=(" + words + ")\nCOMP_CWORD=" + std::to_string(at) +
                               "\n_bmsd\necho \"${COMPREPLY[@]}\"\n")
            .value_or("bash is missing");
    };
    EXPECT_EQ(completed("bmsd do", 1), "doctor\n");
    EXPECT_EQ(completed("bmsd config ch", 2), "check\n");
    EXPECT_EQ(completed("bmsd read --bms LltJ", 3), "LltJbd LltJbd_Up16s\n");
    EXPECT_EQ(completed("bmsd read --ti", 2), "--timeout\n");
    EXPECT_EQ(completed("bmsd config explain MAX_CELL", 3), "MAX_CELL_VOLTAGE\n");
    EXPECT_EQ(completed("bmsd watch --sec", 2), "--seconds\n");
}

TEST_F(Commands, TheOtherShellsTakeTheirs)
{
    const auto fish = completion(app, "fish");
    const auto command = run("fish", fish + "complete -C 'bmsd config ch'\n").value_or("check");
    EXPECT_NE(command.find("check"), std::string::npos) << command;
    const auto option = run("fish", fish + "complete -C 'bmsd read --ti'\n").value_or("--timeout");
    EXPECT_NE(option.find("--timeout"), std::string::npos) << option;
    const auto zsh = run("zsh", "autoload -Uz compinit && compinit -u -D\n" + completion(app, "zsh") +
                                    "print $_comps[bmsd] $+functions[_bmsd_config_check]\n");
    EXPECT_EQ(zsh.value_or("_bmsd 1\n"), "_bmsd 1\n");
    const auto page = run("groff -man -Tutf8 -ww -z", manual(app));
    EXPECT_EQ(page.value_or(""), "") << "groff has nothing to complain of";
}

}  // namespace
}  // namespace bmsd::cli
