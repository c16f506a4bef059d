#pragma once
// A chip on an SPI bus, with output lines beside it. A transfer of a few bytes takes less time than a system call is
// worth waiting for, so it is done on the loop, one between two turns of it.
#include <memory>

#include "link/port.h"
#include "util/loop.h"

namespace bmsd::link {

/// What the system, or a simulated chip, does.
class SpiBus {
  public:
    SpiBus() = default;
    SpiBus(const SpiBus&) = delete;
    SpiBus& operator=(const SpiBus&) = delete;
    virtual ~SpiBus() = default;
    virtual Result<void> open(const std::string& path, unsigned hertz) = 0;
    virtual void close() = 0;
    virtual bool present(const std::string& path) const = 0;
    /// Both ways at once, chip select held for all of it: `bytes` go out, what comes in replaces them. False: no bus.
    virtual bool transfer(MutableBytes bytes) = 0;
    /// Output line by its number on the first GPIO chip. False: it cannot be had.
    virtual bool drive(unsigned line, bool high) = 0;
};

/// spidev (mode 0, 8 bits a word) and /dev/gpiochip0.
std::unique_ptr<SpiBus> system_spi();

class SpiPort final : public Port {
  public:
    /// `name` is what the user knows the port by.
    SpiPort(Loop& loop, std::string path, std::string name, std::unique_ptr<SpiBus> bus);
    ~SpiPort() override;

    const std::string& name() const override { return name_; }
    bms::Transport transport() const override { return bms::Transport::spi; }
    /// `baud` is the clock of the bus in Hz.
    Result<void> open(unsigned baud, bms::Parity parity = bms::Parity::none) override;
    /// Every output line that was driven goes low: what nobody watches must not charge or discharge.
    void close() override;
    bool is_open() const override { return hertz_ != 0; }
    bool present() const override { return bus_->present(path_); }
    /// The reply has the size of the request and is there at once.
    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) override;
    Task<void> pause(Duration duration) override;
    double wall() const override { return loop_.wall(); }
    Instant steady() const override { return loop_.now(); }
    bool drive(unsigned line, bool high) override;
    void set_tap(Tap* tap) override { tap_ = tap; }
    double wire_seconds() const override { return wire_seconds_; }

  private:
    Loop& loop_;
    std::string path_, name_;
    std::unique_ptr<SpiBus> bus_;
    unsigned hertz_ = 0;
    std::vector<unsigned> driven_;
    Tap* tap_ = nullptr;
    Bytes buffer_;
    Instant last_{};
    double wire_seconds_ = 0;
};

}  // namespace bmsd::link
