#include "daemon/mqtt_batteries.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/log.h"

namespace bmsd::daemon {
namespace {

constexpr auto wake_every = std::chrono::seconds(30);
constexpr std::uint32_t first_id = 1U << 30;  // far beyond those the site gives

/// "N/<portal id>/..." of a Venus device -> "R/<portal id>/keepalive"; empty: another topic.
std::string wake_topic(std::string_view topic)
{
    if (!topic.starts_with("N/")) return {};
    const auto end = topic.find('/', 2);
    return end == topic.npos ? std::string() : fmt::format("R/{}/keepalive", topic.substr(2, end - 2));
}

}  // namespace

bool MqttBatteries::wanted(const config::Config& config)
{
    return !config.mqtt_topic.empty() || !config.mqtt_virtual_topics.empty();
}

bool MqttBatteries::alike(const config::Config& a, const config::Config& b)
{
    const auto keys = [](const config::Config& c) {
        return std::tie(c.mqtt_topic, c.mqtt_broker_address, c.mqtt_broker_port, c.mqtt_tls_enabled,
                        c.mqtt_tls_path_to_ca, c.mqtt_tls_insecure, c.mqtt_username, c.mqtt_password,
                        c.mqtt_virtual_topics, c.mqtt_virtual_names, c.mqtt_virtual_instances, c.mqtt_virtual_timeout,
                        c.mqtt_virtual_remove_after, c.mqtt_virtual_ttg, c.mqtt_virtual_ttg_soc,
                        c.mqtt_virtual_ttg_every);
    };
    return keys(a) == keys(b);
}

MqttBatteries::MqttBatteries(const VirtualBattery::Setting& setting, battery::Host& host) : setting_(setting)
{
    const config::Config& config = setting_.config;
    const config::Broker base = config::broker_of(config);
    static std::uint32_t next_id = first_id;
    for (const std::string& entry : config.mqtt_topic) {
        const auto topic = config::parse_topic(entry, base);
        if (!topic) continue;  // told when the configuration was read
        sessions_.push_back(
            std::make_unique<battery::MessageSession>(setting_.loop, topic->name, sessions_.size(), host, config));
        subscribe(*topic, [session = sessions_.back().get()](const link::mqtt::Incoming& message) {
            session->receive(message.payload, message.retained);
        });
    }
    for (const std::string& entry : config.mqtt_virtual_topics) {
        const auto topic = config::parse_topic(entry, base);
        if (!topic) continue;
        virtuals_.push_back(
            std::make_unique<VirtualBattery>(setting_, topic->name, virtuals_.size(), BatteryId{next_id++}));
        subscribe(*topic, [battery = virtuals_.back().get()](const link::mqtt::Incoming& message) {
            battery->receive(message.payload, message.retained);
        });
    }
    for (auto& [broker, client] : clients_) client.link->start();
    keep_awake();
}

MqttBatteries::~MqttBatteries()
{
    clients_.clear();
    for (auto& session : sessions_) session->stop();
}

/// Null: this build has no MQTT, which was told when the configuration was read.
link::mqtt::Client* MqttBatteries::client_for(const config::Broker& broker)
{
    Client& client = clients_[broker];
    if (client.link) return client.link.get();
    link::mqtt::Options options;
    options.broker = broker;
    // two connections of one machine to one broker (by different users) must not have one id
    options.id = fmt::format("DbusSerialbattery_{}{}", link::mqtt::machine_name(),
                             clients_.size() == 1 ? "" : fmt::format("_{}", clients_.size() - 1));
    client.link = link::mqtt::make_client(setting_.loop, std::move(options));
    if (!client.link) clients_.erase(broker);
    return client.link.get();
}

void MqttBatteries::subscribe(const config::Topic& topic, link::mqtt::Client::Receive receive)
{
    link::mqtt::Client* client = client_for(topic.broker);
    if (client == nullptr) return;
    client->subscribe(topic.name, std::move(receive));
    auto& wake = clients_[topic.broker].wake;
    if (auto asks = wake_topic(topic.name); !asks.empty() && std::ranges::find(wake, asks) == wake.end())
        wake.push_back(std::move(asks));
}

void MqttBatteries::keep_awake()
{
    awake_ = setting_.loop.at(setting_.loop.now() + wake_every, [this] { keep_awake(); });
    for (auto& [broker, client] : clients_)
        for (const std::string& topic : client.wake) client.link->publish({topic, "", false, true, 0});
}

}  // namespace bmsd::daemon
