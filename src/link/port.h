#pragma once
// One physical port: opened with the line settings a BMS wants, used by one dialogue at a time, shared by all batteries
// behind it. Links implement it; the session above knows nothing else of them.
#include <string>
#include <utility>

#include "bms/language/protocol.h"
#include "model/snapshot.h"
#include "util/result.h"

namespace bmsd::link {

/// What travels, for the raw capture (core/lifecycle.md section 12).
class Tap {
  public:
    virtual ~Tap() = default;
    virtual void sent(ByteView bytes) = 0;
    virtual void received(ByteView bytes) = 0;
};

class Port {
  public:
    Port() = default;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    virtual ~Port() = default;

    /// The name the user knows, e.g. /dev/ttyUSB0 or the MAC of a Bluetooth battery.
    virtual const std::string& name() const = 0;
    virtual bms::Transport transport() const { return bms::Transport::serial; }
    /// Opens the port, or sets its speed when it is open; errors say what the system said.
    virtual Result<void> open(unsigned baud, bms::Parity parity = bms::Parity::none) = 0;
    virtual void close() = 0;
    virtual bool is_open() const = 0;
    /// Whether the device is there at all (a pulled adapter is not).
    virtual bool present() const = 0;
    /// One exchange; refusals are not counted here.
    virtual Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) = 0;
    virtual Task<void> pause(Duration duration) = 0;
    virtual double wall() const = 0;
    virtual Instant steady() const = 0;
    /// See bms::Channel::drive().
    virtual bool drive(unsigned /*line*/, bool /*high*/) { return false; }
    /// See bms::Channel::radio().
    virtual bms::Radio* radio() { return nullptr; }
    /// The one type that is looked for here, where the port names it; nullptr: the configuration tells.
    virtual const bms::Entry* only_type() const { return nullptr; }
    /// Nullptr: nobody listens.
    virtual void set_tap(Tap* tap) = 0;
    /// Seconds from the first byte sent to the last one read, of the last exchange.
    virtual double wire_seconds() const = 0;
    /// See bms::Channel::shared().
    bms::Channel::Shared& memory() { return memory_; }

  private:
    bms::Channel::Shared memory_;
};

/// Counts a refusal of a battery's data.
void count(LinkQuality& quality, bms::Refusal reason);

/// The channel of one battery on a port: counts its link quality.
class PortChannel final : public bms::Channel {
  public:
    PortChannel(Port& port, LinkQuality& quality) : port_(port), quality_(quality) {}
    Task<bms::Reply<ByteView>> transact(bms::Exchange exchange) override;
    Task<void> pause(Duration duration) override { return port_.pause(duration); }
    void refused(bms::Refusal reason) override { count(quality_, reason); }
    double wall() const override { return port_.wall(); }
    Instant steady() const override { return port_.steady(); }
    bool drive(unsigned line, bool high) override { return port_.drive(line, high); }
    bms::Radio* radio() override { return port_.radio(); }
    /// Sum over the exchanges since the last call.
    double take_wire_seconds();
    /// How long nothing was asked and only awaited what a battery sends by itself, since the last call.
    Duration take_listened() { return std::exchange(listened_, Duration::zero()); }

  private:
    Shared& memory() override { return port_.memory(); }

    Port& port_;
    LinkQuality& quality_;
    double wire_seconds_ = 0;
    Duration listened_{};
};

}  // namespace bmsd::link
