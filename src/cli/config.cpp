// bmsd config: defaults, explanations, check, differences.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "config/document.h"
#include "config/load.h"
#include "daemon/configuration.h"
#include "model/json.h"

namespace bmsd::cli {

int config_default()
{
    const std::string text = config::default_ini();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
}

int config_explain(const std::vector<std::string>& words)
{
    if (words.size() == 1) {
        if (const auto text = config::explain(words.front())) {
            fmt::print("{}", *text);
            return 0;
        }
    }
    const auto found = config::search(words);
    if (found.empty()) {
        const auto word = fmt::format("{}", fmt::join(words, " "));
        const auto text = config::explain(word);
        fmt::print(stderr, "bmsd: {}\n", text ? word : text.error());
        return 1;
    }
    for (const config::Key* key : found)
        fmt::print("{:42} {}\n", key->name, key->meaning.substr(0, key->meaning.find(". ")));
    return 0;
}

int config_check(const std::string& file, bool json)
{
    const std::string path = file.empty() ? daemon::default_config_file() : file;
    const auto configuration = daemon::load_configuration(path);
    const auto errors = configuration.errors.size(), warnings = configuration.warnings.size();
    if (json) {
        boost::json::array wrong, doubtful;
        for (const auto& text : configuration.errors) wrong.emplace_back(text);
        for (const auto& text : configuration.warnings) doubtful.emplace_back(text);
        fmt::print("{}\n", to_text(boost::json::object{{"file", path}, {"errors", wrong}, {"warnings", doubtful}}));
        return errors == 0 ? 0 : 1;
    }
    for (const auto& text : configuration.errors) fmt::print("{}\n", text);
    for (const auto& text : configuration.warnings) fmt::print("{}\n", text);
    if (errors + warnings == 0) {
        fmt::print("{}: no problems\n", path);
    } else {
        fmt::print("{}: {} error{}, {} warning{}\n", path, errors, errors == 1 ? "" : "s", warnings,
                   warnings == 1 ? "" : "s");
    }
    return errors == 0 ? 0 : 1;
}

int config_upgrade(const std::string& file)
{
    const std::string path = file.empty() ? daemon::default_config_file() : file;
    const auto text = config::read_configuration(path);
    if (!text) {
        fmt::print(stderr, "bmsd: {}\n", text.error());
        return 1;
    }
    fmt::print("{}", config::upgraded(*text));
    for (const auto& issue : config::load(*text, path).issues) fmt::print(stderr, "{}\n", config::describe(issue));
    return 0;
}

int config_diff(const std::string& file)
{
    const auto configuration = daemon::load_configuration(file);
    for (const auto& text : configuration.errors) std::fprintf(stderr, "%s\n", text.c_str());
    std::printf("%s", config::difference_ini(configuration.config).c_str());
    return configuration.errors.empty() ? 0 : 1;
}

}  // namespace bmsd::cli
