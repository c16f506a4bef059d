#pragma once
// Modbus RTU, once for all who speak it: reading of registers (functions 03 and 04) and coils (01), both ends.
//
//   request   address, function, start u16, count u16, CRC
//   reply     address, function, number of data bytes n, n data bytes, CRC
//   refusal   address, function + 80, code, CRC
//
// Numbers most significant byte first, except the CRC (CRC-16/MODBUS of everything before it): low byte first.
#include <array>
#include <functional>

#include "bms/language/field.h"
#include "bms/language/protocol.h"

namespace bmsd::bms::modbus {

enum class Function : std::uint8_t { read_coils = 1, read_holding = 3, read_input = 4 };

/// A run of registers, or of coils.
struct Block {
    std::uint16_t start, count;
    Function function = Function::read_holding;

    /// Bytes of data a reply carries.
    constexpr std::size_t size() const { return function == Function::read_coils ? (count + 7U) / 8 : 2U * count; }
    constexpr bool operator==(const Block&) const = default;
};

inline constexpr std::size_t request_size = 8;
std::array<std::uint8_t, request_size> request(std::uint8_t address, const Block& block);

/// Length of a reply, good or refusing, as far as known.
std::size_t reply_length(ByteView so_far);

/// Every check of a reply, each with its own reason; gives the data.
Reply<ByteView> open(ByteView reply, std::uint8_t address, const Block& block);

struct Timing {
    Duration first;  // to the first byte
    Duration rest;   // from there to the last one
    Duration gap;    // silence before a request
};

using bms::AlarmWord;

/// A block and what its data carry, for both directions: tables, and what no table can say. Offsets are bytes of data.
struct Layout {
    Block block;
    std::span<const Field> fields = {};
    std::span<const TextField> texts = {};
    std::span<const Bit> bits = {};
    std::span<const AlarmWord> alarms = {};
    Reply<void> (*take)(ByteView data, Reading& reading) = nullptr;     // after the tables
    void (*fill)(MutableBytes data, const Reading& reading) = nullptr;  // same

    /// Only the first `count` registers.
    constexpr Layout first(std::uint16_t count) const
    {
        Layout part = *this;
        part.block.count = count;
        return part;
    }
};

/// Refused by the layout's own check only; the data are as long as the block.
Reply<void> take(const Layout& layout, ByteView data, Reading& reading);
Bytes fill(const Layout& layout, const Reading& reading);

/// Layout::take of blocks with a limit no table knows: refused when a value is outside what a battery can be.
Reply<void> take_plausible(ByteView data, Reading& reading);

/// What a Modbus reply does not say; for Entry::alike.
inline constexpr std::string_view no_register_in_reply = "a Modbus reply does not name its registers";

using Take = std::function<Reply<void>(ByteView data)>;

/// The host's end of the line to one device. When a reply is late and asked for again, the next request waits until
/// nothing can be on its way any more: which registers a reply carries nobody can tell.
class Host {
  public:
    Host(std::uint8_t address, const Timing& timing) : timing_(timing), address_(address) {}

    std::uint8_t address() const { return address_; }
    /// Asks for `block` up to `tries` times until `take` accepts the data.
    Task<Reply<void>> read(Channel& channel, Block block, Take take, int tries = 1) const;
    Task<Reply<void>> read(Channel& channel, Layout layout, Reading& reading, int tries = 1) const;
    /// One after the other, ended by the first that fails.
    Task<Reply<void>> read(Channel& channel, std::span<const Layout> layouts, Reading& reading, int tries = 1) const;

  private:
    Exchange exchange(ByteView bytes) const;

    Timing timing_;
    std::uint8_t address_;
};

/// The device's end. A request for any part of a block it has is answered, another one is refused as Modbus asks for
/// (code 01: function, 02: registers); damaged requests and those to other addresses stay unanswered.
class ModbusDevice : public Device {
  public:
    /// `layouts` must outlive the device.
    ModbusDevice(Reading& truth, std::uint8_t address, std::span<const Layout> layouts)
        : truth_(truth), address_(address), layouts_(layouts)
    {
    }
    std::size_t receive(ByteView input, Bytes& reply) final;

  protected:
    /// What can be read at `address`; empty: nobody is there.
    virtual std::span<const Layout> layouts(std::uint8_t address) const;
    /// The data of a whole block as it is now.
    virtual Bytes content(std::uint8_t address, const Layout& layout) const;

    const Reading& truth() const { return truth_; }

  private:
    void answer(std::uint8_t address, const Block& wanted, Bytes& reply) const;

    Reading& truth_;
    std::uint8_t address_;
    std::span<const Layout> layouts_;
};

}  // namespace bmsd::bms::modbus
