#pragma once
// A battery as /api/v1 tells of it. Pure.
#include <boost/json/object.hpp>

#include "site/board.h"

namespace bmsd::web {

/// Who it is, its state, its cells, its limits.
boost::json::object battery_json(const Who& who, const Snapshot& now, double wall);
boost::json::object cells_json(const Snapshot& now);
/// The limits, each with what decides it, in numbers.
boost::json::object limits_json(const Snapshot& now);

/// What of `now` is not as in `before`, also within objects; null stands for what is there no more.
boost::json::object changes(const boost::json::object& before, const boost::json::object& now);

}  // namespace bmsd::web
