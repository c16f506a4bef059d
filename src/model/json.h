#pragma once
// The model as JSON, with its own names; absent members are left out.
#include <boost/json/object.hpp>
#include <string>

#include "model/telemetry.h"
#include "util/result.h"

namespace bmsd {

boost::json::object to_json(const Reading& reading);
boost::json::object to_json(const Identity& identity);
boost::json::object to_json(const Telemetry& telemetry);
boost::json::object to_json(const History& history);
boost::json::object to_json(const Alarms& alarms);

/// JSON as people read it: 52.8, not 5.28E1; one line. Infinite and not-a-number become null.
std::string to_text(const boost::json::value& value);

/// Sets what `object` names, null = absent; the rest of `reading` stays. Names it does not know are an error.
Result<void> from_json(const boost::json::object& object, Reading& reading);

}  // namespace bmsd
