#pragma once
// A port with simulated devices behind it and no wire: virtual time passes as on a real one (silence lasts its
// timeout).
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "link/port.h"
#include "util/loop.h"

namespace bmsd::test {

class FakePort final : public link::Port {
  public:
    FakePort(Loop& loop, std::string name) : loop_(loop), name_(std::move(name)) {}

    void add(std::unique_ptr<bms::Device> device, unsigned baud = 0)
    {
        devices_.push_back({std::move(device), baud, {}, true});
    }
    /// Whether the device of this number (in the order of add) answers.
    void answer(std::size_t number, bool answers) { devices_[number].answers = answers; }
    bool there = true;  // the adapter
    std::uint64_t exchanges = 0;
    std::uint64_t opened = 0;
    std::function<void(Bytes& reply)> damage;
    Duration reply_time = std::chrono::milliseconds(40);

    const std::string& name() const override { return name_; }
    Result<void> open(unsigned baud, bms::Parity) override
    {
        if (!there) return Failure(name_ + ": no such device");
        if (!open_) ++opened;
        open_ = true;
        baud_ = baud;
        return {};
    }
    void close() override { open_ = false; }
    bool is_open() const override { return open_; }
    bool present() const override { return there; }
    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) override;
    Task<void> pause(Duration duration) override { co_await loop_.sleep(duration); }
    double wall() const override { return loop_.wall(); }
    Instant steady() const override { return loop_.now(); }
    void set_tap(link::Tap*) override {}
    double wire_seconds() const override { return to_seconds(reply_time); }

  private:
    struct Served {
        std::unique_ptr<bms::Device> device;
        unsigned baud;
        Bytes input;
        bool answers;
    };
    Bytes ask(ByteView request);

    Loop& loop_;
    std::string name_;
    std::vector<Served> devices_;
    bool open_ = false;
    unsigned baud_ = 0;
    Bytes buffer_;
};

}  // namespace bmsd::test
