#pragma once
// Modbus RTU, once for all who speak it: reading of registers (functions 03 and 04) and coils (01), both ends.
//
//   request   address, function, start u16, count u16, CRC
//   reply     address, function, number of data bytes n, n data bytes, CRC
//   refusal   address, function + 80, code, CRC
//
// Numbers most significant byte first, except the CRC (CRC-16/MODBUS of everything before it): low byte first.
//
// A reply does not say which registers it carries. So that none passes for the answer to another request:
//   - what does not begin as the answer does (address, function, number of bytes) is noise before it: skipped, counted;
//   - no request follows one at the same address whose reply is as long, a row of `apart` comes between them;
//   - after a reply that did not come nothing else is asked until it cannot come any more.
#include <array>
#include <functional>
#include <vector>

#include "bms/language/protocol.h"
#include "bms/language/requests.h"
#include "bms/language/unknown_bits.h"

namespace bmsd::bms::modbus {

enum class Function : std::uint8_t { read_coils = 1, read_holding = 3, read_input = 4 };

/// A run of registers, or of coils.
struct Block {
    std::uint16_t start, count;
    Function function = Function::read_holding;

    /// Bytes of data a reply carries.
    constexpr std::size_t size() const { return function == Function::read_coils ? (count + 7U) / 8 : 2U * count; }
    /// Whether a reply to `other` could pass for one to this.
    constexpr bool alike(const Block& other) const { return function == other.function && size() == other.size(); }
    constexpr bool operator==(const Block&) const = default;
};

inline constexpr std::size_t request_size = 8;
std::array<std::uint8_t, request_size> request(std::uint8_t address, const Block& block);

/// How many bytes stand before the first that may begin the answer to `block`; all of them when none does.
std::size_t noise_before(ByteView bytes, std::uint8_t address, const Block& block);

/// How many bytes there are when the answer to `block` is whole, noise included, as far as known.
std::size_t reply_length(ByteView so_far, std::uint8_t address, const Block& block);

/// Every check of a reply without noise, each with its own reason; gives the data.
Reply<ByteView> open(ByteView reply, std::uint8_t address, const Block& block);

struct Timing {
    Duration first;  // to the first byte
    Duration rest;   // from there to the last one
    Duration gap;    // silence before a request
    int tries = 1;   // of a request
};

/// Bits of a status word that nobody knows: told in the log when they change.
struct UnknownWord {
    std::size_t offset;
    Wire wire;
    std::uint64_t known;    // the bits that somebody knows
    std::string_view name;  // for the log
};

/// A request of a device: what is asked for, what the data carry.
struct Row : Request {
    Block block;
    Layout layout = {};
    int tries = 0;                                             // 0: those of the timing
    std::uint16_t (*count)(const Reading& reading) = nullptr;  // how many registers of the block are asked for; all
    std::span<const UnknownWord> unknown = {};
};

/// Row::count of rows with a register for each cell.
std::uint16_t registers_for_cells(const Reading& reading);

/// The data of the whole block.
Bytes fill(const Row& row, const Reading& reading);

/// Layout::take of rows with the voltage: refused when it is one that no battery has.
Reply<void> take_plausible(ByteView data, Reading& reading);

/// What a Modbus reply does not say; for Entry::alike.
inline constexpr std::string_view no_register_in_reply = "a Modbus reply does not name its registers";

/// What a protocol does with the data of a row beside its tables.
using Take = std::function<Reply<void>(ByteView data)>;

/// The host's end of the line to one device, with the memory of what it answers.
class Host {
  public:
    /// `apart`: rows that every device of the type answers, of two different lengths at least.
    Host(std::uint8_t address, const Timing& timing, std::span<const Row> apart = {})
        : timing_(timing), apart_(apart), address_(address)
    {
    }

    std::uint8_t address() const { return address_; }
    /// Rows in their order, those that are due; each has its need (requests.h). They must outlive the host.
    Task<Reply<void>> read(Channel& channel, std::span<const Row> rows, Reading& reading);
    Task<Reply<void>> read(Channel& channel, const Row& row, Reading& reading, Take then = nullptr);
    /// The data of a block that is no row; always needed.
    Task<Reply<void>> read(Channel& channel, Block block, Take take);

    /// As if the device had not been asked anything yet.
    void anew() { requests_.anew(); }
    bool any_due(std::span<const Row> rows, Instant now) { return requests_.any_due(rows, now); }
    /// Whether the device answered `row` when it was asked last.
    bool answers(const Row& row) const { return requests_.answers(row); }

  private:
    Task<Reply<void>> ask_row(Channel& channel, const Row& row, Reading& reading, const Take& then);
    Task<Reply<void>> keep_apart(Channel& channel, Block block);
    Task<Reply<void>> exchange(Channel& channel, Block block, const Take& take, int tries);
    Reply<void> judge(Channel& channel, ByteView reply, const Block& block, const Take& take);
    void note_unknown(const Row& row, ByteView data);

    Timing timing_;
    std::span<const Row> apart_;
    std::uint8_t address_;
    Block asked_{};                // last
    bool heard_ = false;           // it answered at least once
    std::optional<Instant> late_;  // a reply may still come since then
    Requests requests_;
    std::vector<std::pair<const UnknownWord*, UnknownBits>> unknown_;
};

/// The device's end. A request for any part of a block it has is answered, another one is refused as Modbus asks for
/// (code 01: function, 02: registers); damaged requests and those to other addresses stay unanswered.
class ModbusDevice : public Device {
  public:
    /// `rows` must outlive the device.
    ModbusDevice(Reading& truth, std::uint8_t address, std::span<const Row> rows)
        : truth_(truth), address_(address), rows_(rows)
    {
    }
    std::size_t receive(ByteView input, Bytes& reply) final;

  protected:
    /// What can be read at `address`; empty: nobody is there.
    virtual std::span<const Row> rows(std::uint8_t address) const;
    /// The data of a whole block as it is now.
    virtual Bytes content(std::uint8_t address, const Row& row) const;

    const Reading& truth() const { return truth_; }

  private:
    void answer(std::uint8_t address, const Block& wanted, Bytes& reply) const;

    Reading& truth_;
    std::uint8_t address_;
    std::span<const Row> rows_;
};

/// Entry::device of types with one table of rows.
template <const auto& rows>
std::unique_ptr<Device> device(Reading& truth, const Line& line)
{
    return std::make_unique<ModbusDevice>(truth, line.address, rows);
}

}  // namespace bmsd::bms::modbus
