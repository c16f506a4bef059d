#include "daemon/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "bms/catalogue.h"
#include "bms/language/frames.h"
#include "config/load.h"

namespace bmsd::daemon {

namespace {

/// What the catalogue can read, and over which wires.
config::Abilities abilities()
{
    config::Abilities able{.transports = {"serial", "can"}, .types = {}};
    for (const bms::Entry* entry : bms::catalogue()) able.types.push_back(entry->name);
    for (const bms::FrameEntry* entry : bms::frame_catalogue()) able.types.push_back(entry->entry.name);
    return able;
}

}  // namespace

Configuration load_configuration(const std::string& file)
{
    Configuration configuration;
    configuration.file = file.empty() ? default_config_file() : file;
    const auto able = abilities();
    auto loaded = config::load_file(configuration.file, &able);
    configuration.config = std::move(loaded.config);
    for (const auto& issue : loaded.issues)
        (issue.severity == config::Severity::error ? configuration.errors : configuration.warnings)
            .push_back(config::describe(issue));
    std::error_code error;
    if (std::filesystem::exists(configuration.file, error) || error) return configuration;
    // without a file of its own choice a user gets the defaults; a file somebody names must be there
    if (!file.empty()) configuration.errors.push_back(fmt::format("{}: no such file", file));
    configuration.file.clear();
    return configuration;
}

bool excluded(const config::Config& config, const std::string& port)
{
    const std::string name = port.substr(port.rfind('/') + 1);
    return std::ranges::any_of(config.excluded_devices,
                               [&](const std::string& entry) { return entry == port || entry == name; });
}

}  // namespace bmsd::daemon
