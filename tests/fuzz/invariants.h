#pragma once
// What holds for every reading a protocol calls good, whatever bytes it was made of.
#include "bms/language/protocol.h"

namespace bmsd::fuzz {

/// Ends the process with a message when `reading` breaks a rule: numbers finite, 1..64 cells, lists as long as there
/// are cells, alarm levels 0..2, texts printable, its own type, a unique id that is not empty.
void check(const bms::Entry& entry, const Reading& reading);

[[noreturn]] void finding(const bms::Entry& entry, const std::string& text);

}  // namespace bmsd::fuzz
