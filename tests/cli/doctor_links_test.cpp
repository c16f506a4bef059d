// The checks of bmsd doctor on Bluetooth and on CAN interfaces: facts that are well, facts that are not, and the facts
// themselves from a stand-in of BlueZ and a small tree that stands for "/".
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "cli/doctor.h"
#include "config/schema.h"
#include "support/bus/fake_bluez.h"
#include "support/bus/private_bus.h"
#include "util/file.h"

namespace bmsd::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char *first = "A4:C1:38:00:00:02", *second = "C8:47:8C:E8:02:62";
constexpr const char* first_service = "com.victronenergy.battery.jbd_bms__a4c138000002";

/// A daemon reads one battery over Bluetooth.
DoctorFacts reading()
{
    DoctorFacts facts;
    facts.config = config::defaults();
    facts.config.bluetooth_bms = {"aiobmsble_jbd_bms a4:c1:38:00:00:02 secret"};
    facts.machine.daemon_cpu = 0.001;
    facts.bluetooth = {.adapters = {{"hci0", true, true}}, .devices = {{first, "hci0", true, -61}}};
    facts.bus.batteries[first_service]["/System/NrOfModulesOnline"].value = 1;
    return facts;
}

std::vector<Finding> all_of(const DoctorFacts& facts, std::string_view check)
{
    auto all = examine(facts);
    std::erase_if(all, [=](const Finding& one) { return one.check != check; });
    return all;
}

/// The finding of one check after a fact was changed.
template <class Change>
Finding found(const char* check, Change change)
{
    auto facts = reading();
    change(facts);
    const auto all = all_of(facts, check);
    return all.empty() ? Finding{"not there", "", Verdict::ok, "", ""} : all.front();
}

/// Not on the bus as a battery.
void unread(DoctorFacts& facts)
{
    facts.bus.batteries.clear();
}

void idle(DoctorFacts& facts)
{
    unread(facts);
    facts.machine.daemon_cpu.reset();
}

/// Every line of these checks fits into a terminal.
void expect_narrow(const DoctorFacts& facts)
{
    std::vector<Finding> mine;
    for (const Finding& one : examine(facts))
        if (one.check.starts_with("BLE") || one.check == "Bluetooth" || one.check == "CAN") mine.push_back(one);
    std::istringstream text(to_text(mine, 80));
    for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 80U) << line;
}

template <class Change>
void expect(const char* check, Change change, Verdict verdict, const char* what, const char* advice)
{
    const Finding one = found(check, change);
    EXPECT_EQ(one.verdict, verdict) << one.found;
    EXPECT_EQ(one.found, what);
    EXPECT_EQ(one.advice.empty(), verdict == Verdict::ok) << one.advice;
    EXPECT_NE(one.advice.find(advice), std::string::npos) << one.advice;
    auto facts = reading();
    change(facts);
    expect_narrow(facts);
}

TEST(DoctorBluetooth, NothingIsSaidWithoutSuchBatteries)
{
    const auto none = [](auto& f) { f.config.bluetooth_bms.clear(); };
    for (const char* check : {"Bluetooth", "BLE adapter", "BLE battery"})
        EXPECT_EQ(found(check, none).check, "not there") << check;
    const auto broken = [](auto& f) { f.config.bluetooth_bms = {"Jkbms_Ble", "Jkbms_Ble C8:47", ""}; };
    EXPECT_EQ(found("BLE battery", broken).check, "not there") << "the configuration is told of elsewhere";
}

TEST(DoctorBluetooth, WhatIsReadIsWellAndNoPasswordIsShown)
{
    expect(
        "Bluetooth", [](auto&) {}, Verdict::ok, "BlueZ answers", "");
    expect(
        "BLE adapter", [](auto&) {}, Verdict::ok, "hci0 is on", "");
    expect(
        "BLE battery", [](auto&) {}, Verdict::ok, "read, -61 dBm", "");
    EXPECT_EQ(to_text(examine(reading())).find("secret"), std::string::npos);
    const auto by_type = [](auto& f) {  // the own protocols have another name
        unread(f);
        f.bus.batteries["com.victronenergy.battery.ble_a4c138000002"]["/System/NrOfModulesOnline"].value = 1;
    };
    expect("BLE battery", by_type, Verdict::ok, "read, -61 dBm", "");
    const auto lost = [](auto& f) { f.bus.batteries[first_service]["/System/NrOfModulesOnline"].value = 0; };
    EXPECT_EQ(found("BLE battery", lost).verdict, Verdict::warning) << "a service is no reading";
    const auto other = [](auto& f) {
        unread(f);
        f.bus.batteries["com.victronenergy.battery.ble_a4c138000003"]["/Soc"].value = 50;
        f.bus.batteries["x"]["/Soc"].value = 50;
    };
    EXPECT_EQ(found("BLE battery", other).verdict, Verdict::warning);
}

