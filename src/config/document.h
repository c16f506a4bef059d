#pragma once
// What people and other programs get to read of the configuration: the documented file, the explanation of one key, the
// values in force.
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/value.h"

namespace bmsd::config {

/// config.default.ini: every key with its default, what it means and what is allowed. Reads back as the defaults.
std::string default_ini();

/// What differs from the defaults, each with its default as a comment. Reads back as `config`, but for sensitive keys,
/// which are only named.
std::string difference_ini(const Config& config);

/// One key in full: meaning, unit, default, range, earlier names and defaults. Any letter case; of an earlier name it
/// tells the present one. The error names the nearest key.
Result<std::string> explain(std::string_view name);

/// The keys whose name or meaning has every one of `words` in it, in any letter case; all keys for none.
std::vector<const Key*> search(const std::vector<std::string>& words);

/// "KEY = value" as the reader takes it back ("%" is doubled).
std::string to_line(const Key& key, const Value& value);

/// What stands under /Info/Config (core/dbus.md 4.15): the published keys that have a value, and the limits of the
/// curves in ampere, as MAX_CHARGE_CURRENT_CV and so on.
std::vector<std::pair<std::string, Value>> published_values(const Config& config);

/// The values in force by name; sensitive ones left out.
boost::json::object to_json(const Config& config);

/// Every key with value, default, meaning and what is allowed, in the groups of the documented file. Of a sensitive one
/// it says no more than whether it is set; user and password within an address are left out.
boost::json::object settings_json(const Config& config);

}  // namespace bmsd::config
