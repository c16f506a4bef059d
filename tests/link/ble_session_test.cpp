// A port session on a Bluetooth link: found, read each second, lost, found again.
#include "battery/session_fixture.h"
#include "link/ble/port.h"
#include "sim/radio_port.h"
#include "support/bus/fake_bluez.h"
#include "support/bus/private_bus.h"

namespace bmsd::test {
namespace {

TEST(BleSession, ABatteryIsServedAndOutlivesALostLink)
{
    PrivateBus bus;
    RealLoop loop;
    FakeBluez fake(loop, bus.address());
    const bms::Entry& entry = *bms::find("aiobmsble_jbd_bms");
    std::mt19937_64 random(3);
    Reading truth = random_reading(random, 8);
    const auto device = entry.device(truth, bms::Line{});
    auto& battery = fake.add({.mac = "A4:C1:38:00:00:02",
                              .name = "JBD",
                              .device = device.get(),
                              .characteristics = {},
                              .refusal = {},
                              .writes = {},
                              .values = {},
                              .pending = {}});
    battery.characteristics.push_back({.uuid = "ff01", .service = "ff00", .flags = {"notify"}, .pipe = {}});
    battery.characteristics.push_back({.uuid = "ff02", .service = "ff00", .flags = {"write"}, .pipe = {}});

    auto config = config::defaults();
    config.battery_addresses = {"0x01", "0x02"};  // of batteries on wires: a Bluetooth battery has none
    battery::RecordingHost host(loop, config);
    battery::TypeMemory memory("");
    auto bluez = std::make_shared<link::Bluez>(loop, bus.address());
    battery::PortSession session(
        loop, std::make_unique<link::BlePort>(loop, bluez, link::BleTarget{&entry, "A4:C1:38:00:00:02", "", ""}), host,
        config, memory);
    session.start();
    ASSERT_TRUE(run_until(
        loop, [&] { return host.online >= 2; }, 20));
    EXPECT_EQ(host.attached, 1);

    fake.drop(battery);
    ASSERT_TRUE(run_until(
        loop, [&] { return battery.connects == 2; }, 20));
    const int before = host.cycles.begin()->second;
    ASSERT_TRUE(run_until(
        loop, [&] { return host.cycles.begin()->second >= before + 3; }, 20));
    EXPECT_TRUE(host.batteries.begin()->second->snapshot().state.online);
    EXPECT_TRUE(host.released.empty()) << "a link that is lost for seconds costs no service";
    session.stop();
}

/// A battery that sends by itself each second is waited for up to a second: that is no slow read.
TEST(BleSession, WaitingForWhatComesByItselfRaisesNoInterval)
{
    ManualLoop loop;
    const bms::Entry& entry = *bms::find("aiobmsble_topband_bms");
    std::mt19937_64 random(3);
    Reading truth = random_reading(random, 8);
    const auto config = config::defaults();
    battery::RecordingHost host(loop, config);
    battery::TypeMemory memory("");
    battery::PortSession session(
        loop, std::make_unique<sim::RadioPort>(loop, "sim:topband", entry, entry.device(truth, bms::Line{})), host,
        config, memory);
    session.start();
    loop.advance(std::chrono::seconds(10));
    ASSERT_EQ(host.attached, 1);
    const int before = host.online;
    loop.advance(std::chrono::seconds(60));
    EXPECT_GE(host.online - before, 55);
    session.stop();
}

}  // namespace
}  // namespace bmsd::test
