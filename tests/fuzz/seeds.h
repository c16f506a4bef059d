#pragma once
// Where fuzzing starts: the recorded dialogues of tests/vectors and what the simulated device says.
#include <string>

#include "bms/language/protocol.h"

namespace bmsd::fuzz {

/// Writes the seeds of `entry` into the folder; returns how many.
std::size_t write_seeds(const bms::Entry& entry, const std::string& folder);

}  // namespace bmsd::fuzz
