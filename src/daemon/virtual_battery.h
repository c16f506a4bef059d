#pragma once
// A battery that is told by JSON documents over MQTT, from its first document to its place on the bus, on the Board and
// in the bank. Source: core/virtual-mqtt-battery.md.
#include <memory>
#include <string>

#include "bank/document_battery.h"
#include "site/gate.h"
#include "store/store.h"
#include "venus/document_service.h"

namespace bmsd::daemon {

class BankHost;

class VirtualBattery final : private site::Servant {
  public:
    struct Setting {  // outlives the battery
        Loop& loop;
        const config::Config& config;
        store::Store& store;
        std::string bus_address;
        site::Board& board;
        site::Gate& gate;
        BankHost* bank;  // null: none
    };
    /// `number`: from 0, its place in the lists of the configuration; `id`: never given before.
    VirtualBattery(const Setting& setting, std::string topic, std::size_t number, BatteryId id);
    ~VirtualBattery() override;
    VirtualBattery(const VirtualBattery&) = delete;
    VirtualBattery& operator=(const VirtualBattery&) = delete;

    /// `kept`: the broker had it; it may be old, so it counts only where nothing was heard before.
    void receive(std::string_view document, bool kept);
    bank::DocumentBattery::State state() const { return battery_.state(); }
    std::uint64_t refused() const { return refused_; }

  private:
    void opened(const store::Saved& saved);
    void step();
    void publish(bool counted);
    void appear();
    void leave();
    void post(site::Change::What what);
    void rename(const std::string& name, std::function<void(bool saved)> saved);
    Result<void> carry_out(const site::Wish& wish, site::Told told) override;
    control::Now now() const;
    std::int64_t wished_instance() const;

    Setting setting_;
    std::string topic_;
    std::size_t number_;
    BatteryId id_;
    std::string serial_;  // and unique id
    bank::DocumentBattery battery_;
    Snapshot snapshot_;
    std::unique_ptr<store::Record> record_;  // null: the store was not ready yet
    std::string custom_name_;
    std::int64_t instance_ = 0;
    std::unique_ptr<venus::DocumentService> service_;  // null: not on the bus
    site::WhoPtr who_;
    bool heard_ = false, posted_ = false;
    std::uint64_t refused_ = 0;
    Instant told_{}, waiting_told_, counted_at_{};
    Wait timer_, again_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bmsd::daemon
