// The program with a real broker: what it publishes, what it reads, and what it does when the broker goes.
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <future>

#include "link/mqtt/client.h"
#include "support/broker.h"
#include "system/machine.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;

class MqttSystem : public testing::Test {
  protected:
    void SetUp() override
    {
        if (!link::mqtt::available()) GTEST_SKIP() << "this build has no MQTT";
    }
    void configure(const std::string& more)
    {
        machine.write_config("[DEFAULT]\nMQTT_BROKER_ADDRESS = localhost\nMQTT_BROKER_PORT = " +
                             std::to_string(broker.port()) + "\n" + more);
    }
    /// Listens while the machine goes on; lines of topic, retained, payload.
    std::string heard(const std::string& topic, int count, int seconds = 30)
    {
        auto lines = std::async(std::launch::async, [&] { return broker.listen(topic, count, seconds); });
        machine.until([&] { return lines.wait_for(0s) == std::future_status::ready; }, seconds + 5.0);
        return lines.get();
    }
    /// What the broker keeps, or what comes next.
    std::string told_status()
    {
        const std::string line = heard("bmsd/status", 1);
        return line.empty() ? line : line.substr(line.rfind(' ') + 1, line.size() - line.rfind(' ') - 2);
    }
    static boost::json::object payload(const std::string& line)
    {
        const auto start = line.find('{');
        return start == line.npos ? boost::json::object() : boost::json::parse(line.substr(start)).as_object();
    }
    static std::string raw(double soc)
    {
        return R"({"cell_count":2,"capacity":100,"serial_number":"SN1","voltage":6.6,"current":5,"soc":)" +
               std::to_string(soc) + R"(,"temperature_1":25,"charge_fet":true,"discharge_fet":true,)" +
               R"("cells":[{"voltage":3.3},{"voltage":3.31}]})";
    }
    void say(const std::string& topic, const std::string& message) const
    {
        broker.publish("-t " + topic + " -m '" + message + "'");
    }

    Machine machine;
    MqttBroker broker{machine.folder + "/broker", {}};
};

TEST_F(MqttSystem, PublishesAndSaysWhenItDies)
{
    configure("MQTT_PUBLISH = True\nMQTT_HOME_ASSISTANT = True\nMQTT_PUBLISH_INTERVAL = 1\n");
    machine.plug("ttyUSB0");
    Process& daemon = machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_EQ(told_status(), "online");
    const std::string line = heard("bmsd/+/state", 1);
    const auto state = payload(line);
    ASSERT_TRUE(state.contains("voltage")) << line;
    EXPECT_NEAR(state.at("voltage").to_number<double>(), machine.number("ttyUSB0", "/Dc/0/Voltage"), 0.5);
    EXPECT_NE(heard("bmsd/+/availability", 1).find(" online"), std::string::npos);
    const auto device = payload(heard("homeassistant/device/+/config", 1));
    EXPECT_TRUE(device.at("cmps").as_object().contains("cell_1"));
    broker.kill();
    machine.until([] { return false; }, 2);
    broker.start();
    EXPECT_EQ(told_status(), "online") << "the broker had forgotten everything";
    EXPECT_FALSE(payload(heard("bmsd/+/state", 1)).empty());
    daemon.signal(SIGKILL);
    machine.until([&] { return !daemon.running(); }, 10);
    EXPECT_EQ(told_status(), "offline") << "the last will";
}

TEST_F(MqttSystem, SaysGoodbyeWhenItEnds)
{
    configure("MQTT_PUBLISH = True\n");
    machine.plug("ttyUSB0");
    Process& daemon = machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_EQ(told_status(), "online");
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait(machine.loop), 0);
    EXPECT_EQ(told_status(), "offline");
}

TEST_F(MqttSystem, ServesABatteryThatIsToldByMessages)
{
    configure("MQTT_TOPIC = home/battery\n");
    machine.start();
    const auto told = [&](double soc) {
        return machine.until(
            [&] {
                say("home/battery", raw(soc));
                machine.loop.run_for(300ms);
                return std::abs(machine.number("mqtt_0", "/Soc") - soc) < 0.01;
            },
            30);
    };
    EXPECT_TRUE(told(50));
    EXPECT_EQ(text(machine.value("mqtt_0", "/Mgmt/Connection")), "MQTT: home/battery");
    say("home/battery", R"({"soc": 10})");
    say("other/battery", raw(10));
    machine.loop.run_for(500ms);
    EXPECT_NEAR(machine.number("mqtt_0", "/Soc"), 50, 0.01);
    broker.kill();
    EXPECT_TRUE(machine.until([&] { return machine.number("mqtt_0", "/System/NrOfModulesOnline") == 0; }, 40));
    broker.start();
    EXPECT_TRUE(told(60)) << "found again by itself";
}

TEST_F(MqttSystem, ServesABatteryThatIsToldByDocuments)
{
    configure(
        "MQTT_VIRTUAL_TOPICS = red/battery\nMQTT_VIRTUAL_NAMES = Boat\nMQTT_VIRTUAL_TIMEOUT = 3\n"
        "MQTT_VIRTUAL_REMOVE_AFTER = 3\nMQTT_PUBLISH = True\n");
    machine.start();
    const std::string name = "mqtt_battery_100";
    ASSERT_TRUE(machine.until(
        [&] {
            say("red/battery", R"({"Dc":{"Voltage":52.5,"Current":-10},"Soc":61,"Info":{"MaxChargeCurrent":40}})");
            machine.loop.run_for(300ms);
            return machine.number(name, "/Soc") == 61;
        },
        30));
    EXPECT_EQ(machine.number(name, "/Dc/0/Power"), -525);
    EXPECT_EQ(text(machine.value(name, "/CustomName")), "Boat");
    EXPECT_EQ(text(machine.value(name, "/ProductName")), "MQTT Battery");
    EXPECT_EQ(machine.number(name, "/Info/MaxChargeCurrent"), 40);
    const auto state = payload(heard("bmsd/mqtt_red_battery/state", 1));
    ASSERT_TRUE(state.contains("soc"));
    EXPECT_EQ(state.at("soc").to_number<double>(), 61);
    EXPECT_TRUE(machine.until([&] { return machine.number(name, "/Connected") == 0; }, 10));
    EXPECT_EQ(machine.number(name, "/Info/MaxChargeCurrent"), 0);
    EXPECT_TRUE(machine.value(name, "/Soc").null());
    EXPECT_TRUE(machine.goes(name)) << "offline for long enough";
}

}  // namespace
}  // namespace bmsd::test
