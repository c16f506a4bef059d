#include "daemon/configuration.h"

#include "config/load.h"
#include "util/file.h"

namespace bmsd::daemon {

Configuration load_configuration(const std::string& file)
{
    Configuration configuration;
    configuration.file = file.empty() ? default_config_file() : file;
    const auto content = read_file(configuration.file);
    if (!content) {
        configuration.config = config::defaults();
        // without a file of its own choice a user gets the defaults; a file somebody names must be there
        if (!file.empty()) configuration.errors.push_back(content.error());
        configuration.file.clear();
        return configuration;
    }
    auto loaded = config::load(*content, configuration.file);
    configuration.config = std::move(loaded.config);
    for (const auto& issue : loaded.issues)
        (issue.severity == config::Severity::error ? configuration.errors : configuration.warnings)
            .push_back(config::describe(issue));
    return configuration;
}

}  // namespace bmsd::daemon
