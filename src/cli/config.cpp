// bmsd config: defaults, explanations, check, differences.
#include <cstdio>

#include "cli/commands.h"
#include "config/document.h"
#include "config/load.h"
#include "daemon/configuration.h"

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

int config_check(const std::string& file)
{
    const std::string path = file.empty() ? daemon::default_config_file() : file;
    const auto configuration = daemon::load_configuration(path);
    for (const auto& text : configuration.errors) std::printf("%s\n", text.c_str());
    for (const auto& text : configuration.warnings) std::printf("%s\n", text.c_str());
    if (configuration.errors.empty() && configuration.warnings.empty()) std::printf("%s: no problems\n", path.c_str());
    return configuration.errors.empty() ? 0 : 1;
}

int config_diff(const std::string& file)
{
    const auto configuration = daemon::load_configuration(file);
    for (const auto& text : configuration.errors) std::fprintf(stderr, "%s\n", text.c_str());
    std::printf("%s", config::difference_ini(configuration.config).c_str());
    return configuration.errors.empty() ? 0 : 1;
}

}  // namespace bmsd::cli