TEST(DoctorBluetooth, BluezThatDoesNotAnswer)
{
    const auto because = [](const char* why) {
        return [why](DoctorFacts& f) {
            unread(f);
            f.bluetooth = {.problem = why, .adapters = {{"hci0"}}};
        };
    };
    expect("Bluetooth", because("bluetoothd does not run"), Verdict::problem, "bluetoothd does not run",
           "apt install bluez");
    const auto venus = [&](DoctorFacts& f) {
        because("bluetoothd does not run")(f);
        f.machine.venus = "v3.70";
    };
    expect("Bluetooth", venus, Verdict::problem, "bluetoothd does not run", "/etc/init.d/bluetooth start");
    expect("Bluetooth", because("no D-Bus: No such file"), Verdict::problem, "the system bus cannot be reached",
           "dbus-daemon");
    EXPECT_EQ(found("BLE battery", because("bluetoothd does not run")).check, "not there") << "nobody knows";
    EXPECT_EQ(found("BLE adapter", because("bluetoothd does not run")).found, "hci0 is there");
}

TEST(DoctorBluetooth, AUserWithoutRights)
{
    const char* refused = "org.freedesktop.DBus.Error.AccessDenied: Rejected send message, 2 matched rules";
    const auto for_all = [=](auto& f) {
        unread(f);
        f.bluetooth = {.problem = refused};
    };
    expect("Bluetooth", for_all, Verdict::problem, "the bus lets this user not speak to BlueZ", "group bluetooth");
    const auto for_this_user = [=](auto& f) { f.bluetooth = {.problem = refused}; };
    expect("Bluetooth", for_this_user, Verdict::warning, "the bus lets this user not speak to BlueZ",
           "the daemon's user");
    EXPECT_EQ(found("BLE battery", for_this_user).found, "read") << "the daemon has the right";
}

TEST(DoctorBluetooth, Adapters)
{
    const auto with = [](std::vector<RadioAdapter> adapters, std::vector<RadioBlock> blocks = {}) {
        return [=](DoctorFacts& f) {
            unread(f);
            f.bluetooth = {.adapters = adapters, .blocks = blocks};
        };
    };
    expect("BLE adapter", with({}), Verdict::problem, "there is none", "plug one in");
    expect("BLE adapter", with({}, {{"ideapad_bluetooth"}}), Verdict::problem, "the adapter is blocked (rfkill: soft)",
           "rfkill unblock");
    expect("BLE adapter", with({{"hci0", true, false}}, {{"hci0"}}), Verdict::problem, "hci0 is blocked (rfkill: soft)",
           "rfkill unblock bluetooth");
    expect("BLE adapter", with({{"hci0", true, false}}, {{"hci0", true}}), Verdict::problem,
           "hci0 is switched off by hardware (rfkill: hard)", "switch");
    expect("BLE adapter", with({{"hci0", false, false}}), Verdict::problem, "hci0 is there, BlueZ does not have it",
           "restart bluetoothd");
    expect("BLE adapter", with({{"hci0", true, false}}), Verdict::problem,
           "hci0 is off, and bmsd could not switch it on", "power on");
    expect("BLE adapter", with({{"hci0", true, false}, {"hci1", true, true}}, {{"hci0"}}), Verdict::ok, "hci1 is on",
           "");
    const auto off = [](auto& f) {
        idle(f);
        f.bluetooth.adapters = {{"hci0", true, false}};
    };
    expect("BLE adapter", off, Verdict::ok, "hci0 is off; bmsd switches it on", "");
}

