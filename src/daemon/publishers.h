#pragma once
// Who tells of the batteries beside D-Bus. Each is a subscriber of the Board that asks through the Gate; a new one is a
// line in publishers.cpp.
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "site/gate.h"
#include "util/loop.h"

namespace bmsd::daemon {

/// What a publisher is made of; all of it outlives the publishers.
struct Outlet {
    Loop& loop;
    const config::Config& config;
    site::Board& board;
    site::Gate& gate;
    std::string state_dir;  // where it may keep files
};

/// Whatever it is: nothing is asked of it but to live for as long as its configuration is in force. It ends cleanly in
/// its destructor.
using Publisher = std::shared_ptr<void>;

/// All that the configuration asks for. One that cannot be made is told in the log and costs the others nothing.
std::vector<Publisher> make_publishers(const Outlet& outlet);

}  // namespace bmsd::daemon
