#pragma once
// The batteries that are told over MQTT, by raw values or by documents, and the connections to their brokers.
#include <map>
#include <memory>
#include <vector>

#include "battery/message_session.h"
#include "config/broker.h"
#include "daemon/virtual_battery.h"
#include "link/mqtt/client.h"

namespace bmsd::daemon {

class MqttBatteries {
  public:
    /// `host` serves those with raw values. What the configuration asks for is made anew with each object.
    MqttBatteries(const VirtualBattery::Setting& setting, battery::Host& host);
    ~MqttBatteries();
    MqttBatteries(const MqttBatteries&) = delete;
    MqttBatteries& operator=(const MqttBatteries&) = delete;

    static bool wanted(const config::Config& config);
    /// Whether the two ask for the same batteries.
    static bool alike(const config::Config& a, const config::Config& b);

  private:
    struct Client {
        std::unique_ptr<link::mqtt::Client> link;
        std::vector<std::string> wake;  // Venus devices publish only what somebody asks for: topics for that
    };
    link::mqtt::Client* client_for(const config::Broker& broker);
    void subscribe(const config::Topic& topic, link::mqtt::Client::Receive receive);
    void keep_awake();

    VirtualBattery::Setting setting_;
    std::vector<std::unique_ptr<battery::MessageSession>> sessions_;
    std::vector<std::unique_ptr<VirtualBattery>> virtuals_;
    std::map<config::Broker, Client> clients_;  // last: they call the others
    Wait awake_;
};

}  // namespace bmsd::daemon
