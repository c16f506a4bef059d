// A battery on a real bus: when it appears.
#include "daemon/presence.h"

#include <gtest/gtest.h>

#include "bms/catalogue.h"
#include "config/schema.h"
#include "store/file_store.h"
#include "support/bus/client.h"
#include "support/random_reading.h"
#include "util/task.h"

namespace bmsd::daemon {
namespace {

constexpr const char* name = "com.victronenergy.battery.ttyUSB0";

struct PresenceTest : testing::Test {
    test::PrivateBus daemon;
    RealLoop loop;
    test::Client client{loop, daemon.address()};
    config::Config config = config::defaults();
    store::FileStore store{loop, daemon.folder() + "/batteries.json"};
    site::Board board;
    site::Gate gate{board};
    Presence::Setting setting{loop, config, store, daemon.address(), board, gate};
    battery::Found found{bms::find("LltJbd"), {}, "", nullptr, {}};
    std::unique_ptr<Presence> presence;

    PresenceTest()
    {
        std::mt19937_64 random(3);
        found.reading = test::random_reading(random, 16);
        found.reading.telemetry.voltage = 52.8;
        for (Number& cell : found.reading.telemetry.cell_voltages) cell = 3.3;
        auto open = make();
        open.start();
        EXPECT_TRUE(test::run_until(loop, [&] { return presence != nullptr; }));
    }
    Task<void> make()
    {
        battery::Facts facts{found.entry, "/dev/ttyUSB0", "", 0, "id"};  // before the co_await: GCC 12
        auto opened = Presence::open(setting, BatteryId{1}, std::move(facts), Place(), name, found, false);
        presence = co_await std::move(opened);
    }
    bool served() { return !client.owner(name).empty(); }
};

TEST_F(PresenceTest, A15_09_NothingIsPublishedBeforeTheFirstGoodReading)
{
    for (int i = 0; i < 3; ++i) {
        presence->battery()->miss();
        presence->cycle();
        client.sync();
        EXPECT_FALSE(served()) << "it was recognised, but nothing has been read";
    }
    presence->battery()->take(found.reading);
    presence->cycle();
    EXPECT_TRUE(test::run_until(loop, [&] { return served(); }));
    EXPECT_TRUE(client.value(name, "/Info/MaxChargeVoltage").value_or(test::Item()).value.number().has_value());
}

}  // namespace
}  // namespace bmsd::daemon
