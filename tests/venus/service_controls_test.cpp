// What clients write to the service of a battery: core/dbus.md sections 2.4 and 5.
#include "venus/service_fixture.h"

#include <systemd/sd-bus.h>

#include <optional>

namespace bmsd::venus {
namespace {

TEST_F(ServiceTest, OnlyControlsAreWritable)
{
    start();
    service->publish(snapshot);
    take_signals();
    EXPECT_EQ(client.set(name, "/ProductName", "x"), 1);
    EXPECT_EQ(client.set(name, "/Info/MaxChargeCurrent", 500.0), 1);
    EXPECT_EQ(client.set(name, "/Mode", 252), 1);
    EXPECT_EQ(client.set(name, "/Connected", 1), 1);  // not writable comes first
    EXPECT_EQ(client.set(name, "/Settings/ForceChargingOff", "on"), 1);
    EXPECT_EQ(client.set(name, "/Settings/ForceChargingOff", bus::Value()), 1);
    EXPECT_TRUE(take_signals().empty());
    EXPECT_TRUE(control.log.empty());
}

TEST_F(ServiceTest, ASwitchReachesTheBmsOnce)
{
    start();
    service->publish(snapshot);
    take_signals();
    const std::string path = "/Settings/ForceChargingOff";
    EXPECT_EQ(client.set(name, path, 0), 0);  // as it is: nothing happens
    EXPECT_EQ(client.set(name, path, "1"), 0);
    EXPECT_EQ(client.set(name, path, 1.0), 0);
    EXPECT_EQ(client.set(name, path, 2), 2);
    EXPECT_EQ(client.set(name, path, -1), 2);
    EXPECT_THAT(control.log, ElementsAre("force_charging_off=1.0"));
    const auto signals = take_signals();
    ASSERT_EQ(signals.size(), 1U);
    EXPECT_EQ(signals[0].items, (test::Items{{path, {"i", 1, "1"}}}));
    control.next = Failure("the BMS cannot");
    EXPECT_EQ(client.set(name, path, 0), 2);
    EXPECT_EQ(on_bus(path), bus::Value(1));
    EXPECT_TRUE(take_signals().empty());
}

TEST_F(ServiceTest, ACommandTheBmsRejectsLaterSetsTheSwitchBack)
{
    start();
    const std::string path = "/Settings/TurnBalancingOff";
    const auto settle = [&](int value, bool done) {
        service->settle({Command::Kind::turn_balancing_off, static_cast<double>(value)}, done);
    };
    ASSERT_EQ(client.set(name, path, 1), 0);
    take_signals();
    settle(1, false);
    const auto signals = take_signals();
    ASSERT_EQ(signals.size(), 1U);
    EXPECT_EQ(signals[0].items, (test::Items{{path, {"i", 0, "0"}}}));
    ASSERT_EQ(client.set(name, path, 1), 0);
    settle(1, true);
    ASSERT_EQ(client.set(name, path, 0), 0);
    settle(0, false);
    EXPECT_EQ(on_bus(path), bus::Value(1));
    ASSERT_EQ(client.set(name, path, 0), 0);
    ASSERT_EQ(client.set(name, path, 1), 0);
    settle(0, false);  // an older command: the newer one stands
    EXPECT_EQ(on_bus(path), bus::Value(1));
}

TEST_F(ServiceTest, RS6_RS7_SocResetSendsTheTargetWhichMayBeZero)
{
    start();
    service->publish(snapshot);
    EXPECT_EQ(on_bus("/Settings/ResetSocTo"), bus::Value(100));
    EXPECT_EQ(client.set(name, "/Settings/ResetSocTo", 101), 2);
    EXPECT_EQ(client.set(name, "/Settings/ResetSocTo", -1), 2);
    EXPECT_EQ(client.set(name, "/Settings/ResetSocTo", 0), 0);
    EXPECT_TRUE(control.log.empty());
    take_signals();
    EXPECT_EQ(client.set(name, "/Settings/ResetSocToApply", 1), 0);
    EXPECT_EQ(client.set(name, "/Settings/ResetSocToApply", 1), 0);
    EXPECT_THAT(control.log, ElementsAre("set_soc=0.0", "set_soc=0.0"));
    EXPECT_EQ(on_bus("/Settings/ResetSocToApply"), bus::Value(0));
    EXPECT_TRUE(take_signals().empty());
    control.next = Failure("no link");
    EXPECT_EQ(client.set(name, "/Settings/ResetSocToApply", 1), 2);
}

TEST_F(ServiceTest, RS17_HistoryIsClearedByGroupAndThePathStaysAtZero)
{
    start();
    EXPECT_EQ(client.set(name, "/History/Clear", 1), 0);
    EXPECT_EQ(client.set(name, "/History/Clear", 1), 0);
    EXPECT_EQ(client.set(name, "/History/Clear", 7), 0);
    EXPECT_EQ(client.set(name, "/History/Clear", 8), 2);
    EXPECT_EQ(client.set(name, "/History/Clear", -1), 2);
    EXPECT_EQ(client.set(name, "/History/Clear", 0), 0);
    EXPECT_THAT(control.log, ElementsAre("clear=1", "clear=1", "clear=7"));
    EXPECT_EQ(on_bus("/History/Clear"), bus::Value(0));
}

TEST_F(ServiceTest, TheCustomNameIsSavedBeforeItIsAccepted)
{
    start();
    service->publish(snapshot);
    take_signals();
    EXPECT_EQ(on_bus("/CustomName"), bus::Value(""));
    EXPECT_EQ(client.set(name, "/CustomName", bus::Value()), 0);  // empty, as it is
    EXPECT_EQ(client.set(name, "/CustomName", "House bank"), 0);
    EXPECT_THAT(control.log, ElementsAre("name=House bank"));
    const auto signals = take_signals();
    ASSERT_EQ(signals.size(), 1U);
    EXPECT_EQ(signals[0].items, (test::Items{{"/CustomName", {"s", "House bank", "House bank"}}}));
    control.next = Failure("no settings service");
    EXPECT_EQ(client.set(name, "/CustomName", "Other"), 2);
    EXPECT_EQ(on_bus("/CustomName"), bus::Value("House bank"));
    service->show_custom_name("From the settings");
    EXPECT_EQ(on_bus("/CustomName"), bus::Value("From the settings"));
}

TEST_F(ServiceTest, ASlowSaveHoldsNobodyUp)
{
    start();
    control.save_at_once = false;
    std::optional<std::int32_t> written;
    bus::Message message = client.bus().new_call(name.c_str(), "/CustomName", Client::bus_item, "SetValue");
    bus::append(message.get(), "Late");
    const auto slot = client.bus().call(std::move(message), [&](sd_bus_message* reply) {
        std::int32_t result = -1;
        sd_bus_message_read(reply, "i", &result);
        written = result;
    });
    ASSERT_TRUE(run_until(loop.real(), [&] { return !control.names.empty(); }));
    EXPECT_EQ(on_bus("/CustomName"), bus::Value(""));  // other calls are answered meanwhile
    EXPECT_FALSE(written);
    control.names[0].second({});
    ASSERT_TRUE(run_until(loop.real(), [&] { return written.has_value(); }));
    EXPECT_EQ(written, 0);
    EXPECT_EQ(on_bus("/CustomName"), bus::Value("Late"));
}

TEST_F(ServiceTest, ASaveThatEndsAfterTheServiceDoesNoHarm)
{
    start();
    control.save_at_once = false;
    bus::Message message = client.bus().new_call(name.c_str(), "/CustomName", Client::bus_item, "SetValue");
    bus::append(message.get(), "Late");
    client.bus().send(std::move(message));
    ASSERT_TRUE(run_until(loop.real(), [&] { return !control.names.empty(); }));
    service.reset();
    control.names[0].second({});
    control.names.clear();
}

}  // namespace
}  // namespace bmsd::venus
