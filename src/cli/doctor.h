#pragma once
// What bmsd doctor finds: facts about the machine and its batteries in, findings with advice out. Pure; the facts are
// gathered by the command. The table of checks is in doctor.cpp; docs/troubleshooting.md says the same at length.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/items.h"
#include "config/config.h"

namespace bmsd::cli {

enum class Verdict { ok, warning, problem };

struct DoctorFacts {
    config::Config config;
    std::vector<std::string> config_errors, config_warnings;
    std::string bus_problem;  // empty: there is a bus
    std::size_t adapters = 0;
    std::map<std::string, Items> batteries;  // by bus name
};

struct Finding {
    std::string check;
    std::string about;  // the battery; empty: the machine
    Verdict verdict = Verdict::ok;
    std::string found;
    std::string advice;  // empty when all is well
};

/// Every check on the machine, then every check on every battery, in the order of the table. Those that do not apply
/// are left out.
std::vector<Finding> examine(const DoctorFacts& facts);

std::string_view name_of(Verdict verdict);

}  // namespace bmsd::cli
