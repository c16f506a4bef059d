#include "daemon/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "bms/catalogue.h"
#include "bms/language/frames.h"
#include "bms/mqtt/generic_mqtt.h"
#include "config/document.h"
#include "config/load.h"
#include "daemon/network.h"
#include "daemon/platform.h"
#include "link/mqtt/client.h"
#include "util/file.h"
#include "util/log.h"
#include "util/private_file.h"

namespace bmsd::daemon {

namespace {

/// What the catalogue can read, and over which wires.
config::Abilities abilities()
{
    config::Abilities able{.transports = {"serial", "can", "ble"}, .types = {}};
    for (const bms::Entry* entry : bms::catalogue()) able.types.push_back(entry->name);
    for (const bms::FrameEntry* entry : bms::frame_catalogue()) able.types.push_back(entry->entry.name);
    for (const bms::Entry* entry : bms::ble_catalogue()) able.types.push_back(entry->name);
    if (link::mqtt::available()) {
        able.transports.push_back("mqtt");
        able.types.push_back(bms::generic_mqtt.name);
    }
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
    for (const auto& problem : network_problems(configuration.config)) configuration.warnings.push_back(problem);
    std::error_code error;
    if (std::filesystem::exists(configuration.file, error) || error) return configuration;
    // without a file of its own choice a user gets the defaults; a file somebody names must be there
    if (!file.empty()) configuration.errors.push_back(fmt::format("{}: no such file", file));
    configuration.file.clear();
    return configuration;
}

std::string in_force_file(const std::string& state_dir)
{
    return (state_dir.empty() ? default_state_dir() : state_dir) + "/in-force.ini";
}

void keep_in_force(const Configuration& configuration, const std::string& state_dir)
{
    const std::string file = in_force_file(state_dir), text = config::difference_ini(configuration.config);
    std::error_code error;
    const auto rights = std::filesystem::status(file, error).permissions();
    const bool is_private =
        !error && rights == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    if (is_private && read_file(file).value_or("") == text) return;
    // passwords of brokers and batteries are in it
    if (const auto written = write_private_file(file, text); !written) log::debug("{}: {}", file, written.error());
}

bool excluded(const config::Config& config, const std::string& port)
{
    const std::string name = port.substr(port.rfind('/') + 1);
    return std::ranges::any_of(config.excluded_devices,
                               [&](const std::string& entry) { return entry == port || entry == name; });
}

}  // namespace bmsd::daemon
