#pragma once
// A battery of this process as the bank sees it. Source: core/dbus.md section 4 (the same values as on its service).
#include "bank/life.h"
#include "model/snapshot.h"

namespace bmsd::bank {

/// What a Snapshot alone does not tell.
struct Face {
    std::string identity, name, service;
};
/// `out` keeps its memory from cycle to cycle.
void look(const Snapshot& snapshot, const Face& face, const config::Config& config, Sighting& out);
/// The bank as a battery, for those who read Snapshots; `out` keeps what a bank does not have: identity, link.
void reflect(const Output& bank, Snapshot& out);

}  // namespace bmsd::bank