TEST(DoctorBluetooth, AnAdapterOfItsOwn)
{
    const auto two = [](auto& f) {
        unread(f);
        f.config.bluetooth_bms = {std::string("Jkbms_Ble ") + first,
                                  std::string("Jkbms_Ble ") + second + " adapter=hci1"};
        f.bluetooth.devices = {{first, "hci0", true}, {second, "hci0", false, -88}};
    };
    expect("BLE adapter", two, Verdict::problem, "hci0 is on\nthere is no hci1", "adapter=");
    auto facts = reading();
    two(facts);
    const auto batteries = all_of(facts, "BLE battery");
    ASSERT_EQ(batteries.size(), 2U);
    EXPECT_EQ(batteries[1].about, second);
    EXPECT_EQ(batteries[1].found, "seen by hci0, not by hci1");
    facts.bluetooth.devices.push_back({second, "hci1", true});
    EXPECT_EQ(all_of(facts, "BLE battery")[1].found, "connected, but not read");
}

TEST(DoctorBluetooth, ABatteryThatIsNotRead)
{
    const auto seen = [](bool daemon, std::vector<RadioDevice> devices) {
        return [=](DoctorFacts& f) {
            daemon ? unread(f) : idle(f);
            f.bluetooth.devices = devices;
        };
    };
    expect("BLE battery", seen(true, {}), Verdict::problem, "BlueZ does not see it", "scan --ble");
    expect("BLE battery", seen(false, {}), Verdict::warning, "BlueZ does not see it", "phone");
    expect("BLE battery", seen(true, {{first, "hci0", false, -90}}), Verdict::problem,
           "in range, not connected, -90 dBm", "phone");
    expect("BLE battery", seen(false, {{first, "hci0", false, -90}}), Verdict::ok, "in range, -90 dBm", "");
    expect("BLE battery", seen(true, {{first, "hci0", true}}), Verdict::warning, "connected, but not read", "password");
    expect("BLE battery", seen(false, {{first, "hci0", true}}), Verdict::problem, "another program has connected it",
           "bluetoothctl disconnect A4:C1:38:00:00:02");
}

TEST(DoctorCan, AnInterfaceThatIsNoneOrDown)
{
    const auto with = [](link::CanLink link, std::optional<bool> right, bool inverter = false) {
        return [=](DoctorFacts& f) {
            f.machine.daemon_sets_links = right;
            f.can = {{.interface = "can0", .inverter = inverter, .link = link, .frames = 3}};
        };
    };
    expect("CAN", with({}, true), Verdict::problem, "can0: there is no such interface", "ip link");

    const link::CanLink down{.present = true, .controller = true};
    expect("CAN", with(down, std::nullopt), Verdict::problem, "can0: down",
           "ip link set can0 up type can bitrate 250000 restart-ms 100");
    expect("CAN", with(down, false), Verdict::problem, "can0: down, bmsd may not bring it up (CAP_NET_ADMIN)",
           "ip link set can0 up");
    EXPECT_NE(found("inverter", with(down, true, true)).advice.find("bitrate 500000"), std::string::npos);
    EXPECT_EQ(found("CAN", with({.present = true}, true)).advice, "ip link set can0 up") << "a virtual one has no rate";
    const link::CanLink odd{.present = true, .up = true, .controller = true, .bit_rate = 125000, .restart_after = 100};
    expect("CAN", with(odd, true), Verdict::warning,
           "can0: up, 125000 bit/s, 3 frames of 0 ids\nbatteries use 250000 or 500000 bit/s", "bit rate");
    link::CanLink well = odd;
    well.bit_rate = 500000;
    expect("CAN", with(well, false), Verdict::ok, "can0: up, 500000 bit/s, 3 frames of 0 ids", "");
}

TEST(DoctorCan, TheAdviceIsThatOfTheWorst)
{
    const auto change = [](auto& f) {
        const link::CanLink silent{.present = true, .up = true};
        f.can = {{.interface = "can0", .link = silent}, {.interface = "can1"}};
    };
    const Finding one = found("CAN", change);
    EXPECT_EQ(one.found, "can0: up, 0 frames of 0 ids\ncan1: there is no such interface");
    EXPECT_NE(one.advice.find("ip link"), std::string::npos) << one.advice;
}

