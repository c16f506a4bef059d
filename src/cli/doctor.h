#pragma once
// What bmsd doctor finds: facts about the machine and its batteries in, findings with advice out. Pure; the facts are
// gathered by the command. The table of checks is in doctor.cpp; docs/troubleshooting.md says the same at length.
#include <string>
#include <string_view>
#include <vector>

#include "cli/bluetooth_facts.h"
#include "cli/can.h"
#include "cli/commands.h"
#include "cli/items.h"
#include "cli/machine.h"
#include "cli/network_facts.h"
#include "config/config.h"

namespace bmsd::cli {

enum class Verdict { ok, warning, problem };

struct DoctorFacts {
    config::Config config;
    std::string config_file;  // that was read; empty: there is none
    std::vector<std::string> config_errors, config_warnings;
    bool windows_line_ends = false;  // in the configuration; they do no harm
    std::string bus_address;
    std::string bus_problem;    // empty: there is a bus
    std::string bus_told;       // why this bus and no other; empty: nothing to tell
    std::string bus_hint;       // where another daemon has its bus; empty: nowhere
    std::string state_dir;      // that was looked at; empty: the usual place
    std::string other_daemons;  // "bmsd (123) with /state"; empty: none
    BusFacts bus;
    MachineFacts machine;
    std::vector<CanFacts> can;
    BluetoothFacts bluetooth;
    NetworkFacts network;
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

/// A line a finding, below it what to do.
/// Broken between words after `columns`; 0: not at all, for what is searched and sent around.
std::string to_text(const std::vector<Finding>& findings, std::size_t columns = 0);

std::string_view name_of(Verdict verdict);

/// Of this machine, its configuration and its bus.
DoctorFacts gather_facts(const Common& common);

}  // namespace bmsd::cli
