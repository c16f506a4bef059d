#pragma once
// The sub-commands of bmsd: what each is given, and the function that carries it out. Each returns the exit code.
#include <optional>
#include <string>
#include <vector>

namespace bmsd::cli {

/// What several commands take.
struct Common {
    std::string config_file;  // empty: the usual places
    std::string state_dir;    // empty: the usual place
};

struct RunOptions {
    Common common;
    std::vector<std::string> ports;      // empty: every free adapter
    std::string device_folder = "/dev";  // where adapters appear
    std::string lock_folder;   // one file a battery, so that no other program serves it too; empty: the usual place
    std::string claim_socket;  // empty: ports are not handed over, bmsd takes them
};
int run(const RunOptions& options);

struct ClaimOptions {
    std::string port;
    std::string socket = "/run/bmsd.sock";
};
/// Becomes bmsd-claim, which lies beside this program.
int claim(const ClaimOptions& options);

struct ScanOptions {
    Common common;
    std::vector<std::string> ports;  // empty: every adapter
    bool all = false;                // also the types that are asked only when named
    bool ble = false;                // look around by Bluetooth instead
    bool json = false;
};
int scan(const ScanOptions& options);
int scan_ble(const ScanOptions& options);

struct ReadOptions {
    Common common;
    std::string port;
    std::string bms;      // BMS_TYPE name; empty: find out
    std::string address;  // empty: the type's own
    unsigned baud = 0;    // 0: the type's own
    double timeout = 60;  // s, for all of it
    bool json = false;
};
int read(const ReadOptions& options);

struct WatchOptions {
    bool once = false;   // print one table and end
    double seconds = 0;  // end after this time; 0: until stopped
    std::string cells;   // part of the name of the battery whose single cells are shown; empty: none
    bool json = false;
};
int watch(const WatchOptions& options);

struct DoctorOptions {
    Common common;
    bool json = false;
};
/// 0 when there is no problem, 1 when there are.
int doctor(const DoctorOptions& options);

struct ReportOptions {
    Common common;
    std::string file;  // empty: bmsd-report- with date and time
};
int report(const ReportOptions& options);

struct SimulateOptions {
    std::vector<std::string> types{"LltJbd"};
    std::vector<std::string> links;      // symbolic links, in the order of the types
    std::vector<std::string> addresses;  // several batteries of the first type on one line
    int cells = 16;
    std::string chemistry = "lfp";
    double capacity = 100;  // Ah
    double soc = 60;        // %
    double current = 0;     // A, + charges
    bool wire = false;      // bytes take their time
    bool charger = false;   // charger and loads that obey CVL, CCL, DCL
    double speed = 1;       // simulated seconds a second
    std::uint64_t seed = 1;
    double silent = 0, garbage = 0, bit_error = 0, cut = 0;  // probability a reply
    bool slow = false;
    double unplug_every = 0;  // s
    std::string record;       // file for bmsd replay instead of a pseudo terminal
    double hours = 12;        // length of the record
};
int simulate(const SimulateOptions& options);

struct BmsOptions {
    bool markdown = false;
    bool json = false;
};
int bms(const BmsOptions& options);

int config_default();
/// A key in full, or a line on every key that `words` stand with; none: on all.
int config_explain(const std::vector<std::string>& words);
int config_check(const std::string& file, bool json);
int config_diff(const std::string& file);
int config_upgrade(const std::string& file);

struct ReplayOptions {
    std::string file;
    std::string only_case;    // a case by name; empty: all
    std::string config_file;  // overrides the configuration of the file
    bool json = false;
    std::string svg;  // file to draw to
};
int replay(const ReplayOptions& options);

struct DecodeOptions {
    std::string file;
    std::optional<std::size_t> only_case;  // from 0; absent: all
    bool json = false;
};
int decode(const DecodeOptions& options);

struct InverterOptions {
    std::string profile;   // with `snapshot`: print the frames
    std::string snapshot;  // JSON file of inverter::Values
    std::string decode;    // profile by which `file` is read back
    std::string file;      // frames as candump writes them
    bool json = false;
};
int inverter(const InverterOptions& options);

struct PasswordOptions {
    Common common;
    bool remove = false;
};
/// Sets the password for changes over the network; from the terminal, or a line of standard input.
int password(const PasswordOptions& options);

/// Tells the running daemon to read its configuration again; 1 when it refuses the file.
int reload(const Common& common);

}  // namespace bmsd::cli
