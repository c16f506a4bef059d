#pragma once
// The two tables of bmsd doctor: what is looked at on the machine, and on every battery. A check answers with what it
// found; nothing where it does not apply.
#include <optional>
#include <span>
#include <string>

#include "cli/doctor.h"

namespace bmsd::cli {

struct Answered {
    Verdict verdict;
    std::string found;
    std::string advice = {};  // instead of that of the check
};
using Answer = std::optional<Answered>;

struct MachineCheck {
    const char* name;
    Answer (*test)(const DoctorFacts&);
    const char* advice;
};
std::span<const MachineCheck> machine_checks();
std::span<const MachineCheck> can_checks();
std::span<const MachineCheck> bluetooth_checks();

/// One for each entry of BLUETOOTH_BMS of which something is known.
std::vector<Finding> bluetooth_batteries(const DoctorFacts& facts);

struct BatteryCheck {
    const char* name;
    Answer (*test)(const DoctorFacts&, const Items&);
    const char* advice;
    bool of_a_bank = false;  // also where several batteries are one: the rest is asked of each of them
};
std::span<const BatteryCheck> battery_checks();

}  // namespace bmsd::cli
