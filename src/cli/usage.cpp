#include "cli/usage.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "config/text.h"

namespace bmsd::cli {
namespace {

std::string sentence(std::string_view kind, std::string_view word, const std::vector<std::string>& names)
{
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto near = config::nearest(word, views);
    return fmt::format("there is no {} {}{}", kind, word, near.empty() ? "" : fmt::format("; did you mean {}?", near));
}

std::vector<std::string> option_names(const CLI::App& app)
{
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

}  // namespace

std::string unknown_word(const CLI::App& app, const std::vector<std::string>& words)
{
    const CLI::App* at = &app;
    for (const auto& word : words) {
        if (word == "--") return {};
        if (word.starts_with("--")) {
            const auto name = word.substr(0, word.find('='));
            if (at->get_option_no_throw(name) == nullptr) return sentence("option", name, option_names(*at));
            continue;
        }
        const auto below = at->get_subcommands([](const CLI::App*) { return true; });
        if (word.starts_with("-") || below.empty()) continue;
        std::vector<std::string> names;
        const CLI::App* found = nullptr;
        for (const CLI::App* command : below) {
            names.push_back(command->get_name());
            if (command->get_name() == word) found = command;
        }
        if (found == nullptr) return sentence("command", word, names);
        at = found;
    }
    return {};
}

}  // namespace bmsd::cli
