#pragma once
// A real MQTT broker (mosquitto) on a port of its own; ended and started again at will.
#include <sys/types.h>

#include <string>

namespace bmsd::test {

class MqttBroker {
  public:
    /// tls: with a certificate for "localhost", made by an authority of its own (ca_file()).
    struct Kind {
        bool tls = false;
        bool password = false;  // only user "bmsd" with password "secret" is let in
    };
    explicit MqttBroker(std::string folder, Kind kind);
    ~MqttBroker();
    MqttBroker(const MqttBroker&) = delete;
    MqttBroker& operator=(const MqttBroker&) = delete;

    void start();
    void kill();
    std::uint16_t port() const { return port_; }
    std::string ca_file() const { return folder_ + "/ca.crt"; }

    /// mosquitto_pub and mosquitto_sub with the access they need. `arguments` for the shell.
    void publish(const std::string& arguments) const;
    /// The first `count` messages within `seconds`, a line each: topic, retained (0 or 1), payload.
    std::string listen(const std::string& topic, int count, int seconds = 10) const;

  private:
    std::string access() const;

    std::string folder_;
    Kind kind_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

}  // namespace bmsd::test
