#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "bms/catalogue.h"
#include "config/schema.h"

namespace bmsd::cli {
namespace {

/// What may stand where a value of a type stands: words, or what the shell finds.
struct Values {
    enum Kind { none, words, files, folders, ports } kind = none;
    std::vector<std::string> list{};
};

Values values_of(const CLI::Option& option)
{
    const std::string type = option.get_type_name();
    const auto is = [&](std::string_view name) { return type == name || type.starts_with(std::string(name) + ":"); };
    if (is("DIR")) return {Values::folders};
    if (is("FILE") || is("INI") || is("PATH")) return {Values::files};
    if (is("PORT")) return {Values::ports};
    if (is("SHELL")) return {Values::words, {"bash", "zsh", "fish"}};
    Values values{Values::words, {}};
    if (is("TYPE")) {
        for (const bms::Entry* entry : bms::catalogue()) values.list.emplace_back(entry->name);
    } else if (is("KEY")) {
        for (const config::Key* key : config::keys())  // not the one that stands for many names
            if (key->name.find('<') == key->name.npos) values.list.emplace_back(key->name);
    } else {
        return {};
    }
    return values;
}

bool is_flag(const CLI::Option& option)
{
    return option.get_type_size() == 0;
}

std::vector<std::string> names_of(const CLI::Option& option)
{
    std::vector<std::string> names;
    for (const auto& name : option.get_lnames()) names.push_back("--" + name);
    for (const auto& name : option.get_snames()) names.push_back("-" + name);
    return names;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app)
{
    return app.get_subcommands([](const CLI::App*) { return true; });
}

/// In single quotes of a POSIX shell, in which the text stands for itself.
std::string in_quotes(std::string_view text)
{
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

// ----- bash

std::string bash_values(const Values& values)
{
    switch (values.kind) {
        case Values::files:
            return "compopt -o default; return";
        case Values::folders:
            return "COMPREPLY=($(compgen -d -- \"$cur\")); return";
        case Values::ports:
            return "COMPREPLY=($(compgen -G '/dev/tty[UA][SC][BM]*' | grep -F -- \"$cur\")); return";
        case Values::words:
            return fmt::format("COMPREPLY=($(compgen -W {} -- \"$cur\")); return",
                               in_quotes(fmt::format("{}", fmt::join(values.list, " "))));
        case Values::none:
            break;
    }
    return "return";
}

/// The branches of one command and of those below it: `options` by "command --option", `words` by command.
void bash_branches(const CLI::App& app, const std::string& path, std::string& options, std::string& words)
{
    std::vector<std::string> all;
    Values positional;
    for (const CLI::Option* option : app.get_options()) {
        const auto names = names_of(*option);
        if (names.empty()) positional = values_of(*option);
        all.insert(all.end(), names.begin(), names.end());
        if (names.empty() || is_flag(*option)) continue;
        std::string patterns;
        for (const auto& name : names)
            patterns += fmt::format("{}{}", patterns.empty() ? "" : " | ", in_quotes(fmt::format("{} {}", path, name)));
        options += fmt::format("        {}) {} ;;\n", patterns, bash_values(values_of(*option)));
    }
    for (const CLI::App* command : commands_of(app)) {
        all.push_back(command->get_name());
        bash_branches(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), options, words);
    }
    words += fmt::format("        {}) words={}\n", in_quotes(path), in_quotes(fmt::format("{}", fmt::join(all, " "))));
    if (positional.kind != Values::none)
        words += fmt::format("            case $cur in -*) ;; *) {} ;; esac\n", bash_values(positional));
    words += "            ;;\n";
}

void bash_paths(const CLI::App& app, const std::string& path, std::vector<std::string>& paths)
{
    for (const CLI::App* command : commands_of(app)) {
        const std::string below = path.empty() ? command->get_name() : path + " " + command->get_name();
        paths.push_back(in_quotes(path.empty() ? " " + command->get_name() : below));
        bash_paths(*command, below, paths);
    }
}

std::string bash(const CLI::App& app)
{
    std::string options, words;
    std::vector<std::string> paths;
    bash_branches(app, "", options, words);
    bash_paths(app, "", paths);
    return fmt::format(R"(# Completes the words of bmsd in bash; made by `bmsd completion bash`.
_bmsd() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} path='' word words=''
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$path $word" in
        {}) path="${{path:+$path }}$word" ;;
        esac
    done
    COMPREPLY=()
    case "$path $before" in
{}    esac
    case "$path" in
{}    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -F _bmsd bmsd
)",
                       fmt::join(paths, " | "), options, words);
}

// ----- zsh

std::string zsh_text(std::string_view text)  // in _arguments these end a description
{
    std::string out;
    for (const char c : text)
        out += std::string_view("[]:\\").find(c) == std::string_view::npos ? std::string(1, c) : std::string("\\") + c;
    return out;
}

