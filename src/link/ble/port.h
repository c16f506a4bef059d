#pragma once
// A Bluetooth battery as a port: keeps its connection for ever, one exchange at a time. The session above sees a port
// that is there while the battery is connected. Source: core/transports.md sections 2.4 to 2.9, bms/ble/README.md
// sections 3 to 5.
#include <memory>

#include "link/ble/connector.h"
#include "link/port.h"
#include "link/serial.h"

namespace bmsd::link {

class BlePort final : public Port, public bms::Radio {
  public:
    /// `reset`: the adapter may be switched off and on when a battery that was there stays away
    /// (BLUETOOTH_FORCE_RESET_BLE_STACK).
    BlePort(Loop& loop, std::shared_ptr<Bluez> bluez, BleTarget target, bool reset = false);
    ~BlePort() override;

    const std::string& name() const override { return target_.mac; }
    bms::Transport transport() const override { return bms::Transport::ble; }
    Result<void> open(unsigned baud, bms::Parity parity = bms::Parity::none) override;
    /// Ends the connection; the next one is made by itself.
    void close() override;
    bool is_open() const override { return opened_ && present(); }
    bool present() const override { return connected_; }
    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) override;
    Task<void> pause(Duration duration) override;
    double wall() const override { return loop_.wall(); }
    Instant steady() const override { return loop_.now(); }
    bms::Radio* radio() override { return this; }
    const bms::Entry* only_type() const override { return target_.entry; }
    void set_tap(Tap* tap) override { tap_ = tap; }
    double wire_seconds() const override
    {
        return to_seconds(last_heard_ > asked_ ? last_heard_ - asked_ : Duration{});
    }

    std::string_view address() const override { return target_.mac; }
    std::string_view device_name() const override { return device_name_; }
    std::string_view secret() const override { return target_.secret; }
    unsigned connection() const override { return connection_; }
    Task<bms::Reply<Bytes>> read(std::string_view uuid) override;
    bool other_write_type() override;
    void stay_away(Duration duration) override;

  private:
    /// What notifies, by a descriptor or by signals.
    struct Ear {
        Fd fd;
        Wait wait;
        Bluez::Subscription signals;
        std::string path;  // that StartNotify was called for; empty: none
    };

    Task<void> life();
    Task<void> stay_connected();
    void lose(const std::string& why);
    void hang_up();
    void tell(const std::string& why);
    bool still_there() const;
    Task<void> restart_adapter();
    Task<bms::Reply<void>> hear_all();
    Task<bms::Reply<void>> hear(std::string path);
    bool hear_by_descriptor(Ear& ear, sd_bus_message* reply);
    void on_readable(Ear& ear);
    void heard(ByteView value);
    void next_gatt();
    Task<bms::Reply<void>> write(ByteView bytes, std::string_view to);
    Task<bms::Reply<void>> write_piece(std::string path, ByteView bytes, const char* type);
    Task<bms::Reply<ByteView>> reply(const bms::Exchange& exchange);
    std::string path_of(std::string_view uuid) const;
    const bms::Gatt& gatt() const { return target_.entry->gatt[gatt_]; }

    Loop& loop_;
    std::shared_ptr<Bluez> bluez_;
    BleTarget target_;
    std::string device_name_;
    bool reset_;
    Bell changes_, arrivals_;
    Bluez::Subscription watch_;
    Connector connector_;
    GattPaths paths_;
    std::size_t gatt_ = 0;  // which set of the type
    bool connected_ = false, opened_ = false, awaited_ = false;
    bool hears_ = false;     // notifications are asked for on this connection
    bool answered_ = false;  // something came on this connection
    bool was_good_ = false;  // something came on an earlier one
    bool commands_ = false;  // writes are done without response
    unsigned connection_ = 0;
    std::vector<std::unique_ptr<Ear>> ears_;
    Bytes buffer_, reply_;
    Tap* tap_ = nullptr;
    Instant asked_{}, last_heard_{};
    Instant away_until_{}, told_at_{};
    std::string told_;
    Task<void> life_;  // last member: goes first
};

}  // namespace bmsd::link
