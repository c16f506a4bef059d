#pragma once
// What the machine itself tells bmsd doctor and bmsd report: ports and who holds them, Venus OS, load, the daemon.
// Places: core/venus-install.md sections 1, 5 and 11.
#include <optional>
#include <string>
#include <vector>

namespace bmsd::cli {

struct PortFacts {
    std::string path;
    bool accessible = false;  // this user may read and write it
    std::string holder;       // a program other than bmsd that has it open, "name (pid)"; empty: none that can be seen
};

struct MachineFacts {
    std::vector<PortFacts> ports;
    std::string venus;  // version of Venus OS; empty: another Linux
    std::string device;
    std::string old_driver;                   // folder of dbus-serialbattery; empty: it is not installed
    bool old_driver_enabled = false;          // serial-starter offers ports to it, or it is started at boot
    std::vector<std::string> old_driver_on;   // ports on which it runs, "ttyUSB0"
    std::string archive;                      // one on a medium that is installed again at each boot; empty: none
    bool changed_pages = false;               // another package has laid its own pages over those of the GUI
    bool handed_over = false;                 // serial-starter offers ports to bmsd
    std::string state_problem;                // why the state folder cannot be written; empty: it can
    std::optional<double> state_free;         // MB
    std::optional<double> load_5, load_15;    // of 5 and 15 minutes
    std::optional<double> memory_available;   // MB
    std::optional<double> daemon_cpu;         // share of one core since the daemon started; absent: it does not run
    std::optional<double> daemon_memory;      // MB resident
    std::optional<bool> daemon_sets_links{};  // it may bring network interfaces up (CAP_NET_ADMIN)
};

/// The program that has `port` open, "name (pid)", as far as this user may see it; empty: none is seen.
std::string holder_of(const std::string& root, const std::string& port);

/// `root` is "" or the folder of a tree that stands for "/"; `ports` are those to look at.
MachineFacts look_at_machine(const std::string& root, const std::string& state_dir,
                             const std::vector<std::string>& ports);

}  // namespace bmsd::cli
