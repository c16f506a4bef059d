// What is told over MQTT, and what is taken.
#include "mqtt/mqtt_fixture.h"

namespace bmsd::mqtt {
namespace {

using boost::json::value;

TEST_F(MqttTest, TellsEverythingAtOnceWhenItIsConnected)
{
    post();
    publish();
    EXPECT_EQ(broker.sent.front().topic, "bmsd/status");
    EXPECT_EQ(broker.sent.front().payload, "online");
    EXPECT_EQ(broker.sent.front().qos, 1);
    EXPECT_EQ(broker.last("bmsd/sn-12/availability"), "online");
    const auto state = last("bmsd/sn-12/state");
    EXPECT_EQ(state.at("voltage"), value(13.2));
    EXPECT_EQ(state.at("soc"), value(55.5));
    EXPECT_EQ(state.at("name"), value("Garage"));
    EXPECT_EQ(number("bmsd/sn-12/state", "ccl"), 50);
    EXPECT_EQ(state.at("charge_mode"), value("bulk"));
    EXPECT_EQ(state.at("charge_limit_reason"), value("cell_voltage"));
    EXPECT_EQ(state.at("discharge_limit_reason"), value("maximum"));
    EXPECT_EQ(state.at("problem"), value(false));
    EXPECT_EQ(state.at("energy_charged"), value(12.5));
    EXPECT_EQ(state.at("time"), value(static_cast<std::int64_t>(loop.wall())));
    EXPECT_TRUE(state.contains("age"));
    EXPECT_FALSE(state.contains("cell_voltages"));
    EXPECT_EQ(broker.last("bmsd/sn-12/cells"), R"({"1":3.3,"2":3.301,"3":3.302,"4":3.303})");
    for (const auto& message : broker.sent)
        EXPECT_EQ(message.retain, message.topic != "bmsd/sn-12/cells" && message.topic != "bmsd/sn-12/event")
            << message.topic;
    EXPECT_EQ(broker.count("homeassistant/device/bmsd_sn-12/config"), 1U);
    EXPECT_EQ(broker.last("homeassistant/device/bmsd_sn-12/config"), "") << "not wanted: the device is removed";
}

TEST_F(MqttTest, KeepsItsIntervalButForWhatMatters)
{
    post();
    publish();
    broker.sent.clear();
    for (int i = 0; i < 4; ++i) {
        loop.advance(1s);
        snapshot.derived.current = 5.0 + i;
        post();
    }
    EXPECT_TRUE(broker.sent.empty());
    loop.advance(1s);
    EXPECT_EQ(broker.count("bmsd/sn-12/state"), 1U);
    EXPECT_EQ(number("bmsd/sn-12/state", "current"), 8);
    const auto at_once = [&](const auto& change) {
        broker.sent.clear();
        change();
        post();
        return broker.count("bmsd/sn-12/state") == 1;
    };
    EXPECT_TRUE(at_once([&] { snapshot.alarms[Alarm::low_soc] = 1; }));
    EXPECT_TRUE(at_once([&] { snapshot.telemetry.charge_fet = false; }));
    EXPECT_TRUE(at_once([&] { snapshot.limits.charge.cause.limiter = "Temp"; }));
    EXPECT_TRUE(at_once([&] { snapshot.limits.discharge.allowed = false; }));
    EXPECT_FALSE(at_once([&] { snapshot.derived.soc = 12.0; }));
}

TEST_F(MqttTest, ALostBatteryTellsNothingThatWasMeasured)
{
    post();
    publish();
    snapshot.state.online = false;
    snapshot.derived.voltage.reset();
    snapshot.age = 11;
    post();
    EXPECT_EQ(broker.last("bmsd/sn-12/availability"), "offline");
    const auto state = last("bmsd/sn-12/state");
    for (const auto* name : {"voltage", "current", "soc", "soh", "temperatures", "cell_min", "charge_fet"})
        EXPECT_FALSE(state.contains(name)) << name;
    EXPECT_EQ(number("bmsd/sn-12/state", "age"), 11);
    EXPECT_EQ(state.at("online"), value(false));
    EXPECT_EQ(last("bmsd/sn-12/event").at("kind"), value("link_lost"));
    snapshot = calm();
    post();
    EXPECT_EQ(broker.last("bmsd/sn-12/availability"), "online");
    EXPECT_EQ(last("bmsd/sn-12/event").at("level"), value(0));
    post(What::left);
    EXPECT_EQ(broker.last("bmsd/sn-12/availability"), "offline");
}

TEST_F(MqttTest, AnEventNamesTheCell)
{
    post();
    publish();
    snapshot.alarms[Alarm::high_cell_voltage] = 2;
    snapshot.derived.max_cell_voltage = 3.6521;
    snapshot.limits.max_charge_cell_voltage = 3.55;
    post();
    const auto event = last("bmsd/sn-12/event");
    EXPECT_EQ(event.at("kind"), value("high_cell_voltage"));
    EXPECT_EQ(event.at("level"), value(2));
    EXPECT_EQ(event.at("cell"), value(4));
    EXPECT_EQ(event.at("value"), value(3.6521));
    EXPECT_EQ(event.at("limit"), value(3.55));
    EXPECT_EQ(event.at("text"), value("high cell voltage, cell 4: 3.652 V"));
    const auto count = broker.count("bmsd/sn-12/event");
    post();
    EXPECT_EQ(broker.count("bmsd/sn-12/event"), count) << "once";
}

TEST_F(MqttTest, NothingIsMadeWhileNobodyListensAndAllAfterwards)
{
    post();
    publish();
    broker.live->connect(false);
    broker.sent.clear();
    for (int i = 0; i < 100; ++i) {
        loop.advance(1s);
        post();
    }
    EXPECT_TRUE(broker.sent.empty());
    broker.live->connect();
    EXPECT_EQ(broker.last("bmsd/status"), "online");
    EXPECT_EQ(broker.last("bmsd/sn-12/availability"), "online");
    EXPECT_EQ(broker.count("bmsd/sn-12/state"), 1U);
}

TEST_F(MqttTest, AMeterNeverFallsButWhenItBeginsAnew)
{
    post();
    publish();
    snapshot.history.charged_energy = 12.4;
    post();
    loop.advance(5s);
    EXPECT_EQ(number("bmsd/sn-12/state", "energy_charged"), 12.5);
    snapshot.history.charged_energy = 0.1;
    post();
    loop.advance(5s);
    EXPECT_EQ(number("bmsd/sn-12/state", "energy_charged"), 0.1);
}

TEST_F(MqttTest, ManyCellsOnlyWhenAskedFor)
{
    snapshot = calm(33);
    post();
    publish();
    EXPECT_EQ(broker.count("bmsd/sn-12/cells"), 0U);
    config.mqtt_publish_cells = "True";
    publish();
    EXPECT_NE(broker.last("bmsd/sn-12/cells"), "");
}

TEST_F(MqttTest, CommandsOnlyWhenAllowed)
{
    post();
    publish();
    EXPECT_FALSE(broker.live->reads("bmsd/+/set/+"));
    publisher.reset();
    config.mqtt_allow_control = true;
    publish();
    const auto ask = [&](const std::string& command, const std::string& payload, bool retained = false) {
        broker.live->hear("bmsd/+/set/+", "bmsd/sn-12/set/" + command, payload, retained);
        return last("bmsd/sn-12/answer");
    };
    EXPECT_EQ(ask("force_charging_off", "1").at("done"), value(true));
    ASSERT_EQ(wishes.size(), 1U);
    EXPECT_EQ(std::get<Command>(wishes[0]).kind, Command::Kind::force_charging_off);
    EXPECT_EQ(std::get<Command>(wishes[0]).value, 1);
    const auto answer = ask("soc", R"({"value": 80, "reference": "a1"})");
    EXPECT_EQ(answer.at("reference"), value("a1"));
    EXPECT_EQ(answer.at("command"), value("soc"));
    ASSERT_EQ(wishes.size(), 2U);
    EXPECT_EQ(std::get<Command>(wishes[1]).value, 80);
    EXPECT_EQ(ask("name", "Cellar").at("done"), value(true));
    EXPECT_EQ(std::get<site::Rename>(wishes.at(2)).name, "Cellar");
    for (const auto& [command, payload] :
         std::initializer_list<std::pair<std::string, std::string>>{{"soc", "150"},
                                                                    {"soc", "x"},
                                                                    {"soc", "{}"},
                                                                    {"turn_heating_off", "1"},
                                                                    {"nonsense", "1"},
                                                                    {"clear_history", "9"},
                                                                    {"soc", ""},
                                                                    {"soc", std::string(5000, '1')}}) {
        const auto refused = ask(command, payload);
        EXPECT_EQ(refused.at("done"), value(false)) << command << payload.substr(0, 10);
        EXPECT_FALSE(refused.at("reason").as_string().empty()) << command;
    }
    EXPECT_EQ(ask("force_charging_off", "1", true).at("done"), value(false)) << "kept by the broker";
    EXPECT_EQ(wishes.size(), 3U);
    const auto count = broker.sent.size();
    broker.live->hear("bmsd/+/set/+", "bmsd/stranger/set/soc", "50");
    EXPECT_EQ(broker.sent.size(), count);
    publisher.reset();
    EXPECT_FALSE(gate.ask({who->id, site::Origin::mqtt, Command{Command::Kind::set_soc, 50}})) << "rights end with it";
}

TEST_F(MqttTest, TheIdIsFitForATopicAndAnAliasTakesItsPlace)
{
    auto other = std::make_shared<Who>(*who);
    other->unique_id = "BMS/1 äß";
    who = other;
    post();
    publish();
    std::string topic;
    for (const auto& message : broker.sent)
        if (message.topic.ends_with("/state")) topic = message.topic;
    ASSERT_FALSE(topic.empty());
    EXPECT_EQ(topic.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-/"), std::string::npos) << topic;
    config.mqtt_aliases = {"BMS/1 äß = Main"};
    publish();
    EXPECT_NE(broker.last("bmsd/main/state"), "");
}

TEST_F(MqttTest, SaysGoodbye)
{
    post();
    publish();
    broker.sent.clear();
    publisher.reset();
    ASSERT_FALSE(broker.sent.empty());
    EXPECT_EQ(broker.last("bmsd/status"), "offline");
}

}  // namespace
}  // namespace bmsd::mqtt
