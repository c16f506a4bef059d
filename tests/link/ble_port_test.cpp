// Bluetooth links against a stand-in of BlueZ on a private bus: what goes wrong with the real one, and that the link
// lives on.
#include "link/ble/port.h"

#include <gtest/gtest.h>

#include "bms/catalogue.h"
#include "config/schema.h"
#include "support/bus/fake_bluez.h"
#include "support/bus/private_bus.h"
#include "support/random_reading.h"
#include "support/vectors.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;

FakeBluez::Characteristic characteristic(std::string uuid, std::string service, std::vector<std::string> flags)
{
    return {.uuid = std::move(uuid), .service = std::move(service), .flags = std::move(flags), .pipe = {}};
}

class BlePortTest : public testing::Test {
  protected:
    BlePortTest() : entry_(*bms::find("aiobmsble_jbd_bms")), truth_(random_reading(random_, 8)) {}

    FakeBluez::Battery& battery(const std::string& mac)
    {
        devices_.push_back(entry_.device(truth_, bms::Line{}));
        return fake_.add({.mac = mac,
                          .name = "JBD-1",
                          .device = devices_.back().get(),
                          .characteristics = {},
                          .refusal = {},
                          .writes = {},
                          .values = {},
                          .pending = {}});
    }
    FakeBluez::Battery& jbd(const std::string& mac = "A4:C1:38:00:00:02")
    {
        FakeBluez::Battery& made = battery(mac);
        made.characteristics.push_back(characteristic("ff01", "ff00", {"notify"}));
        made.characteristics.push_back(characteristic("ff02", "ff00", {"write", "write-without-response"}));
        return made;
    }
    std::unique_ptr<link::BlePort> port(const std::string& mac = "a4:c1:38:00:00:02", bool reset = false)
    {
        return std::make_unique<link::BlePort>(loop_, bluez_, link::BleTarget{&entry_, mac, "", ""}, reset);
    }
    bool comes(const link::BlePort& port, double seconds = 10)
    {
        return run_until(
            loop_, [&] { return port.present(); }, seconds);
    }
    bool goes(const link::BlePort& port)
    {
        return run_until(loop_, [&] { return !port.present(); });
    }
    /// One connection test and what it read.
    bms::Reply<void> identify(link::BlePort& port, Reading& reading)
    {
        EXPECT_TRUE(port.open(0));
        LinkQuality quality;
        link::PortChannel channel(port, quality);
        const auto protocol = entry_.make({config_, 0, 0});
        auto task = protocol->identify(channel, reading);
        task.start();
        EXPECT_TRUE(run_until(
            loop_, [&] { return task.done(); }, 20));
        return task.result();
    }

    PrivateBus bus_;
    RealLoop loop_;
    FakeBluez fake_{loop_, bus_.address()};
    std::shared_ptr<link::Bluez> bluez_ = std::make_shared<link::Bluez>(loop_, bus_.address());
    config::Config config_ = config::defaults();
    const bms::Entry& entry_;
    std::mt19937_64 random_{1};
    Reading truth_;
    std::vector<std::unique_ptr<bms::Device>> devices_;
};

TEST_F(BlePortTest, ABatteryInRangeIsFoundConnectedAndRead)
{
    auto& device = jbd();
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    Reading reading;
    ASSERT_TRUE(identify(*link, reading));
    EXPECT_NEAR(*reading.telemetry.voltage, *truth_.telemetry.voltage, 0.01);
    EXPECT_EQ(reading.identity.unique_id, "a4c138000002");
    EXPECT_EQ(device.connects, 1);
    EXPECT_EQ(device.writes.at(0).substr(0, 13), "ff02 request ");
    EXPECT_FALSE(device.characteristics[0].notifying) << "a descriptor is cheaper";
}

TEST_F(BlePortTest, WithoutDescriptorsSignalsAreHeard)
{
    fake_.descriptors = false;
    auto& device = jbd();
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    Reading reading;
    ASSERT_TRUE(identify(*link, reading));
    EXPECT_TRUE(device.characteristics[0].notifying);
}

TEST_F(BlePortTest, ServicesThatAreNotSignalledAreReadAsked)
{
    fake_.tells_resolved = false;
    jbd();
    const auto link = port();
    EXPECT_TRUE(comes(*link));
}

TEST_F(BlePortTest, ALostLinkIsMadeAgainAndReadAgain)
{
    auto& device = jbd();
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    Reading reading;
    ASSERT_TRUE(identify(*link, reading));
    const unsigned first = link->connection();
    fake_.drop(device);
    ASSERT_TRUE(goes(*link));
    EXPECT_FALSE(link->is_open());
    ASSERT_TRUE(comes(*link));
    EXPECT_NE(link->connection(), first);
    EXPECT_TRUE(identify(*link, reading));
}

TEST_F(BlePortTest, AnExchangeEndsWithTheLink)
{
    auto& device = jbd();
    device.deaf = true;
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    ASSERT_TRUE(link->open(0));
    const Bytes request{0xDD, 0xA5, 0x03, 0x00, 0xFF, 0xFD, 0x77};
    const bms::Exchange exchange{.request = request, .length = bms::exactly(20), .first = 20s};
    auto task = link->transact(exchange);
    task.start();
    ASSERT_TRUE(run_until(loop_, [&] { return !device.writes.empty(); }));
    fake_.drop(device);
    ASSERT_TRUE(run_until(
        loop_, [&] { return task.done(); }, 5));
    EXPECT_EQ(task.result().error(), bms::Refusal::link_lost);
}

