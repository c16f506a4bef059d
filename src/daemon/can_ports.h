#pragma once
// The CAN interfaces with batteries on them, each with its session.
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "battery/broadcast_session.h"

namespace bmsd::daemon {

class CanPorts {
  public:
    /// The kernel's interface of this name, or a stand-in.
    using MakeSystem = std::function<std::unique_ptr<link::CanSystem>(const std::string& interface)>;

    /// All of them outlive the ports.
    CanPorts(Loop& loop, battery::Host& host, const config::Config& config, MakeSystem make = link::system_can);
    ~CanPorts();
    CanPorts(const CanPorts&) = delete;
    CanPorts& operator=(const CanPorts&) = delete;

    /// Also an interface that is not there yet: it is waited for.
    void serve(const std::string& interface);
    /// Serves what CAN_PORT names beside those on the command line, and no more what it does not name any more.
    void follow_config();
    /// Releases the batteries.
    void stop();
    bool serves(const std::string& interface) const { return ports_.contains(interface); }

  private:
    struct Port {  // the session goes first
        std::unique_ptr<link::CanBus> bus;
        std::unique_ptr<battery::BroadcastSession> session;
        bool configured = false;  // by CAN_PORT
    };
    Port& open(const std::string& interface);

    Loop& loop_;
    battery::Host& host_;
    const config::Config& config_;
    MakeSystem make_;
    std::map<std::string, Port> ports_;
};

}  // namespace bmsd::daemon
