// Addresses of brokers and topics.
#include "config/broker.h"

#include <gtest/gtest.h>

#include "config/schema.h"

namespace bmsd::config {
namespace {

TEST(Broker, IsWhatTheKeysSay)
{
    Config config = defaults();
    EXPECT_EQ(text(broker_of(config)), "mqtt://127.0.0.1:1883");
    config.mqtt_username = "u";
    EXPECT_EQ(broker_of(config).user, "") << "only when both are set";
    config.mqtt_password = "p";
    EXPECT_EQ(broker_of(config).password, "p");
    config.mqtt_tls_path_to_ca = "/ca";
    EXPECT_EQ(broker_of(config).ca_file, "");
    config.mqtt_tls_enabled = true;
    config.mqtt_tls_insecure = false;
    EXPECT_EQ(broker_of(config).ca_file, "/ca");
    EXPECT_FALSE(broker_of(config).any_host_name);
    EXPECT_EQ(text(broker_of(config)), "mqtts://127.0.0.1:1883");
}

TEST(Broker, ATopicMayNameItsOwn)
{
    const Broker base{.host = "base", .port = 1, .tls = true, .ca_file = "/ca", .user = "u", .password = "p"};
    const auto plain = parse_topic("a/b", base);
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->broker, base);
    EXPECT_EQ(plain->name, "a/b");
    const auto other = parse_topic("mqtt://me:p%40s%2Fs@host/N/abc/battery/1/JsonData", base);
    ASSERT_TRUE(other) << other.error();
    EXPECT_EQ(other->broker, (Broker{.host = "host", .port = 1883, .ca_file = {}, .user = "me", .password = "p@s/s"}));
    EXPECT_EQ(other->name, "N/abc/battery/1/JsonData");
    const auto six = parse_topic("mqtts://[::1]:99/t", base);
    ASSERT_TRUE(six) << six.error();
    EXPECT_EQ(six->broker,
              (Broker{.host = "::1", .port = 99, .tls = true, .ca_file = "/ca", .user = {}, .password = {}}));
    EXPECT_EQ(text(six->broker), "mqtts://[::1]:99");
    EXPECT_EQ(parse_topic("mqtts://h/t", base)->broker.port, 8883);
    EXPECT_EQ(parse_topic("/N/abc/x", base)->name, "N/abc/x");
    EXPECT_EQ(parse_topic("/mine", base)->name, "/mine");
    EXPECT_EQ(parse_broker("mqtt://h:5/", base)->port, 5);
    EXPECT_EQ(*parse_broker("", base), base);
}

TEST(Broker, WhatIsNoneIsRefused)
{
    const Broker base{.host = "base", .ca_file = {}, .user = {}, .password = {}};
    for (const auto* bad :
         {"", "a/+/b", "#", "a\nb", "mqtt://host", "mqtt://host/", "mqtt:///t", "mqtt://user@host/t", "mqtt://host:0/t",
          "mqtt://host:65536/t", "mqtt://host:x/t", "mqtt://u:%4@h/t", "mqtt://[::1/t"})
        EXPECT_FALSE(parse_topic(bad, base)) << bad;
    for (const auto* bad : {"host", "http://host", "mqtt://", "mqtt://h:1x"})
        EXPECT_FALSE(parse_broker(bad, base)) << bad;
}

}  // namespace
}  // namespace bmsd::config
