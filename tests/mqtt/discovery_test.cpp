// What Home Assistant is told, held against the rules of its schema written down here.
#include <algorithm>
#include <map>
#include <set>

#include "mqtt/mqtt_fixture.h"
#include "site/state_json.h"

namespace bmsd::mqtt {
namespace {

namespace json = boost::json;

/// Home Assistant's rules of sensors: what a device class allows. Source: its developers' pages of sensor and binary
/// sensor entities.
struct Allowed {
    std::set<std::string> units;    // "": none
    std::set<std::string> classes;  // of states; "": none
};
const std::set<std::string> any_class{"", "measurement", "total", "total_increasing"};
const std::map<std::string, Allowed> sensor_classes{
    {"battery", {{"%"}, {"", "measurement"}}},
    {"voltage", {{"V", "mV"}, {"", "measurement"}}},
    {"current", {{"A", "mA"}, {"", "measurement"}}},
    {"power", {{"W", "kW"}, {"", "measurement"}}},
    {"energy", {{"Wh", "kWh", "MWh"}, {"", "total", "total_increasing"}}},
    {"energy_storage", {{"Wh", "kWh", "MWh"}, {"", "measurement"}}},
    {"temperature", {{"°C", "°F", "K"}, {"", "measurement"}}},
    {"duration", {{"s", "min", "h", "d"}, any_class}},
    {"enum", {{""}, {""}}},
    {"timestamp", {{""}, {""}}},
};
const std::set<std::string> binary_classes{"problem", "battery_charging"};
const std::set<std::string> sensor_keys{"p",       "uniq_id", "name",     "stat_t",       "val_tpl",
                                        "exp_aft", "dev_cla", "stat_cla", "unit_of_meas", "sug_dsp_prc",
                                        "ent_cat", "en",      "ops"};
const std::set<std::string> binary_keys{"p",       "uniq_id", "name",    "stat_t", "val_tpl",
                                        "exp_aft", "dev_cla", "ent_cat", "en"};

std::string text_of(const json::object& object, std::string_view key)
{
    const auto* found = object.if_contains(key);
    return found != nullptr ? std::string(found->as_string()) : std::string();
}

void check_sensor(const std::string& id, const json::object& c)
{
    for (const auto& [key, value] : c) EXPECT_TRUE(sensor_keys.contains(std::string(key))) << id << " " << key;
    const std::string kind = text_of(c, "dev_cla"), unit = text_of(c, "unit_of_meas"), states = text_of(c, "stat_cla");
    if (!kind.empty()) {
        ASSERT_TRUE(sensor_classes.contains(kind)) << id << " " << kind;
        EXPECT_TRUE(sensor_classes.at(kind).units.contains(unit)) << id << " " << unit;
        EXPECT_TRUE(sensor_classes.at(kind).classes.contains(states)) << id << " " << states;
    }
    EXPECT_TRUE(any_class.contains(states)) << id;
    EXPECT_EQ(kind == "enum", c.contains("ops")) << id;
    if (c.contains("ops")) {
        EXPECT_FALSE(c.at("ops").as_array().empty()) << id;
    }
}

void check_component(const std::string& id, const json::object& c, std::set<std::string>& unique)
{
    EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"), id.npos) << id;
    ASSERT_TRUE(c.contains("p")) << id;
    ASSERT_TRUE(c.contains("uniq_id")) << id;
    EXPECT_TRUE(unique.insert(text_of(c, "uniq_id")).second) << id << ": not unique";
    EXPECT_FALSE(text_of(c, "name").empty()) << id;
    EXPECT_NE(text_of(c, "val_tpl").find("value_json"), std::string::npos) << id;
    EXPECT_GE(c.at("exp_aft").to_number<double>(), 60) << id;
    if (c.contains("ent_cat")) {
        EXPECT_EQ(text_of(c, "ent_cat"), "diagnostic") << id;
    }
    if (text_of(c, "p") == "sensor") return check_sensor(id, c);
    ASSERT_EQ(text_of(c, "p"), "binary_sensor") << id;
    for (const auto& [key, value] : c) EXPECT_TRUE(binary_keys.contains(std::string(key))) << id << " " << key;
    if (c.contains("dev_cla")) {
        EXPECT_TRUE(binary_classes.contains(text_of(c, "dev_cla"))) << id;
    }
}

class DiscoveryTest : public MqttTest {
  protected:
    DiscoveryTest() { config.mqtt_home_assistant = true; }
    const std::string topic = "homeassistant/device/bmsd_sn-12/config";
    json::object components() { return last(topic).at("cmps").as_object(); }
};

TEST_F(DiscoveryTest, KeepsTheRulesOfHomeAssistant)
{
    post();
    publish();
    const auto device = last(topic);
    EXPECT_FALSE(device.at("dev").as_object().at("ids").as_array().empty());
    EXPECT_EQ(device.at("dev").as_object().at("name"), json::value("Garage"));
    EXPECT_EQ(device.at("dev").as_object().at("sw"), json::value("1.2"));
    EXPECT_EQ(device.at("o").as_object().at("name"), json::value("bmsd"));
    EXPECT_EQ(device.at("stat_t"), json::value("bmsd/sn-12/state"));
    EXPECT_EQ(device.at("avty_mode"), json::value("all"));
    std::set<std::string> availability;
    for (const auto& one : device.at("avty").as_array()) availability.insert(text_of(one.as_object(), "t"));
    EXPECT_EQ(availability, (std::set<std::string>{"bmsd/status", "bmsd/sn-12/availability"}));
    std::set<std::string> unique;
    for (const auto& [id, component] : device.at("cmps").as_object())
        check_component(std::string(id), component.as_object(), unique);
    for (const auto& message : broker.sent) EXPECT_TRUE(message.retain || message.topic != topic);
}

TEST_F(DiscoveryTest, HasTheEntitiesOfTheTable)
{
    post();
    publish();
    const auto has = components();
    for (const auto* id : {"soc",
                           "soh",
                           "voltage",
                           "current",
                           "power",
                           "power_energy",
                           "energy_charged",
                           "energy_discharged",
                           "energy_stored",
                           "capacity",
                           "remaining",
                           "cell_1",
                           "cell_4",
                           "cell_min",
                           "cell_max",
                           "cell_mean",
                           "cell_delta",
                           "cell_min_number",
                           "cell_max_number",
                           "balancing",
                           "balancing_1",
                           "temperature_1",
                           "mosfet",
                           "temperature_delta",
                           "cvl",
                           "ccl",
                           "dcl",
                           "charge_mode",
                           "charge_limit_reason",
                           "discharge_limit_reason",
                           "charge_allowed",
                           "discharge_allowed",
                           "alarm_low_soc",
                           "alarm_high_cell_voltage",
                           "problem",
                           "charging",
                           "cycles",
                           "time_to_go",
                           "last_seen"})
        EXPECT_TRUE(has.contains(id)) << id;
    EXPECT_FALSE(has.contains("cell_5"));
    EXPECT_FALSE(has.contains("temperature_2")) << "the BMS has no such sensor";
    EXPECT_FALSE(has.contains("alarm_fuse_blown"));
    EXPECT_EQ(text_of(has.at("cell_2").as_object(), "stat_t"), "bmsd/sn-12/cells");
    EXPECT_FALSE(has.at("soh").as_object().contains("dev_cla"));
    EXPECT_TRUE(has.at("power").as_object().if_contains("en") == nullptr);
    EXPECT_EQ(has.at("power_energy").as_object().at("en"), json::value(false));
    EXPECT_NE(text_of(has.at("power_energy").as_object(), "val_tpl").find("* -1"), std::string::npos);
    EXPECT_GE(has.at("energy_charged").as_object().at("exp_aft").to_number<double>(), 7200);
}

/// Each template names a value that stands in the message it is for, and each list of options holds what is told.
TEST_F(DiscoveryTest, EveryTemplateFindsItsValue)
{
    post();
    publish();
    const auto state = last("bmsd/sn-12/state"), cells = last("bmsd/sn-12/cells");
    for (const auto& [id, item] : components()) {
        const json::object& component = item.as_object();
        const json::object& message = component.contains("stat_t") ? cells : state;
        std::string path = text_of(component, "val_tpl");
        path = path.substr(path.find("value_json") + std::string_view("value_json").size());
        const bool quoted = path.starts_with("['");
        path = quoted ? path.substr(2, path.find("']") - 2) : path.substr(1, path.find_first_of(" .[)", 1) - 1);
        ASSERT_TRUE(message.contains(path)) << id << ": " << path;
        if (component.contains("ops")) {
            const auto& options = component.at("ops").as_array();
            EXPECT_NE(std::ranges::find(options, message.at(path)), options.end()) << id;
        }
    }
}

TEST_F(DiscoveryTest, ManyCellsAreOffAtFirst)
{
    snapshot = calm(20);
    post();
    publish();
    const auto has = components();
    EXPECT_FALSE(has.at("cell_16").as_object().contains("en"));
    EXPECT_EQ(has.at("cell_17").as_object().at("en"), json::value(false));
}

TEST_F(DiscoveryTest, IsToldAnewWhenSomethingOfItChangesAndNotOtherwise)
{
    post();
    publish();
    broker.sent.clear();
    const auto told = [&] {
        post();
        loop.advance(5s);
        const bool again = broker.count(topic) == 1;
        if (!again) broker.sent.clear();
        return again;
    };
    EXPECT_FALSE(told());
    snapshot.derived.time_to_go.reset();
    EXPECT_FALSE(told()) << "a value that is not there now";
    snapshot.telemetry.temperatures[1] = 21.0;
    EXPECT_TRUE(told()) << "a value that was not there before";
    broker.sent.clear();
    snapshot.identity.firmware_version = "1.3";
    EXPECT_TRUE(told());
    broker.sent.clear();
    snapshot = calm(3);
    snapshot.identity.firmware_version = "1.3";
    ASSERT_TRUE(told());
    EXPECT_EQ(components().at("cell_4"), (json::value{{"p", "sensor"}})) << "removed";
    EXPECT_GT(components().at("cell_3").as_object().size(), 1U);
    broker.sent.clear();
    snapshot.state.online = false;
    EXPECT_FALSE(told()) << "a lost battery keeps its entities";
}

TEST_F(DiscoveryTest, IsToldAgainWhenHomeAssistantStarts)
{
    post();
    publish();
    broker.sent.clear();
    broker.live->hear("homeassistant/status", "homeassistant/status", "online", true);
    broker.live->hear("homeassistant/status", "homeassistant/status", "offline");
    loop.advance(6s);
    EXPECT_EQ(broker.count(topic), 0U);
    broker.live->hear("homeassistant/status", "homeassistant/status", "online");
    loop.advance(6s);
    EXPECT_EQ(broker.count(topic), 1U);
    EXPECT_GE(broker.count("bmsd/sn-12/state"), 1U);
}

}  // namespace
}  // namespace bmsd::mqtt