TEST_F(BlePortTest, AFailedConnectionIsTriedAgainWithTheDeviceFoundAnew)
{
    auto& device = jbd();
    device.refusal = "org.bluez.Error.Failed: le-connection-abort-by-local";
    const auto link = port();
    ASSERT_TRUE(run_until(loop_, [&] { return device.connects == 2; }));
    EXPECT_FALSE(link->present());
    device.refusal.clear();
    EXPECT_TRUE(comes(*link));
}

TEST_F(BlePortTest, OneConnectionIsMadeAtATime)
{
    jbd("A4:C1:38:00:00:02");
    jbd("A4:C1:38:00:00:03");
    jbd("A4:C1:38:00:00:04");
    const auto one = port("A4:C1:38:00:00:02"), two = port("A4:C1:38:00:00:03"), three = port("A4:C1:38:00:00:04");
    EXPECT_TRUE(comes(*one) && comes(*two) && comes(*three));
    EXPECT_EQ(fake_.most_at_once, 1);
}

TEST_F(BlePortTest, ANewBluetoothdIsUsed)
{
    jbd();
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    fake_.end();
    ASSERT_TRUE(goes(*link));
    fake_.start();
    ASSERT_TRUE(comes(*link));
    Reading reading;
    EXPECT_TRUE(identify(*link, reading));
}

TEST_F(BlePortTest, AnAdapterThatIsOffIsSwitchedOn)
{
    fake_.powered = false;
    jbd();
    const auto link = port();
    EXPECT_TRUE(comes(*link));
    EXPECT_EQ(fake_.power_changes, 1);
}

TEST_F(BlePortTest, AnAdapterMayGoAndComeBack)
{
    jbd();
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    fake_.remove_adapter();
    ASSERT_TRUE(goes(*link));
    fake_.add_adapter();
    EXPECT_TRUE(comes(*link));
}

TEST_F(BlePortTest, AStrangerIsLeftAlone)
{
    auto& device = battery("A4:C1:38:00:00:02");
    device.characteristics.push_back(characteristic("abcd", "1234", {"notify"}));
    const auto link = port();
    ASSERT_TRUE(run_until(loop_, [&] { return device.disconnects > 0; }));
    EXPECT_FALSE(link->present());
}

TEST_F(BlePortTest, TheOtherCharacteristicsOfTheTypeAreFoundToo)
{
    auto& device = battery("A4:C1:38:00:00:02");
    device.characteristics.push_back(characteristic("fff1", "fff0", {"notify"}));
    device.characteristics.push_back(characteristic("fff2", "fff0", {"write-without-response"}));
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    Reading reading;
    ASSERT_TRUE(identify(*link, reading));
    EXPECT_EQ(device.writes.at(0).substr(0, 13), "fff2 command ");
}

TEST_F(BlePortTest, TwoOfOneNameAreToldApartByTheirFlags)
{
    auto& device = battery("A4:C1:38:00:00:02");
    device.characteristics.push_back(characteristic("ff02", "ff00", {"notify"}));
    device.characteristics.push_back(characteristic("ff01", "ff00", {"write"}));
    device.characteristics.push_back(characteristic("ff01", "ff00", {"notify"}));
    device.characteristics.push_back(characteristic("ff02", "ff00", {"write"}));
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    Reading reading;
    EXPECT_TRUE(identify(*link, reading));
}

TEST_F(BlePortTest, WhereNothingIsAnsweredTheOtherWayToWriteIsTried)
{
    auto& device = jbd();
    device.deaf = true;
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    ASSERT_TRUE(link->open(0));
    EXPECT_TRUE(link->other_write_type());
    const Bytes request{1, 2, 3};
    const bms::Exchange exchange{.request = request, .length = bms::exactly(0)};
    auto task = link->transact(exchange);
    task.start();
    ASSERT_TRUE(run_until(loop_, [&] { return task.done(); }));
    EXPECT_EQ(device.writes.at(0), "ff02 command 010203");
}

TEST_F(BlePortTest, AnotherConnectionLeftByACrashIsEndedFirst)
{
    auto& device = jbd();
    device.known = device.connected = true;
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    EXPECT_EQ(device.disconnects, 1);
    EXPECT_EQ(device.connects, 1);
}

TEST_F(BlePortTest, TheLinkIsEndedWhenThePortGoes)
{
    auto& device = jbd();
    auto link = port();
    ASSERT_TRUE(comes(*link));
    link.reset();
    EXPECT_TRUE(run_until(loop_, [&] { return !device.connected; }));
}

TEST_F(BlePortTest, AStreamThatNobodyReadsDoesNotGrow)
{
    auto& device = jbd();
    const auto link = port();
    ASSERT_TRUE(comes(*link));
    Reading reading;
    ASSERT_TRUE(identify(*link, reading));
    const Bytes noise(20, 0x55);
    for (int i = 0; i < 500; ++i) {
        fake_.notify(device, noise);
        if (i % 50 == 0) loop_.run_for(1ms);
    }
    loop_.run_for(50ms);
    EXPECT_TRUE(identify(*link, reading)) << "and the next request is answered";
}

}  // namespace
}  // namespace bmsd::test
