#pragma once
// The life of one battery that is told by messages: nothing is asked, each valid message is a cycle; silence is missed
// reads. Source: bms/generic_mqtt.md, core/transports.md section 3.
#include <memory>
#include <string>

#include "battery/port_session.h"
#include "bms/mqtt/generic_mqtt.h"

namespace bmsd::battery {

class MessageSession {
  public:
    /// `index`: of its topic in the configuration; part of the battery's names.
    MessageSession(Loop& loop, std::string topic, std::size_t index, Host& host, const config::Config& config);
    ~MessageSession();
    MessageSession(const MessageSession&) = delete;
    MessageSession& operator=(const MessageSession&) = delete;

    /// `kept`: it may be as old as the broker pleases. Believed only where nothing newer was heard.
    void receive(std::string_view message, bool kept);
    /// Releases what it serves.
    void stop();
    const std::string& topic() const { return topic_; }
    /// Null: no valid message yet, or given up.
    const std::shared_ptr<Battery>& battery() const { return battery_; }
    std::uint64_t refused() const { return refused_; }

  private:
    void handle(std::string_view message);
    Task<void> admit();
    void use(Reading next);
    void refuse(const std::string& why);
    void sift(Telemetry& telemetry);
    void watch();
    void miss();
    void cycle();

    Loop& loop_;
    std::string topic_;
    std::size_t index_;
    Host& host_;
    const config::Config& config_;
    bms::GenericMqtt protocol_;
    Reading newest_;  // valid, while the battery is being made
    std::shared_ptr<Battery> battery_;
    bool admitting_ = false;
    bool silence_told_ = false;
    std::uint64_t refused_ = 0;
    std::uint32_t sifted_ = 0;
    Instant started_, handled_{}, heard_{}, missed_{}, told_{}, again_from_{};
    std::string waiting_;  // came too soon after the one before
    Wait due_, watch_;
    Task<void> admission_;
};

}  // namespace bmsd::battery
