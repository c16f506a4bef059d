#pragma once
// A simulated Bluetooth battery in range: its device side without a radio between. Notifications come in pieces of 20
// bytes, what it sends by itself once a second.
#include <memory>

#include "bms/language/radio.h"
#include "link/port.h"
#include "util/loop.h"

namespace bmsd::sim {

class RadioPort final : public link::Port, public bms::Radio {
  public:
    RadioPort(Loop& loop, std::string name, const bms::Entry& entry, std::unique_ptr<bms::Device> device);

    const std::string& name() const override { return name_; }
    bms::Transport transport() const override { return bms::Transport::ble; }
    Result<void> open(unsigned baud, bms::Parity parity = bms::Parity::none) override;
    void close() override { open_ = false; }
    bool is_open() const override { return open_; }
    bool present() const override { return true; }
    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) override;
    Task<void> pause(Duration duration) override;
    double wall() const override { return loop_.wall(); }
    Instant steady() const override { return loop_.now(); }
    bms::Radio* radio() override { return this; }
    const bms::Entry* only_type() const override { return &entry_; }
    void set_tap(link::Tap* tap) override { tap_ = tap; }
    double wire_seconds() const override { return 0; }

    std::string_view address() const override { return "00:00:00:00:00:01"; }
    std::string_view device_name() const override { return device_name_; }
    std::string_view secret() const override { return {}; }
    unsigned connection() const override { return connection_; }
    Task<bms::Reply<Bytes>> read(std::string_view uuid) override;
    bool other_write_type() override { return false; }
    void stay_away(Duration) override { open_ = false; }

  private:
    void answer(ByteView request);
    void hear(const Bytes& sent);

    Loop& loop_;
    std::string name_;
    const bms::Entry& entry_;
    std::unique_ptr<bms::Device> device_;
    std::string device_name_;
    bool open_ = false;
    unsigned connection_ = 0;
    Instant speaks_{};  // next
    Bytes written_, buffer_, reply_;
    link::Tap* tap_ = nullptr;
};

}  // namespace bmsd::sim
