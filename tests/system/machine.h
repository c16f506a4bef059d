#pragma once
// A small machine for whole-program tests: a private bus, a device folder with simulated adapters, and bmsd itself.
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bms/catalogue.h"
#include "sim/server.h"
#include "support/bus/client.h"
#include "support/bus/fake_settings.h"

namespace bmsd::test {

/// A child process; its output goes to files. Killed when it goes.
class Process {
  public:
    /// `program`: default bmsd, of this build or another one (BMSD_PROGRAM).
    Process(const std::vector<std::string>& arguments, const std::string& bus_address, std::string output,
            const char* program = nullptr);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    bool running();
    void signal(int number) const;
    /// The exit code; runs the loop until the process has ended. -1 when it does not end or died of a signal.
    int wait(RealLoop& loop, double seconds = 90);
    std::string out() const;
    std::string err() const;
    pid_t pid() const { return pid_; }

  private:
    std::string output_;
    pid_t pid_ = -1;
    int status_ = -1;
    bool ended_ = false;
};

/// A simulated battery on an adapter of the machine.
struct Adapter {
    Reading truth;
    std::unique_ptr<sim::DeviceServer> server;
};

class Machine {
  public:
    explicit Machine(unsigned bus_connections = 0);
    ~Machine();

    /// A calm LFP battery of type `bms` at /dev/NAME of the machine; the truth may be changed at any time.
    Adapter& plug(const std::string& name, const std::string& bms = "LltJbd", double capacity = 100);
    std::string device(const std::string& name) const { return folder + "/dev/" + name; }
    void write_config(const std::string& text) const;

    /// bmsd run with the machine's folders; `arguments` are ports and options.
    Process& start(std::vector<std::string> arguments = {});
    /// Any other command, e.g. {"read", "..."}; ended when this returns. The exit code.
    int command(const std::vector<std::string>& arguments);

    /// Runs the devices until `done()`, which is asked every 50 ms: asking must not keep them from answering in time.
    /// The long wait costs nothing when all is well and lets a busy machine miss a battery once.
    bool until(const std::function<bool()>& done, double seconds = 90);
    static std::string service(const std::string& port) { return "com.victronenergy.battery." + port; }
    bool appears(const std::string& port);
    bool goes(const std::string& port);
    /// Null when the service or the path is not there.
    bus::Value value(const std::string& port, const std::string& path);
    double number(const std::string& port, const std::string& path);

    RealLoop loop;
    PrivateBus bus;
    std::string folder = bus.folder();
    Client client{loop, bus.address()};
    std::map<std::string, Adapter> adapters;
    std::unique_ptr<Process> daemon;
    std::string out, err;  // of the last command
};

}  // namespace bmsd::test