std::string zsh_values(const Values& values)
{
    switch (values.kind) {
        case Values::files:
            return "_files";
        case Values::folders:
            return "_files -/";
        case Values::ports:
            return "_files -g \"/dev/tty(USB|ACM)*\"";
        case Values::words:
            return fmt::format("({})", fmt::join(values.list, " "));
        case Values::none:
            break;
    }
    return " ";
}

std::string zsh_function(const CLI::App& app, const std::string& name)
{
    std::vector<std::string> specs;
    for (const CLI::Option* option : app.get_options()) {
        const auto names = names_of(*option);
        const std::string value = is_flag(*option) ? "" : ":value:" + zsh_values(values_of(*option));
        for (const auto& one : names)
            specs.push_back(in_quotes(fmt::format("{}[{}]{}", one, zsh_text(option->get_description()), value)));
        if (names.empty()) specs.push_back(in_quotes("*" + value));
    }
    std::string text, below;
    const auto commands = commands_of(app);
    if (!commands.empty()) {
        specs.push_back("'1:command:->command'");
        specs.push_back("'*::argument:->argument'");
        std::string list, branches;
        for (const CLI::App* command : commands) {
            const std::string function = name + "_" + command->get_name();
            list += fmt::format("            {}\n",
                                in_quotes(command->get_name() + ":" + zsh_text(command->get_description())));
            branches += fmt::format("            {}) {} ;;\n", command->get_name(), function);
            below += zsh_function(*command, function);
        }
        text = fmt::format(R"(    case $state in
    command)
        local -a commands=(
{}        )
        _describe command commands
        ;;
    argument)
        case $words[1] in
{}        esac
        ;;
    esac
)",
                           list, branches);
    }
    return below + fmt::format("{}() {{\n    local curcontext=$curcontext state line\n    _arguments -C {}\n{}}}\n",
                               name, fmt::join(specs, " \\\n        "), text);
}

std::string zsh(const CLI::App& app)
{
    return fmt::format(
        "#compdef bmsd\n# Completes the words of bmsd in zsh; made by `bmsd completion zsh`.\n{}"
        "if [ \"$funcstack[1]\" = _bmsd ]; then _bmsd \"$@\"; else compdef _bmsd bmsd; fi\n",
        zsh_function(app, "_bmsd"));
}

// ----- fish

std::string fish_text(std::string_view text)  // in single quotes of fish
{
    std::string out = "'";
    for (const char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return out + "'";
}

std::string fish_values(const Values& values)
{
    switch (values.kind) {
        case Values::files:
            return " -F";
        case Values::folders:
            return " -x -a '(__fish_complete_directories)'";
        case Values::ports:
            return " -x -a '(find /dev -maxdepth 1 -name ttyUSB\\* -o -name ttyACM\\*)'";
        case Values::words:
            return " -x -a " + fish_text(fmt::format("{}", fmt::join(values.list, " ")));
        case Values::none:
            break;
    }
    return "";
}

void fish_command(const CLI::App& app, const std::string& where, std::string& text)
{
    const std::string begin = "complete -c bmsd" + (where.empty() ? "" : " -n " + fish_text(where));
    const auto commands = commands_of(app);
    for (const CLI::Option* option : app.get_options()) {
        const auto values = values_of(*option);
        std::string names;
        for (const auto& name : option->get_lnames()) names += " -l " + name;
        for (const auto& name : option->get_snames()) names += " -s " + name;
        if (names.empty() && values.kind == Values::none) continue;
        text += begin + names + (names.empty() || is_flag(*option) ? "" : " -r") + fish_values(values);
        text += names.empty() ? "\n" : " -d " + fish_text(option->get_description()) + "\n";
    }
    if (commands.empty()) return;
    std::vector<std::string> names;
    for (const CLI::App* command : commands) names.push_back(command->get_name());
    const std::string none = fmt::format("{}not __fish_seen_subcommand_from {}", where.empty() ? "" : where + "; and ",
                                         fmt::join(names, " "));
    for (const CLI::App* command : commands) {
        text += fmt::format("complete -c bmsd -n {} -a {} -d {}\n", fish_text(none), command->get_name(),
                            fish_text(command->get_description()));
        fish_command(
            *command,
            fmt::format("{}__fish_seen_subcommand_from {}", where.empty() ? "" : where + "; and ", command->get_name()),
            text);
    }
}

std::string fish(const CLI::App& app)
{
    std::string text = "# Completes the words of bmsd in fish; made by `bmsd completion fish`.\ncomplete -c bmsd -f\n";
    fish_command(app, "", text);
    return text;
}

}  // namespace

std::string completion(const CLI::App& app, std::string_view shell)
{
    if (shell == "bash") return bash(app);
    if (shell == "zsh") return zsh(app);
    return shell == "fish" ? fish(app) : "";
}

}  // namespace bmsd::cli
