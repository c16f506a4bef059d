#include "daemon/can_ports.h"

#include <algorithm>

#include "daemon/configuration.h"
#include "util/log.h"

namespace bmsd::daemon {

CanPorts::CanPorts(Loop& loop, battery::Host& host, const config::Config& config, MakeSystem make)
    : loop_(loop), host_(host), config_(config), make_(std::move(make))
{
}

CanPorts::~CanPorts()
{
    stop();
}

CanPorts::Port& CanPorts::open(const std::string& interface)
{
    Port& port = ports_[interface];
    if (port.session) return port;
    port.bus = std::make_unique<link::CanBus>(loop_, interface, make_(interface));
    port.session = std::make_unique<battery::BroadcastSession>(loop_, *port.bus, host_, config_);
    port.bus->start();
    port.session->start();
    return port;
}

void CanPorts::serve(const std::string& interface)
{
    if (config_.can_output_interface == interface) {
        log::error(">>> {}: an inverter is told there (CAN_OUTPUT_INTERFACE), no batteries are read", interface);
        return;
    }
    open(interface);
}

void CanPorts::follow_config()
{
    const auto named = [this](const std::string& interface) {
        return std::ranges::find(config_.can_port, interface) != config_.can_port.end();
    };
    for (auto one = ports_.begin(); one != ports_.end();) {
        if (!one->second.configured || named(one->first)) {
            ++one;
            continue;
        }
        one->second.session->stop();
        one = ports_.erase(one);
    }
    for (const std::string& interface : config_.can_port)
        if (!excluded(config_, interface) && !serves(interface)) open(interface).configured = true;
}

void CanPorts::stop()
{
    for (auto& [interface, port] : ports_) port.session->stop();
    ports_.clear();
}

}  // namespace bmsd::daemon
