#include "daemon/port_factory.h"

#include "bms/catalogue.h"
#include "config/ble_entry.h"
#include "link/ble/port.h"
#include "link/serial.h"
#include "link/spi.h"
#include "sim/radio_port.h"
#include "sim/simulation.h"

namespace bmsd::daemon {

MadePort::MadePort() = default;
MadePort::MadePort(MadePort&&) noexcept = default;
MadePort::~MadePort() = default;

MadePort& MadePort::operator=(MadePort&& other) noexcept
{
    std::swap(port, other.port);
    std::swap(simulation, other.simulation);
    return *this;
}

namespace {

std::unique_ptr<link::Port> make_ble_port(Loop& loop, const config::BleEntry& entry, Bluetooth& bluetooth)
{
    if (!bluetooth.bluez) bluetooth.bluez = std::make_shared<link::Bluez>(loop, link::system_bus_address());
    return std::make_unique<link::BlePort>(
        loop, bluetooth.bluez, link::BleTarget{bms::find(entry.type), entry.mac, entry.adapter, entry.secret},
        bluetooth.restart_adapters);
}

}  // namespace

Result<MadePort> make_port(Loop& loop, const std::string& name, Bluetooth* bluetooth)
{
    MadePort made;
    if (const auto entry = config::parse_ble_entry(name); entry && bluetooth != nullptr) {
        made.port = make_ble_port(loop, *entry, *bluetooth);
        return made;
    }
    if (name.starts_with("/dev/spidev")) {  // a bus name has no place for the dot; the reference's stand-in has none
        made.port = std::make_unique<link::SpiPort>(loop, name, "/dev/ttyUSB9", link::system_spi());
        return made;
    }
    if (!name.starts_with("sim:")) {
        made.port = std::make_unique<link::SerialPort>(loop, name);
        return made;
    }
    auto sketch = sim::parse_sketch(name);
    if (!sketch) return Failure(sketch.error());
    if (sketch->entry->transport == bms::Transport::ble) {
        made.simulation = std::make_unique<sim::Simulation>(loop, std::vector{*sketch}, sim::DeviceServer::Options{});
        made.port = std::make_unique<sim::RadioPort>(loop, name.substr(0, name.find(',')), *sketch->entry,
                                                     made.simulation->device(0));
        return made;
    }
    if (sketch->entry->transport != bms::Transport::serial)
        return Failure(std::string(sketch->entry->name) + " is not on a serial port and cannot be simulated on one");
    made.simulation = std::make_unique<sim::Simulation>(loop, std::vector{*sketch},
                                                        sim::DeviceServer::Options{.baud = sketch->line.baud});
    made.port = std::make_unique<link::SerialPort>(loop, made.simulation->path(), name.substr(0, name.find(',')));
    return made;
}

}  // namespace bmsd::daemon
