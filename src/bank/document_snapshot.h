#pragma once
// A battery told by JSON documents as a Snapshot, for those who read Snapshots (the bank, the outputs).
#include "bank/document_battery.h"
#include "model/snapshot.h"

namespace bmsd::bank {

/// `out` keeps its identity and its link.
void reflect(const DocumentBattery& battery, Snapshot& out);

}  // namespace bmsd::bank
