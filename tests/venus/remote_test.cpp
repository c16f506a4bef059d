// Values of other programs: the limits of the ESS and an external sensor. core/dbus.md 4.9 and 7, core/lifecycle.md 10.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bus/fake_settings.h"
#include "support/bus/jump_loop.h"
#include "venus/ess.h"
#include "venus/external_sensor.h"
#include "venus/service.h"

namespace bmsd::venus {
namespace {

using test::FakeSettings;
using test::run_until;

struct RemoteTest : testing::Test {
    test::PrivateBus daemon;
    test::JumpLoop loop;
    std::unique_ptr<bus::Connection> bus = *bus::Connection::open(loop, daemon.address(), nullptr);

    bool until(const std::function<bool()>& done) { return run_until(loop.real(), done); }
};

TEST_F(RemoteTest, EssSettingsAreReadAndFollowed)
{
    auto service =
        std::make_unique<FakeSettings>(loop, daemon.address(),
                                       FakeSettings::Tree{{"/Settings/CGwacs/Hub4Mode", 1},
                                                          {"/Settings/CGwacs/BatteryLife/State", 10},
                                                          {"/Settings/CGwacs/BatteryLife/MinimumSocLimit", "15.0"},
                                                          {"/Settings/CGwacs/BatteryLife/SocLimit", 10.5}});
    control::EssSettings seen;
    const Ess ess(*bus, [&](const control::EssSettings& settings) { seen = settings; });
    ASSERT_TRUE(until([&] { return seen.soc_limit.has_value(); }));
    EXPECT_EQ(seen.hub4_mode, 1);
    EXPECT_EQ(seen.battery_life_state, 10);
    EXPECT_EQ(seen.minimum_soc_limit, 15.0);
    EXPECT_EQ(seen.soc_limit, 10.5);
    service->set("/Settings/CGwacs/BatteryLife/State", 9);
    ASSERT_TRUE(until([&] { return seen.battery_life_state == 9; }));
    service.reset();
    ASSERT_TRUE(until([&] { return !seen.soc_limit; }));
    EXPECT_FALSE(seen.hub4_mode);
}

TEST_F(RemoteTest, WithoutAnEssAllIsAbsentAndNoError)
{
    FakeSettings service(loop, daemon.address());
    bool called = false;
    control::EssSettings seen;
    const Ess ess(*bus, [&](const control::EssSettings& settings) {
        called = true;
        seen = settings;
    });
    ASSERT_TRUE(until([&] { return called; }));
    EXPECT_FALSE(seen.hub4_mode || seen.battery_life_state || seen.minimum_soc_limit || seen.soc_limit);
}

// A battery service of ours stands for the shunt: it signals with ItemsChanged. Current and SoC as of a battery
// monitor.
struct Shunt final : Control {
    Result<void> command(const Command&) override { return {}; }
    Result<void> clear_history(int) override { return {}; }
    void set_custom_name(const std::string&, Done done) override { done({}); }

    config::Config config;
    Snapshot snapshot;
    std::unique_ptr<Service> service;

    Shunt(Loop& loop, const std::string& address, const std::string& name)
    {
        Context context;
        context.config = &config;
        service = std::make_unique<Service>(loop, address, name, context, *this, Service::Events{});
        service->start(snapshot);
    }
    void publish(Number current, Number soc)
    {
        snapshot.derived.current = current;
        snapshot.derived.soc = soc;
        service->publish(snapshot);
    }
};

struct SensorTest : RemoteTest {
    const std::string name = "com.victronenergy.battery.shunt";
    config::Config config;
    ExternalSensor::Reading seen;
    std::unique_ptr<Shunt> shunt;

    SensorTest()
    {
        config.external_sensor_dbus_device = name;
        config.external_sensor_dbus_path_current = "/Dc/0/Current";
        config.external_sensor_dbus_path_soc = "/Soc";
    }
    std::unique_ptr<ExternalSensor> follow()
    {
        return std::make_unique<ExternalSensor>(*bus, config, [&](const ExternalSensor::Reading& r) { seen = r; });
    }
};

TEST_F(SensorTest, IsConfiguredByDeviceAndOneOfThePaths)
{
    EXPECT_TRUE(ExternalSensor::configured(config));
    config.external_sensor_dbus_path_soc = "";
    EXPECT_TRUE(ExternalSensor::configured(config));
    config.external_sensor_dbus_path_current.reset();
    EXPECT_FALSE(ExternalSensor::configured(config));
    config.external_sensor_dbus_path_soc = "/Soc";
    EXPECT_TRUE(ExternalSensor::configured(config));
    config.external_sensor_dbus_device = "";
    EXPECT_FALSE(ExternalSensor::configured(config));
}

TEST_F(SensorTest, ItsValuesAreReadAtOnceThenFollowed)
{
    shunt = std::make_unique<Shunt>(loop, daemon.address(), name);
    shunt->publish(-12.5, 71.0);
    const auto sensor = follow();
    ASSERT_TRUE(until([&] { return seen == ExternalSensor::Reading{-12.5, 71.0}; }));
    shunt->publish(-13.0, 70.9);
    ASSERT_TRUE(until([&] { return seen == ExternalSensor::Reading{-13.0, 70.9}; }));
    shunt->publish(std::nullopt, 70.8);  // an invalid value: the BMS is used
    ASSERT_TRUE(until([&] { return seen == ExternalSensor::Reading{std::nullopt, 70.8}; }));
}

TEST_F(SensorTest, ComesAndGoes)
{
    const auto sensor = follow();
    shunt = std::make_unique<Shunt>(loop, daemon.address(), name);
    shunt->publish(5.0, 50.0);
    ASSERT_TRUE(until([&] { return seen == ExternalSensor::Reading{5.0, 50.0}; }));
    shunt.reset();
    ASSERT_TRUE(until([&] { return seen == ExternalSensor::Reading{}; }));
    shunt = std::make_unique<Shunt>(loop, daemon.address(), name);
    shunt->publish(6.0, 51.0);
    ASSERT_TRUE(until([&] { return seen == ExternalSensor::Reading{6.0, 51.0}; }));
}

TEST_F(SensorTest, PropertiesChangedIsFollowedToo)
{
    FakeSettings service(loop, daemon.address(), {{"/Settings/Current", 3.14159}});
    config.external_sensor_dbus_device = "com.victronenergy.settings";
    config.external_sensor_dbus_path_current = "/Settings/Current";
    config.external_sensor_dbus_path_soc = "/Settings/NotThere";
    const auto sensor = follow();
    ASSERT_TRUE(until([&] { return seen == ExternalSensor::Reading{3.142, std::nullopt}; }));
    service.set("/Settings/Current", -2.0);
    ASSERT_TRUE(until([&] { return seen == ExternalSensor::Reading{-2.0, std::nullopt}; }));
}

}  // namespace
}  // namespace bmsd::venus
