#pragma once
// Where an MQTT broker is, how it is spoken to, and the topics written with it. Source: core/transports.md section 3,
// core/virtual-mqtt-battery.md section 1.
#include <cstdint>
#include <string>
#include <string_view>

#include "config/config.h"
#include "util/result.h"

namespace bmsd::config {

struct Broker {
    std::string host;
    std::uint16_t port = 1883;
    bool tls = false;
    std::string ca_file;         // empty: the authorities of the system
    bool any_host_name = false;  // a certificate that was made for another host is good enough
    std::string user, password;  // used when both are set

    auto operator<=>(const Broker&) const = default;
};

/// As people see it, without secrets: "mqtts://host:8883".
std::string text(const Broker& broker);

/// MQTT_BROKER_ADDRESS and its neighbours.
Broker broker_of(const Config& config);

/// `url`: mqtt[s]://[user:password@]host[:port]; what it does not say of TLS is as in `base`. Empty: `base`.
Result<Broker> parse_broker(std::string_view url, const Broker& base);

struct Topic {
    Broker broker;
    std::string name;
};

/// A topic of the broker `base`, or mqtt[s]://[user:password@]host[:port]/topic. No wildcards.
Result<Topic> parse_topic(std::string_view entry, const Broker& base);

}  // namespace bmsd::config
