#pragma once
// Recorded cases of the bank and of batteries that are made of several sources, run through the code of the daemon.
// Source: core/aggregation.md section 15, core/virtual-mqtt-battery.md section 8.
#include <boost/json/object.hpp>
#include <functional>

#include "config/config.h"
#include "util/result.h"

namespace bmsd::bank {

/// What came of one step of a case.
struct CaseStep {
    std::size_t step = 0;
    boost::json::object values;           // by path; "bank_state", "charge_ah"
    const boost::json::object* expected;  // null: nothing is
    bool refused = false;                 // the last message of a document battery
    bool must_be_refused = false;
};

/// Whether the object is a case of this kind.
bool is_bank_case(const boost::json::object& object);
/// Runs it; a failure says what cannot be read. `base` holds where the case names no key.
Result<void> run_bank_case(const boost::json::object& object, const config::Config& base,
                           const std::function<void(const CaseStep& step)>& on_step);

/// What differs from what is expected; empty: all is as recorded. Only listed paths are compared.
std::vector<std::string> differences(const CaseStep& step);

}  // namespace bmsd::bank
