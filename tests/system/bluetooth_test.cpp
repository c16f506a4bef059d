// Batteries over Bluetooth in the whole program, with a stand-in of BlueZ on the machine's bus.
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/bus/fake_bluez.h"
#include "support/random_reading.h"
#include "system/machine.h"

namespace bmsd::test {
namespace {

class Bluetooth : public testing::Test {
  protected:
    Bluetooth() { ::setenv("DBUS_SYSTEM_BUS_ADDRESS", machine.bus.address().c_str(), 1); }
    ~Bluetooth() override { ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS"); }

    FakeBluez::Battery& battery(const std::string& mac)
    {
        devices_.push_back(bms::find("aiobmsble_jbd_bms")->device(truth_, bms::Line{}));
        FakeBluez::Battery made;
        made.mac = mac;
        made.name = "JBD";
        made.device = devices_.back().get();
        made.characteristics.push_back({.uuid = "ff01", .service = "ff00", .flags = {"notify"}, .pipe = {}});
        made.characteristics.push_back({.uuid = "ff02", .service = "ff00", .flags = {"write"}, .pipe = {}});
        return fake.add(std::move(made));
    }
    int reload() { return machine.command({"reload", "--state-dir", machine.folder + "/state"}); }

    Machine machine;
    FakeBluez fake{machine.loop, machine.bus.address()};

  private:
    std::mt19937_64 random_{3};
    Reading truth_ = random_reading(random_, 8);
    std::vector<std::unique_ptr<bms::Device>> devices_;
};

constexpr const char *first = "jbd_bms__a4c138000002", *second = "jbd_bms__a4c138000003";
constexpr const char *first_entry = "aiobmsble_jbd_bms A4:C1:38:00:00:02",
                     *second_entry = "aiobmsble_jbd_bms A4:C1:38:00:00:03";

TEST_F(Bluetooth, AReloadTakesBatteriesInAndLetsThemGo)
{
    auto& one = battery("A4:C1:38:00:00:02");
    auto& two = battery("A4:C1:38:00:00:03");
    machine.write_config(std::string("BLUETOOTH_BMS = ") + first_entry + "\n");
    machine.start();
    ASSERT_TRUE(machine.appears(first)) << machine.daemon->err();
    machine.write_config(std::string("BLUETOOTH_BMS = ") + first_entry + ", " + second_entry + "\n");
    EXPECT_EQ(reload(), 0) << machine.err;
    ASSERT_TRUE(machine.appears(second)) << machine.daemon->err();
    EXPECT_EQ(one.connects, 1) << "what stays is left alone";
    machine.write_config(std::string("BLUETOOTH_BMS = ") + second_entry + "\n");
    EXPECT_EQ(reload(), 0) << machine.err;
    EXPECT_TRUE(machine.goes(first));
    EXPECT_TRUE(machine.until([&] { return !one.connected; })) << "a phone may have it now";
    EXPECT_EQ(two.connects, 1);
}

TEST_F(Bluetooth, AnotherPasswordIsANewConnectionAndIsToldNowhere)
{
    auto& one = battery("A4:C1:38:00:00:02");
    machine.write_config(std::string("BLUETOOTH_BMS = ") + first_entry + " hunter22\n");
    machine.start();
    ASSERT_TRUE(machine.appears(first)) << machine.daemon->err();
    const int before = one.connects;
    machine.write_config(std::string("BLUETOOTH_BMS = ") + first_entry + " swordfish\n");
    EXPECT_EQ(reload(), 0) << machine.err;
    EXPECT_TRUE(machine.until([&] { return one.connects > before; })) << machine.daemon->err();
    EXPECT_TRUE(machine.appears(first)) << machine.daemon->err();
    const std::string told = machine.out + machine.err + machine.daemon->out() + machine.daemon->err();
    EXPECT_NE(machine.out.find("BLUETOOTH_BMS"), std::string::npos) << machine.out;
    for (const char* secret : {"hunter22", "swordfish"}) EXPECT_EQ(told.find(secret), std::string::npos) << told;
}

}  // namespace
}  // namespace bmsd::test
