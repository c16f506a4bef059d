#pragma once
// The process: configuration, ports, sessions, publishers, signals. Everything is composed here and nowhere else.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/bank_host.h"
#include "daemon/can_ports.h"
#include "daemon/claims.h"
#include "daemon/configuration.h"
#include "daemon/mqtt_batteries.h"
#include "daemon/platform.h"
#include "daemon/port_factory.h"
#include "daemon/ports.h"
#include "daemon/publishers.h"
#include "daemon/site.h"
#include "replay/capture.h"
#include "venus/ess.h"
#include "venus/external_sensor.h"

namespace bmsd::daemon {

struct Options {
    std::vector<std::string> ports;      // empty: every free adapter
    std::string config_file;             // empty: the usual place
    std::string state_dir;               // empty: the usual place
    std::string device_folder = "/dev";  // where adapters appear
    std::string lock_folder;             // empty: the usual place
    std::string claim_socket;            // not empty: only ports that are handed over there are served
};

/// The file with the process id of the daemon that uses `state_dir`.
std::string pid_file(const std::string& state_dir);

class Daemon {
  public:
    explicit Daemon(Options options);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Until a signal, or until it cannot run. The exit code.
    int run();

  private:
    struct Served {  // the simulation, the capture and the session of one port; the session goes first
        std::unique_ptr<sim::Simulation> simulation;
        std::unique_ptr<replay::Capture> capture;
        std::unique_ptr<battery::PortSession> session;
        bool lent = false;        // handed over by a claimer
        bool claimed = false;     // who is still there
        bool configured = false;  // by BLUETOOTH_BMS
    };

    void listen_to_signals();
    bool take_state_dir();
    bool open_bus();
    void choose_store(bool has_settings_service);
    void start();
    void start_bank();
    void follow_sensor();
    void follow_mqtt();
    void start_ports();
    void follow_bluetooth();
    Result<void> serve(const std::string& name);
    Result<void> claimed(const std::string& name);
    void taken_back(const std::string& name);
    void wait_for(Served& served, const std::string& name);
    void stop_serving(const std::string& name);
    void session_changed(const std::string& name);
    void adapter_appeared(const std::string& path);
    bool a_named_port_is_missing() const;
    void after_cycle(const std::string& port, const Snapshot& snapshot);
    void publish();
    void reload();
    void lower_currents(const config::Config& refused);
    void tell_issues() const;
    void fail(const std::string& reason);

    Options options_;
    RealLoop loop_;
    Configuration configuration_;
    link::Fd lock_;
    int exit_code_ = 0;
    std::unique_ptr<battery::TypeMemory> memory_;
    site::Board board_;
    site::Gate gate_{board_};
    std::unique_ptr<bus::Connection> bus_;  // for the settings
    std::unique_ptr<bus::NameWatch> settings_watch_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<BankHost> bank_;
    std::unique_ptr<Site> site_;
    std::unique_ptr<MqttBatteries> mqtt_;
    std::unique_ptr<venus::Ess> ess_;
    std::unique_ptr<venus::ExternalSensor> sensor_;
    std::unique_ptr<PortWatch> watch_;
    std::unique_ptr<Claims> claims_;
    Bluetooth bluetooth_;
    std::map<std::string, Served> ports_;
    std::unique_ptr<CanPorts> can_;
    std::vector<Publisher> publishers_;  // end before all they look at
    std::vector<Wait> signals_;
    Wait clean_up_;
};

}  // namespace bmsd::daemon
