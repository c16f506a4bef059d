#pragma once
// Whether a battery's values arrive as they were sent: what the tests of all types of a catalogue ask.
#include <cstdint>
#include <string>

#include "bms/language/protocol.h"

namespace bmsd::test {

/// Of random batteries: BMSD_SEED of the environment, or always the same.
std::uint64_t seed();

/// What `entry` delivers and does not arrive as it was sent.
std::string lost(const bms::Entry& entry, const Reading& truth, const Reading& shown);

/// What arrives although the entry does not claim to deliver it.
std::string unclaimed(const bms::Entry& entry, const Reading& shown);

}  // namespace bmsd::test
