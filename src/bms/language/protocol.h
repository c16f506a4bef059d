#pragma once
// What one file in src/bms offers for its device: the host side, the device side for simulation and tests, and the
// catalogue entry that names both.
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "bms/language/channel.h"
#include "config/config.h"
#include "model/command.h"
#include "model/telemetry.h"

namespace bmsd::bms {

/// What a protocol object is made for: one battery at one address.
struct Setup {
    const config::Config& config;  // outlives the protocol
    std::uint8_t address = 0;
    unsigned baud = 0;
};

/// The host side: one battery. `reading` keeps what is known from one call to the next; a call that is refused may
/// leave it half changed, so the caller hands in a copy and keeps it only on success.
class Protocol {
  public:
    Protocol() = default;
    Protocol(const Protocol&) = delete;
    Protocol& operator=(const Protocol&) = delete;
    virtual ~Protocol() = default;

    /// The connection test, the settings read once and a first poll: afterwards everything the device tells is in
    /// `reading`.
    virtual Task<Reply<void>> identify(Channel& channel, Reading& reading) = 0;
    /// One cycle.
    virtual Task<Reply<void>> poll(Channel& channel, Reading& reading) = 0;
    /// Told of a command that waits behind `first`, which is carried out next. True: both belong to one register and go
    /// out together, so that it is done with the next command(), too.
    virtual bool joins(const Command& /*first*/, const Command& /*waiting*/) { return false; }
    /// Carries out a user's command: writes the wished state and compares what it reads back; success = the device
    /// obeys.
    virtual Task<Reply<void>> command(Channel& channel, Reading& reading, Command command);
    /// How long after the start of one cycle the next may begin at the earliest; for devices that need rest at times.
    virtual Duration rest() const { return Duration::zero(); }
};

/// The device side: answers what a host sends, from a Reading somebody else keeps up to date.
class Device {
  public:
    Device() = default;
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    virtual ~Device() = default;
    /// `input` is what the host sent and nobody has used yet. Returns how many bytes of it are done with (0 = wait for
    /// more) and appends the reply, if there is one, to `reply`.
    virtual std::size_t receive(ByteView input, Bytes& reply) = 0;
    /// Bluetooth: what it sends by itself, about once a second.
    virtual Bytes speak() { return {}; }
    /// Bluetooth: the value of a characteristic beside those of the dialogue.
    virtual std::optional<Bytes> value(std::string_view /*uuid*/) { return std::nullopt; }
    /// Bluetooth: its name, for types that take something from it.
    virtual std::string called() const { return "simulated"; }
};

enum class Transport : std::uint8_t { serial, spi, can, ble, mqtt };
enum class Parity : std::uint8_t { none, even };

/// One row of the detection table: how the port is set and whom to ask.
struct Line {
    unsigned baud;
    std::uint8_t address = 0;
    Parity parity = Parity::none;
};

struct Gatt;

/// A row of the catalogue.
struct Entry {
    std::string_view name;   // BMS_TYPE in the configuration
    std::string_view type;   // published
    std::string_view sheet;  // docs/bms/<sheet>.md and tests/vectors/<sheet>.json
    std::string_view brands;
    std::string_view wiring;                      // one line for docs/bms.md
    std::span<const Line> lines;                  // tried in this order when no address is configured
    Duration interval = std::chrono::seconds(1);  // poll
    Commands commands = {};
    std::span<const std::string_view> delivers;      // the model's names of what it tells, beside type and unique_id
    std::span<const std::string_view> assumed = {};  // what it shows without the device telling it
    std::unique_ptr<Protocol> (*make)(const Setup& setup);
    std::unique_ptr<Device> (*device)(Reading& truth, const Line& line);
    std::span<const Gatt> gatt = {};  // Bluetooth: where it talks (radio.h); the first set of characteristics it has
    Transport transport = Transport::serial;
    bool only_when_named = false;     // not tried by detection unless BMS_TYPE names it
    bool addressable = true;          // BATTERY_ADDRESSES can select several on one port
    bool addressed = true;            // its rows of the detection table have an address
    bool one_current_limit = false;   // charging and discharging share it; each shows 0 while its FET is off
    bool charges_itself = false;      // it ends the charge by itself: its voltage limit is the maximum at all times
    bool flow_means_on = false;       // both FETs off, and a current all the same: they count as on
    bool unproven = false;            // no recording of a real device has been through it
    std::string_view warning = {};    // logged when it is used, where the sheet asks for it
    std::string_view unchecked = {};  // why changed bytes in a reply cannot always be noticed; empty: they are
    std::string_view alike = {};  // why the reply to another request of the same length may be taken; empty: it is not
};

}  // namespace bmsd::bms
