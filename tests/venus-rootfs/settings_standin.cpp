// com.victronenergy.settings on the bus DBUS_SESSION_BUS_ADDRESS names, until TERM. It remembers nothing.
#include <csignal>

#include "support/bus/fake_settings.h"

int main()
{
    bmsd::RealLoop loop;
    const bmsd::test::FakeSettings settings(loop, bmsd::bus::bus_address());
    const bmsd::Wait terminate = loop.on_signal(SIGTERM, [&] { loop.stop(); });
    loop.run();
    return 0;
}
