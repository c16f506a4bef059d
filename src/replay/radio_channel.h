#pragma once
// A Bluetooth battery without a radio: notifications as they were recorded. What `bmsd decode` and the tests run
// protocols on. Vector format: core/transports.md section 0.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bms/language/protocol.h"
#include "bms/language/radio.h"

namespace bmsd::replay {

struct GattExchange {
    std::string characteristic;  // that is written, or that speaks; empty: not told
    std::optional<Bytes> write;  // absent: sent by itself
    std::vector<Bytes> notify;
};

/// Notifications that answer a write, and those that come by themselves.
class RadioChannel : public bms::Channel, public bms::Radio {
  public:
    static constexpr std::size_t most_buffered = 1024;  // README section 5

    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) final;
    Task<void> pause(Duration duration) final
    {
        time += duration;
        co_return;
    }
    void refused(bms::Refusal reason) final { refusals.push_back(reason); }
    double wall() const final { return clock; }
    Instant steady() const final { return time; }
    bms::Radio* radio() final { return this; }

    std::string_view address() const final { return mac; }
    std::string_view device_name() const final { return name; }
    std::string_view secret() const final { return password; }
    unsigned connection() const final { return connections; }
    Task<bms::Reply<Bytes>> read(std::string_view uuid) final { co_return value(uuid); }
    bool other_write_type() final { return false; }
    void stay_away(Duration) final { away = true; }

    std::size_t only_size = 0;  // of notifications, see bms::Gatt
    std::string mac = "00:00:00:00:00:00", name, password;
    unsigned connections = 1;
    bool away = false;  // it was told to end the connection: nothing is answered any more
    Instant time{};
    std::vector<bms::Refusal> refusals;  // silence and cuts included
    struct Sent {
        std::string to;
        Bytes bytes;
    };
    std::vector<Sent> sent;
    double clock = 1785398184;  // 2026-07-30 07:56:24 UTC

  protected:
    virtual std::vector<Bytes> answer(ByteView written, std::string_view to) = 0;
    virtual std::vector<Bytes> speak() = 0;  // in one second
    virtual bms::Reply<Bytes> value(std::string_view uuid) = 0;

  private:
    void hear(const std::vector<Bytes>& notifications);
    /// Whether a reply is there; `wanted` is its end.
    bool complete(const bms::Exchange& exchange, std::size_t& wanted);

    std::vector<Bytes> waiting_;  // notifications not heard yet
    Bytes buffer_, reply_;
};

/// A recorded dialogue. Replies are matched by request; a repeated request gets its answers in turn, then the last
/// again.
class RadioScript final : public RadioChannel {
  public:
    void add(const GattExchange& exchange);
    void add_value(std::string_view uuid, Bytes value) { values_[std::string(uuid)] = std::move(value); }

  protected:
    std::vector<Bytes> answer(ByteView written, std::string_view to) override;
    std::vector<Bytes> speak() override { return by_itself_; }
    bms::Reply<Bytes> value(std::string_view uuid) override;

  private:
    struct Answers {
        std::vector<std::vector<Bytes>> replies;
        std::size_t next = 0;
    };
    std::map<std::string, Answers> script_;
    std::map<std::string, Bytes> values_;
    std::vector<Bytes> by_itself_;
};

/// A simulated device. Its notifications are cut every `piece` bytes.
class RadioDevice final : public RadioChannel {
  public:
    explicit RadioDevice(bms::Device& device) : device_(device) { name = device.called(); }
    std::size_t piece = 20;
    std::function<void(std::size_t step, ByteView request, Bytes& reply)> damage;  // as in DeviceChannel
    std::size_t steps = 0;

  protected:
    std::vector<Bytes> answer(ByteView written, std::string_view to) override;
    std::vector<Bytes> speak() override { return cut(device_.speak()); }
    bms::Reply<Bytes> value(std::string_view uuid) override;

  private:
    std::vector<Bytes> cut(Bytes bytes);

    bms::Device& device_;
    Bytes pending_;
};

}  // namespace bmsd::replay
