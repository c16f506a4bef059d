#pragma once
// What a cycle of a scenario has given, under the names of core/charge-control.md section 13, and whether it is right.
#include "replay/scenario.h"

namespace bmsd::replay {

/// `t` and every output named in the sheet; null = no value. Numbers as published.
boost::json::object to_json(const ScenarioCycle& cycle);

struct Difference {
    double t;          // s
    std::string name;  // history.total_ah_drawn
    std::string expected, found;
};

/// The values of `check` that `outputs` does not have, within the tolerances of the sheet.
std::vector<Difference> differences(const ScenarioCheck& check, const boost::json::object& outputs);

}  // namespace bmsd::replay
