// bmsd config: check.
#include <cstdio>

#include "cli/commands.h"
#include "daemon/configuration.h"

namespace bmsd::cli {

int config_check(const std::string& file)
{
    const std::string path = file.empty() ? daemon::default_config_file() : file;
    const auto configuration = daemon::load_configuration(path);
    for (const auto& text : configuration.errors) std::printf("%s\n", text.c_str());
    for (const auto& text : configuration.warnings) std::printf("%s\n", text.c_str());
    if (configuration.errors.empty() && configuration.warnings.empty()) std::printf("%s: no problems\n", path.c_str());
    return configuration.errors.empty() ? 0 : 1;
}

}  // namespace bmsd::cli
