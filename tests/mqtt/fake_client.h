#pragma once
// A connection to a broker that writes down what it is given.
#include <map>
#include <vector>

#include "link/mqtt/client.h"

namespace bmsd::mqtt {

class FakeClient final : public link::mqtt::Client {
  public:
    /// `log`, `status` and `live` outlive the client.
    struct Shared {
        std::vector<link::mqtt::Outgoing> sent;
        link::mqtt::Status status;
        FakeClient* live = nullptr;

        /// The last message on the topic; "(none)" when there is none since the last clear().
        std::string last(std::string_view topic) const
        {
            for (auto message = sent.rbegin(); message != sent.rend(); ++message)
                if (message->topic == topic) return message->payload;
            return "(none)";
        }
        std::size_t count(std::string_view topic) const
        {
            std::size_t number = 0;
            for (const auto& message : sent) number += message.topic == topic ? 1 : 0;
            return number;
        }
    };
    explicit FakeClient(Shared& shared) : shared_(shared) { shared_.live = this; }
    ~FakeClient() override { shared_.live = nullptr; }

    void start() override {}
    void subscribe(const std::string& topic, Receive receive) override { topics_.emplace(topic, std::move(receive)); }
    void publish(link::mqtt::Outgoing message) override { shared_.sent.push_back(std::move(message)); }
    const link::mqtt::Status& status() const override { return shared_.status; }
    void on_change(std::function<void()> callback) override { changed_ = std::move(callback); }

    void connect(bool connected = true)
    {
        shared_.status.connected = connected;
        if (changed_) changed_();
    }
    void hear(const std::string& subscription, std::string_view topic, std::string_view payload, bool retained = false)
    {
        const auto found = topics_.find(subscription);
        if (found != topics_.end()) found->second({topic, payload, retained});
    }
    bool reads(const std::string& subscription) const { return topics_.contains(subscription); }

  private:
    Shared& shared_;
    std::map<std::string, Receive> topics_;
    std::function<void()> changed_;
};

}  // namespace bmsd::mqtt
