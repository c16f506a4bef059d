#pragma once
// The model as JSON, with its own names; absent members are left out.
#include <boost/json/object.hpp>

#include "model/telemetry.h"
#include "util/result.h"

namespace bmsd {

boost::json::object to_json(const Reading& reading);
boost::json::object to_json(const Identity& identity);
boost::json::object to_json(const Telemetry& telemetry);
boost::json::object to_json(const History& history);
boost::json::object to_json(const Alarms& alarms);

/// Sets what `object` names, null = absent; the rest of `reading` stays. Names it does not know are an error.
Result<void> from_json(const boost::json::object& object, Reading& reading);

}  // namespace bmsd
