// The service of a battery on a real private bus: core/dbus.md sections 1, 2, 6 and 10.
#include "venus/service_fixture.h"

#include <boost/json.hpp>
#include <optional>

namespace bmsd::venus {
namespace {

TEST_F(ServiceTest, EverythingIsThereWhenTheNameAppears)
{
    std::optional<Result<test::Items>> seen;
    bus::NameWatch watch(client.bus(), name, [&](const std::string& owner) {
        if (!owner.empty()) loop.post([&] { seen = client.items(name); });
    });
    start();
    ASSERT_TRUE(run_until(loop.real(), [&] { return seen.has_value(); }));
    ASSERT_TRUE(*seen) << seen->error();
    const auto& items = **seen;
    EXPECT_EQ(items.size(), make_leaves(context()).size());
    EXPECT_EQ(items.at("/DeviceInstance"), (test::Item{"i", 3, "3"}));
    EXPECT_EQ(items.at("/ProductId"), (test::Item{"i", 0xBA77, "0xBA77"}));
    EXPECT_EQ(items.at("/ProductName").text, "SerialBattery X @ ttyTEST (LLT/JBD)");
    EXPECT_EQ(items.at("/Connected").value, bus::Value(1));
    EXPECT_EQ(items.at("/Mgmt/Connection").value, bus::Value("Serial /dev/ttyTEST"));
    EXPECT_EQ(items.at("/Dc/0/Voltage"), (test::Item{"ai", {}, "---"}));
    EXPECT_EQ(items.at("/Io/AllowToCharge").value, bus::Value(0));
    EXPECT_EQ(items.at("/Info/MaxChargeCurrent"), (test::Item{"d", 50.0, "50.00A"}));
    EXPECT_TRUE(client.signals.empty());
}

TEST_F(ServiceTest, ValuesPublishedBeforeTheNameIsOursNeedNoSignal)
{
    service = make(name);
    service->start(snapshot);
    service->publish(snapshot);
    ASSERT_TRUE(run_until(loop.real(), [&] { return registered > 0; }));
    EXPECT_EQ(on_bus("/Dc/0/Voltage"), bus::Value(13.26));
    EXPECT_TRUE(take_signals().empty());
}

TEST_F(ServiceTest, OneSignalACycleWithWhatChanged)
{
    start();
    service->publish(snapshot);
    ASSERT_EQ(take_signals().size(), 1U);
    snapshot.derived.current = -14.5;
    snapshot.derived.voltage = 13.2601;  // the same in what is shown
    snapshot.telemetry.cell_voltages[2] = 3.329;
    service->publish(snapshot);
    const auto signals = take_signals();
    ASSERT_EQ(signals.size(), 1U);
    EXPECT_EQ(signals[0].member, "ItemsChanged");
    EXPECT_EQ(signals[0].path, "/");
    EXPECT_EQ(signals[0].items,
              (test::Items{{"/Dc/0/Current", {"d", -14.5, "-14.50A"}}, {"/Voltages/Cell3", {"d", 3.329, "3.329V"}}}));
}

TEST_F(ServiceTest, ASteadyBatteryIsSilent)
{
    start();
    service->publish(snapshot);
    take_signals();
    for (int i = 0; i < 100; ++i) {
        ++snapshot.link.replies;  // counted all the time
        service->publish(snapshot);
    }
    EXPECT_TRUE(take_signals().empty());
    loop.jump(30s);
    service->publish(snapshot);
    const auto signals = take_signals();
    ASSERT_EQ(signals.size(), 1U);
    EXPECT_THAT(signals[0].items, ElementsAre(testing::Key("/Info/Link/Replies")));
}

TEST_F(ServiceTest, ErrorsOfTheWireShowAtOnce)
{
    start();
    service->publish(snapshot);
    take_signals();
    snapshot.link.refused["bad checksum"] = 2;
    snapshot.link.refused["silence"] = 1;
    snapshot.link.timeouts = 1;
    service->publish(snapshot);
    const auto signals = take_signals();
    ASSERT_EQ(signals.size(), 1U);
    EXPECT_EQ(signals[0].items, (test::Items{{"/Info/Link/Refused/BadChecksum", {"i", 2, "2"}},
                                             {"/Info/Link/Refused/Total", {"i", 3, "3"}},
                                             {"/Info/Link/Timeouts", {"i", 1, "1"}}}));
}

TEST_F(ServiceTest, LeavesAnswerAllTheirMethods)
{
    start();
    service->publish(snapshot);
    EXPECT_EQ(*client.value(name, "/Dc/0/Voltage"), (test::Item{"d", 13.26, ""}));
    EXPECT_EQ(*client.text(name, "/Dc/0/Voltage"), "13.26V");
    EXPECT_EQ(*client.text(name, "/Soh"), "---");
    EXPECT_EQ(*client.description(name, "/Dc/0/Voltage"), "");
    EXPECT_EQ(*client.value(name, "/Dc/0/Voltage", nullptr), (test::Item{"d", 13.26, ""}));  // no interface in the call
    const auto xml = *client.introspect(name, "/Dc/0/Voltage");
    EXPECT_THAT(xml, HasSubstr(R"(<method name="SetValue"><arg direction="in" type="v" name="newvalue"/>)"));
    EXPECT_THAT(xml, HasSubstr("PropertiesChanged"));
    EXPECT_THAT(xml, testing::Not(HasSubstr("<node name=")));
}

TEST_F(ServiceTest, InnerNodesGiveWhatIsBelowThem)
{
    start();
    service->publish(snapshot);
    const auto values = *client.values(name, "/Dc");
    EXPECT_EQ(values.size(), 6U);
    EXPECT_EQ(values.at("0/Voltage"), bus::Value(13.26));
    EXPECT_TRUE(values.at("0/MidVoltage").null());
    EXPECT_EQ(client.texts(name, "/Dc/0")->at("Voltage"), "13.26V");
    EXPECT_EQ(client.values(name, "/")->size(), client.items(name)->size());
    EXPECT_EQ(client.texts(name, "/")->at("ProductId"), "0xBA77");
    EXPECT_THAT(*client.introspect(name, "/Dc"), HasSubstr(R"(<node name="0"/>)"));
    EXPECT_THAT(*client.introspect(name, "/"), HasSubstr("GetItems"));
    EXPECT_EQ(client.set(name, "/Dc", 1).error(), "org.freedesktop.DBus.Error.UnknownMethod");
}

TEST_F(ServiceTest, WhatIsNotThereIsAnError)
{
    start();
    EXPECT_EQ(client.value(name, "/Nothing").error(), "org.freedesktop.DBus.Error.UnknownObject");
    EXPECT_EQ(client.value(name, "/Dc/0/Volt").error(), "org.freedesktop.DBus.Error.UnknownObject");
    EXPECT_EQ(client.introspect(name, "/Nothing").error(), "org.freedesktop.DBus.Error.UnknownObject");
    EXPECT_EQ(client.value(name, "/Soc", "org.example.Other").error(), "org.freedesktop.DBus.Error.UnknownMethod");
    auto call = [&](const char* path, const char* member) {
        return client.call(client.bus().new_call(name.c_str(), path, Client::bus_item, member));
    };
    EXPECT_EQ(call("/Soc", "GetMin").error(), "org.freedesktop.DBus.Error.UnknownMethod");
    EXPECT_EQ(call("/Soc", "GetItems").error(), "org.freedesktop.DBus.Error.UnknownMethod");
    EXPECT_EQ(call("/", "SetValue").error(), "org.freedesktop.DBus.Error.UnknownMethod");
    EXPECT_EQ(call("/CustomName", "SetValue").error(), "org.freedesktop.DBus.Error.InvalidArgs");
}

TEST_F(ServiceTest, TwoBatteriesHaveTheirOwnConnectionAndPaths)
{
    start();
    auto other = make(name + "__0x02");
    Snapshot second = snapshot;
    second.identity.type = "Daly";
    second.derived.voltage = 26.5;
    other->start(second);
    ASSERT_TRUE(run_until(loop.real(), [&] { return registered == 2; }));
    service->publish(snapshot);
    other->publish(second);
    const auto first_owner = client.owner(name), second_owner = client.owner(other->name());
    EXPECT_FALSE(first_owner.empty());
    EXPECT_NE(first_owner, second_owner);
    EXPECT_EQ(client.items(name)->at("/Dc/0/Voltage").value, bus::Value(13.26));
    EXPECT_EQ(client.items(other->name())->at("/Dc/0/Voltage").value, bus::Value(26.5));
    EXPECT_EQ(client.items(other->name())->at("/Manufacturer").value, bus::Value("Daly"));
    client.sync();
    ASSERT_EQ(client.signals.size(), 2U);
    for (const auto& signal : client.signals) {
        const double volts = signal.sender == first_owner ? 13.26 : 26.5;
        EXPECT_EQ(signal.items.at("/Dc/0/Voltage").value, bus::Value(volts));
    }
}

TEST_F(ServiceTest, ATakenNameIsToldOnceAfter20SecondsAndTakenWhenItIsFree)
{
    auto holder = make(name);
    holder->start(snapshot);
    ASSERT_TRUE(run_until(loop.real(), [&] { return registered == 1; }));
    service = make(name);
    service->start(snapshot);
    for (int second = 0; second < 19; ++second) {
        client.sync();
        loop.jump(1s);
    }
    client.sync();
    EXPECT_TRUE(not_on_bus.empty());
    for (int second = 0; second < 120; ++second) {
        loop.jump(1s);
        client.sync();
        service->publish(snapshot);
    }
    EXPECT_THAT(not_on_bus, ElementsAre("another program has it"));
    EXPECT_FALSE(service->registered());
    EXPECT_EQ(registered, 1);
    holder.reset();
    for (int second = 0; second < 20 && registered == 1; ++second) {
        loop.jump(1s);
        client.sync();
    }
    EXPECT_TRUE(service->registered());
}

TEST_F(ServiceTest, ANameThatBecomesFreeIsTaken)
{
    auto holder = make(name);
    holder->start(snapshot);
    ASSERT_TRUE(run_until(loop.real(), [&] { return registered == 1; }));
    service = make(name);
    service->start(snapshot);
    client.sync();
    holder.reset();
    for (int second = 0; second < 19 && registered == 1; ++second) {
        loop.jump(1s);
        client.sync();
    }
    EXPECT_EQ(registered, 2);
    EXPECT_TRUE(service->registered());
    EXPECT_TRUE(not_on_bus.empty());
}

TEST_F(ServiceTest, ReleaseAfterALastPublishAndComeBack)
{
    start();
    service->publish(snapshot);
    take_signals();
    const auto connection = client.owner(name);
    snapshot.state.bms_cable = 2;
    service->publish(snapshot);
    service->release();
    ASSERT_TRUE(run_until(loop.real(), [&] { return client.owner(name).empty(); }));
    ASSERT_EQ(client.signals.size(), 1U);
    EXPECT_EQ(client.signals[0].items, (test::Items{{"/Alarms/BmsCable", {"i", 2, "2"}}}));
    client.signals.clear();
    service->publish(snapshot);
    EXPECT_EQ(client.value(connection, "/Dc/0/Voltage")->value, bus::Value(13.26));  // under the unique name
    EXPECT_TRUE(client.signals.empty());
    service->start(snapshot);
    ASSERT_TRUE(run_until(loop.real(), [&] { return registered == 2; }));
    EXPECT_TRUE(on_bus("/Dc/0/Voltage").null());  // as at any registration
    EXPECT_EQ(on_bus("/DeviceInstance"), bus::Value(3));
    service->publish(snapshot);
    EXPECT_EQ(on_bus("/Dc/0/Voltage"), bus::Value(13.26));
}

TEST_F(ServiceTest, ALostConnectionIsToldOnceAndMadeAnew)
{
    start();
    daemon.stop();
    ASSERT_TRUE(run_until(loop.real(), [&] {
        loop.jump(1s);
        return !not_on_bus.empty();
    }));
    EXPECT_FALSE(service->registered());
    service->publish(snapshot);
    loop.jump(60s);
    loop.real().run_for(50ms);
    EXPECT_EQ(not_on_bus.size(), 1U);
    daemon.start();
    ASSERT_TRUE(run_until(loop.real(), [&] {
        loop.jump(1s);
        return registered == 2;
    }));
    Client fresh(loop.real(), daemon.address());
    service->publish(snapshot);
    EXPECT_EQ(fresh.value(name, "/Dc/0/Voltage")->value, bus::Value(13.26));
    service->release();
}

TEST_F(ServiceTest, ACustomNameHas128BytesAtMostAndNoControlCharacters)
{
    start();
    EXPECT_EQ(client.set(name, "/CustomName", std::string(129, 'N')).value_or(-1), 2);
    EXPECT_EQ(client.set(name, "/CustomName", "a\x1b[2Jb").value_or(-1), 2);
    EXPECT_TRUE(control.log.empty());
    EXPECT_EQ(client.set(name, "/CustomName", std::string(128, 'N')).value_or(-1), 0);
    EXPECT_EQ(on_bus("/CustomName"), bus::Value(std::string(128, 'N')));
}

TEST_F(ServiceTest, TextsOfTheIdentityThatChangeAreShown)
{
    snapshot.identity.hardware_version = "1.0";
    start();
    service->publish(snapshot);
    snapshot.identity.hardware_version = "1.1";
    snapshot.identity.user_label = "Cellar";
    service->publish(snapshot);
    EXPECT_EQ(on_bus("/HardwareVersion"), bus::Value("1.1"));
    EXPECT_EQ(on_bus("/DeviceName"), bus::Value("Cellar"));
    service->show_place("Serial /dev/ttyOTHER", "SerialBattery X @ ttyOTHER (LLT/JBD)");
    EXPECT_EQ(on_bus("/Mgmt/Connection"), bus::Value("Serial /dev/ttyOTHER"));
}

TEST_F(ServiceTest, TheCountersOfTheLinkBelongTogether)
{
    start();
    snapshot.link.replies = 100;
    snapshot.link.timeouts = 90;
    snapshot.link.refused["bad checksum"] = 50;
    for (int second = 0; second < 40; ++second) {
        service->publish(snapshot);
        const auto number = [&](const char* path) { return on_bus(path).number().value_or(0); };
        const double bad = number("/Info/Link/Timeouts") + number("/Info/Link/Refused/Total");
        EXPECT_TRUE(bad == 0 || number("/Info/Link/Replies") == 100) << second;
        loop.jump(1s);
    }
    EXPECT_EQ(on_bus("/Info/Link/Refused/Total"), bus::Value(50));
}

TEST_F(ServiceTest, ABusThatDoesNotReadHoldsNobodyUpAndCostsNoMemory)
{
    start();
    const auto publish_many = [&](int count) {
        for (int i = 0; i < count; ++i) {
            for (auto& cell : snapshot.telemetry.cell_voltages) cell = 3.3 + 0.001 * (i % 7);
            snapshot.derived.current = i;
            service->publish(snapshot);
        }
    };
    publish_many(1);
    daemon.pause();
    const Instant begin = loop.real().now();
    publish_many(20000);
    EXPECT_LT(loop.real().now() - begin, 60s);  // not blocked: it would be for ever
    daemon.go_on();
    client.sync();
    EXPECT_LT(client.signals.size(), 10000U);  // what does not fit is left out, not kept
    snapshot.derived.current = -7;
    ASSERT_TRUE(run_until(loop.real(), [&] {
        service->publish(snapshot);
        return on_bus("/Dc/0/Current") == bus::Value(-7.0);
    }));
    EXPECT_EQ(on_bus("/Voltages/Cell1"), bus::Value(3.3 + 0.001 * (19999 % 7)));
}

TEST_F(ServiceTest, ABusThatIsNotThereIsToldAndTriedAgain)
{
    Service lonely(loop, "unix:path=/nonexistent/socket", name, context(), control,
                   Service::Events{{}, [this](const std::string& reason) { not_on_bus.push_back(reason); }});
    lonely.start(snapshot);
    for (int second = 0; second < 60; ++second) {
        loop.jump(1s);
        client.sync();
    }
    EXPECT_THAT(not_on_bus, ElementsAre(HasSubstr("/nonexistent/socket")));
}

TEST_F(ServiceTest, JsonDataHoldsEverythingButItselfAndTheSettings)
{
    config.publish_battery_data_as_json = true;
    start();
    EXPECT_TRUE(on_bus("/JsonData").null());
    service->publish(snapshot);
    const auto parse = [&] { return boost::json::parse(*on_bus("/JsonData").get<std::string>()).as_object(); };
    auto json = parse();
    EXPECT_EQ(json.at("Dc").at("0").at("Voltage"), 13.26);
    EXPECT_EQ(json.at("Voltages").at("Cell1"), 3.3);
    EXPECT_EQ(json.at("CustomName"), nullptr);
    EXPECT_EQ(json.at("Dc").at("0").at("MidVoltage"), nullptr);
    EXPECT_EQ(json.at("Connected"), 1);
    EXPECT_FALSE(json.contains("Settings"));
    EXPECT_FALSE(json.contains("JsonData"));
    const auto& info = json.at("Info").as_object();
    EXPECT_TRUE(info.contains("ChargeLimitation"));
    for (const char* own : {"Link", "ChargeLimitationDetail", "ChargeLimitationMeasured", "ChargeLimitationTarget",
                            "DischargeLimitationDetail"})
        EXPECT_FALSE(info.contains(own)) << own << ": a path that readers of the JSON do not know";
    take_signals();
    service->publish(snapshot);
    EXPECT_TRUE(take_signals().empty());
    snapshot.derived.soc = 70.5;
    service->publish(snapshot);
    const auto signals = take_signals();
    ASSERT_EQ(signals.size(), 1U);
    EXPECT_EQ(signals[0].items.size(), 2U);
    EXPECT_EQ(parse().at("Soc"), 70.5);
}

TEST_F(ServiceTest, AnotherConfigurationMakesPathsAppearAndOthersEmpty)
{
    start();
    service->publish(snapshot);
    take_signals();
    config::Config other = config;
    other.battery_cell_data_format = 2;
    other.soc_calculation = true;
    service->reconfigure(other);
    service->publish(snapshot);
    EXPECT_EQ(on_bus("/Cell/1/Volts"), bus::Value(3.3));
    EXPECT_TRUE(on_bus("/Voltages/Cell1").null());
    EXPECT_EQ(on_bus("/Dc/0/Voltage"), bus::Value(13.26));
    EXPECT_EQ(on_bus("/CustomName"), bus::Value(""));
    test::Items changed;
    for (const auto& signal : take_signals()) changed.insert(signal.items.begin(), signal.items.end());
    EXPECT_TRUE(changed.contains("/Voltages/Cell1"));
    EXPECT_TRUE(changed.contains("/Cell/1/Volts"));
    EXPECT_FALSE(changed.contains("/Dc/0/Voltage"));
    service->reconfigure(config);
    service->publish(snapshot);
    EXPECT_EQ(on_bus("/Voltages/Cell1"), bus::Value(3.3));
    EXPECT_TRUE(on_bus("/Cell/1/Volts").null());
}

TEST_F(ServiceTest, AClientThatListensToBothSignalsGetsEachChangeOnce)
{
    start();
    service->publish(snapshot);
    client.set(name, "/CustomName", "A");
    snapshot.derived.soc = 50;
    service->publish(snapshot);
    std::map<std::string, int> count;
    for (const auto& signal : take_signals()) {
        for (const auto& [path, item] : signal.items) ++count[path + " " + item.text];
    }
    for (const auto& [change, times] : count) EXPECT_EQ(times, 1) << change;
}

TEST_F(ServiceTest, TextsOfABmsThatAreNoUtf8DoNotCostTheConnection)
{
    snapshot.identity.hardware_version = "JBD\xff\xfe";
    start();
    service->publish(snapshot);
    EXPECT_EQ(on_bus("/HardwareVersion"), bus::Value("JBD??"));
    EXPECT_TRUE(not_on_bus.empty());
}

}  // namespace
}  // namespace bmsd::venus
