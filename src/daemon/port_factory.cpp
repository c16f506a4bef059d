#include "daemon/port_factory.h"

#include "link/serial.h"
#include "link/spi.h"
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

Result<MadePort> make_port(Loop& loop, const std::string& name)
{
    MadePort made;
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
    if (sketch->entry->transport != bms::Transport::serial)
        return Failure(std::string(sketch->entry->name) + " is not on a serial port and cannot be simulated on one");
    made.simulation = std::make_unique<sim::Simulation>(loop, std::vector{*sketch},
                                                        sim::DeviceServer::Options{.baud = sketch->line.baud});
    made.port = std::make_unique<link::SerialPort>(loop, made.simulation->path(), name.substr(0, name.find(',')));
    return made;
}

}  // namespace bmsd::daemon
