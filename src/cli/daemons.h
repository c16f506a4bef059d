#pragma once
// The daemons that run on this machine: where each has its bus, its state and its configuration, so that a command in
// another terminal finds what it is about.
#include <string>
#include <vector>

namespace bmsd::cli {

struct RunningDaemon {
    std::string process;      // its id
    std::string bus;          // its address; empty: it belongs to another user, who cannot be asked
    std::string state_dir;    // as it was told, absolute; empty: the usual place
    std::string config_file;  // the same
};

/// Those that this user can see, in the order of their ids. `root`: "" or a folder that stands for "/".
std::vector<RunningDaemon> running_daemons(const std::string& root);

/// The first of them whose bus is at `address`; nullptr: none.
const RunningDaemon* on_bus(const std::vector<RunningDaemon>& daemons, const std::string& address);

/// The daemon that holds the lock of a state folder, by the file of its process id; empty: nobody does. Another
/// program that has got the number of one that was killed is not taken for it.
std::string lock_holder(const std::string& pid_file);

/// Which bus a command looks at, and what to tell about the choice on standard error (empty: nothing).
struct BusChoice {
    std::string address;
    std::string told;
    std::string hint;  // where else a daemon is, for the case that no battery is here; empty: nowhere
};

/// `address`: what this process would use by itself; `chosen`: its user named it. Pure.
BusChoice choose_bus(const std::string& address, bool chosen, const std::vector<RunningDaemon>& daemons);

/// For this process: a bus that the environment names counts as chosen, unless it is that of the login.
BusChoice choose_bus(const std::vector<RunningDaemon>& daemons);

}  // namespace bmsd::cli
