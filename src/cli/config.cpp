// bmsd config: defaults, explanations, check, differences.
#include <fmt/format.h>

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

int config_explain(const std::string& key)
{
    const auto text = config::explain(key);
    if (!text) {
        std::fprintf(stderr, "bmsd: %s\n", text.error().c_str());
        return 1;
    }
    std::printf("%s", text->c_str());
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

int config_diff(const std::string& file)
{
    const auto configuration = daemon::load_configuration(file);
    for (const auto& text : configuration.errors) std::fprintf(stderr, "%s\n", text.c_str());
    std::printf("%s", config::difference_ini(configuration.config).c_str());
    return configuration.errors.empty() ? 0 : 1;
}

}  // namespace bmsd::cli