class BluetoothFactsTest : public testing::Test {
  protected:
    BluetoothFactsTest()
    {
        root_ = fs::path(testing::TempDir()) / ("bluetooth-" + std::to_string(::getpid()));
        config_.bluetooth_bms = {std::string("Jkbms_Ble ") + first, "no entry"};
    }
    ~BluetoothFactsTest() override { fs::remove_all(root_); }
    void put(const std::string& file, const std::string& text) { ASSERT_TRUE(write_file(root_ / file, text)); }
    BluetoothFacts look() { return look_at_bluetooth(loop_, bus_.address(), root_, config_); }

    test::PrivateBus bus_;
    RealLoop loop_;
    config::Config config_ = config::defaults();
    fs::path root_;
};

TEST_F(BluetoothFactsTest, WithoutBluezTheKernelStillTells)
{
    put("sys/class/bluetooth/hci1/uevent", "");
    put("sys/class/bluetooth/hci1:64/uevent", "");
    put("sys/class/bluetooth/other/uevent", "");
    const auto rfkill = [&](const std::string& entry, const char* type, const char* soft, const char* hard) {
        put("sys/class/rfkill/" + entry + "/type", type + std::string("\n"));
        put("sys/class/rfkill/" + entry + "/name", "of " + entry + "\n");
        put("sys/class/rfkill/" + entry + "/soft", soft);
        put("sys/class/rfkill/" + entry + "/hard", hard);
    };
    rfkill("rfkill0", "wlan", "1\n", "1\n");
    rfkill("rfkill1", "bluetooth", "0\n", "0\n");
    rfkill("rfkill2", "bluetooth", "1\n", "0\n");
    rfkill("rfkill3", "bluetooth", "", "1\n");
    const BluetoothFacts facts = look();
    EXPECT_EQ(facts.problem, "bluetoothd does not run");
    ASSERT_EQ(facts.adapters.size(), 1U);
    EXPECT_EQ(facts.adapters[0].name, "hci1");
    EXPECT_FALSE(facts.adapters[0].in_bluez);
    auto blocks = facts.blocks;
    std::ranges::sort(blocks, {}, &RadioBlock::name);
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks[0].name, "of rfkill2");
    EXPECT_FALSE(blocks[0].hard);
    EXPECT_TRUE(blocks[1].hard);
}

TEST_F(BluetoothFactsTest, AdaptersAndTheBatteriesOfTheConfiguration)
{
    test::FakeBluez bluez(loop_, bus_.address());
    for (const char* mac : {first, second}) {
        test::FakeBluez::Battery battery;
        battery.mac = mac;
        battery.known = true;
        bluez.add(std::move(battery));
    }
    const BluetoothFacts facts = look();
    EXPECT_EQ(facts.problem, "");
    ASSERT_EQ(facts.adapters.size(), 1U);
    EXPECT_EQ(facts.adapters[0].name, "hci0");
    EXPECT_TRUE(facts.adapters[0].in_bluez && facts.adapters[0].powered);
    ASSERT_EQ(facts.devices.size(), 1U) << "strangers are nobody's business";
    EXPECT_EQ(facts.devices[0].mac, first);
    EXPECT_EQ(facts.devices[0].adapter, "hci0");
    EXPECT_FALSE(facts.devices[0].connected);
    EXPECT_EQ(facts.devices[0].rssi, -60);
    EXPECT_EQ(bluez.calls, std::vector<std::string>{"GetManagedObjects"}) << "it only looks";
}

TEST_F(BluetoothFactsTest, ARefusalOfTheBusIsToldAtOnce)
{
    test::FakeBluez bluez(loop_, bus_.address());
    bluez.refuses = true;
    const Instant begun = loop_.now();
    EXPECT_NE(look().problem.find("AccessDenied"), std::string::npos);
    EXPECT_LT(loop_.now() - begun, std::chrono::seconds(1));
}

TEST_F(BluetoothFactsTest, WithoutSuchBatteriesNobodyIsAsked)
{
    put("sys/class/bluetooth/hci0/uevent", "");
    config_.bluetooth_bms = {"no entry"};
    const Instant begun = loop_.now();
    EXPECT_TRUE(look().adapters.empty());
    EXPECT_LT(loop_.now() - begun, std::chrono::milliseconds(500));
}

}  // namespace
}  // namespace bmsd::cli
