#pragma once
// What Home Assistant is told of a battery, so that it makes a device with entities of it. Pure.
// Source: core/outputs.md section 3.
#include <boost/json/object.hpp>
#include <map>
#include <string>

#include "model/snapshot.h"

namespace bmsd::mqtt {

/// The entities of a battery: component id -> platform ("sensor", "binary_sensor").
using Components = std::map<std::string, std::string_view, std::less<>>;

struct Device {
    std::string id;       // reduced unique id, or the alias
    std::string prefix;   // of our topics
    std::string name;     // as people see it
    double interval = 5;  // s, from one state to the next
    bool cells = true;    // they are published
};

/// Which entities the battery has: those it tells the values of, in `state` (state_of()) and `cells` (cells_of()).
Components components_of(const boost::json::object& state, const boost::json::object& cells);

/// The one message of a device, with `has`; `gone` are removed.
boost::json::object discovery(const Device& device, const Identity& identity, const Components& has,
                              const Components& gone);

/// "homeassistant/device/bmsd_<id>/config"
std::string discovery_topic(std::string_view prefix, std::string_view id);

}  // namespace bmsd::mqtt
