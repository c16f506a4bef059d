// /Info/Config against the recorded list: core/dbus.md section 4.15, vectors/core/dbus-info-config.json.
#include "venus/config_values.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "config/load.h"
#include "venus/paths.h"

namespace bmsd::venus {
namespace {

boost::json::array recorded()
{
    std::ifstream file(BMSD_VECTORS "/core/dbus-info-config.json");
    std::stringstream content;
    content << file.rdbuf();
    return boost::json::parse(content.str()).at("items").as_array();
}

std::map<std::string, bus::Value> values_with(const std::string& keys)
{
    const auto list = config_values(config::load("[DEFAULT]\n" + keys).config);
    return {list.begin(), list.end()};
}

TEST(InfoConfig, IsAsRecorded)
{
    const auto values = values_with("PUBLISH_CONFIG_VALUES = True\nBMS_TYPE = LltJbd, Daly\n");
    std::size_t count = 0;
    for (const auto& entry : recorded()) {
        const std::string path(entry.at("path").as_string());
        if (path == "/Info/Config/MQTT_USERNAME") continue;  // the recorded driver tells everybody on the bus
        const auto found = values.find(path);
        ASSERT_NE(found, values.end()) << path;
        EXPECT_EQ(wire_type(found->second), std::string(entry.at("type").as_string())) << path;
        EXPECT_EQ(text(found->second), std::string(entry.at("text").as_string())) << path;
        ++count;
    }
    EXPECT_EQ(values.size(), count);
}

TEST(InfoConfig, ANumberWithoutValueHasNoPathAndSecretsHaveNone)
{
    const auto values = values_with("MQTT_PASSWORD = secret\nMQTT_USERNAME = user\nPOLL_INTERVAL = 2.5\n");
    EXPECT_FALSE(values.contains("/Info/Config/MQTT_PASSWORD"));
    EXPECT_FALSE(values.contains("/Info/Config/SOC_RESET_AFTER_DAYS"));
    EXPECT_FALSE(values.contains("/Info/Config/TELEMETRY"));
    EXPECT_FALSE(values.contains("/Info/Config/MQTT_USERNAME"));
    EXPECT_EQ(values.at("/Info/Config/POLL_INTERVAL"), bus::Value(2.5));
    EXPECT_FALSE(values_with("").contains("/Info/Config/POLL_INTERVAL"));
}

TEST(InfoConfig, AnAddressIsShownWithoutUserAndPassword)
{
    const auto shown = values_with("MQTT_BROKER_ADDRESS = mqtt://me:s3cret@broker.lan\n");
    EXPECT_EQ(shown.at("/Info/Config/MQTT_BROKER_ADDRESS"), bus::Value("mqtt://(removed)@broker.lan"));
}

TEST(InfoConfig, ThePathsExistOnlyWhenAskedFor)
{
    auto config = config::load("").config;
    Context context;
    context.config = &config;
    const auto count = [&] { return make_leaves(context).size(); };
    config.publish_config_values = false;
    const auto without = count();
    config.publish_config_values = true;
    EXPECT_EQ(count(), without + config_values(config).size());
}

}  // namespace
}  // namespace bmsd::venus
