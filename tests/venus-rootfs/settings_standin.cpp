// settings_standin ADDRESS: com.victronenergy.settings on a bus of the test's, until TERM. It remembers nothing.
#include <csignal>
#include <cstdio>

#include "support/bus/fake_settings.h"

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fputs("usage: settings_standin ADDRESS\n", stderr);
        return 1;
    }
    bmsd::RealLoop loop;
    const bmsd::test::FakeSettings settings(loop, argv[1]);
    const bmsd::Wait terminate = loop.on_signal(SIGTERM, [&] { loop.stop(); });
    loop.run();
    return 0;
}
