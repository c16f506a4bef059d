#pragma once
// The `decoded` object of a raw capture, of bmsd or of the reference driver, under the names of the model.
// Source: core/lifecycle.md section 12; the reference's names: bms/generic_mqtt.md section 3.
#include <boost/json/object.hpp>

namespace bmsd::replay {

/// What makes sense to from_json(); other names, and values of a wrong type, are left out.
boost::json::object model_names(const boost::json::object& decoded);

}  // namespace bmsd::replay
