#pragma once
// Where the configuration is found and what was wrong with it.
#include <string>
#include <vector>

#include "config/config.h"

namespace bmsd::daemon {

struct Configuration {
    config::Config config;
    std::string file;                 // that was read; empty: none is there, the defaults are used
    std::vector<std::string> errors;  // each names file, line, key, value and what is allowed
    std::vector<std::string> warnings;
};

/// The usual places: /data/bmsd/config.ini on Venus OS, /etc/bmsd/config.ini elsewhere.
std::string default_config_file();

/// Reads `file`, or the one of the usual places when it is empty. Never fails: errors leave safe values in force.
Configuration load_configuration(const std::string& file);

/// What is in force, as a configuration of its own in the state folder: by it `bmsd reload` tells what has changed.
std::string in_force_file(const std::string& state_dir);

/// Keeps it there, without what is secret; no write where it is the same. Where it cannot be written nothing is kept.
void keep_in_force(const Configuration& configuration, const std::string& state_dir);

/// Whether EXCLUDED_DEVICES names the port.
bool excluded(const config::Config& config, const std::string& port);

}  // namespace bmsd::daemon
