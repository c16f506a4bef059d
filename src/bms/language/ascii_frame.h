#pragma once
// The frames of YD/T 1363, spoken by Pace, Seplos, Daren485 and KS48100: hexadecimal text from a start character to CR,
// two characters a byte, in both directions the same.
//
//   start | VER 1 | ADR 1 | CID1 1 | CID2 (request) or RTN (reply) 1 | LENGTH 2 | INFO | CHKSUM 2 | CR
//
// LENGTH: the low 12 bits count the characters of INFO, the top digit makes the sum of the four digits 0 modulo 16.
// CHKSUM: two's complement of the 16-bit sum of the characters from VER to the end of INFO.
#include <array>
#include <functional>
#include <set>

#include "bms/language/field.h"
#include "bms/language/protocol.h"

namespace bmsd::bms::ascii {

/// How one type uses the family.
struct Dialect {
    std::uint8_t start;                  // first character of a request
    std::uint8_t version;                // VER, both ways
    std::string_view reply_starts;       // any of these begins a reply; the device side uses the first
    std::array<std::uint8_t, 2> groups;  // CID1 of its requests
    bool group_repeated = true;          // the reply carries the CID1 of its request
    bool own_address_for_0 = false;      // a battery asked at address 0 may answer with its own address
};

struct Frame {
    std::uint8_t version = 0, address = 0;
    std::uint8_t group = 0;  // CID1
    std::uint8_t code = 0;   // CID2 or RTN
    Bytes info = {};         // decoded
};

/// RTN of a reply.
enum ReturnCode : std::uint8_t { good = 0x00, unknown_command = 0x04, wrong_data = 0x06 };

/// The whole text, upper case.
Bytes build(std::uint8_t start, const Frame& frame);

/// Where a text is in what came: from its start character to its CR, or to where LENGTH says it ends.
struct Extent {
    std::size_t begin, end;  // an end behind the stream = so many bytes are needed to tell more
};
/// Noise before a start character is skipped. No text has a second one, so what broke off before it is skipped, too.
Extent find_text(ByteView stream, std::string_view starts);

/// Checks all that a frame tells about itself: start, end, characters, LENGTH and CHKSUM.
Reply<Frame> open(ByteView text, std::string_view starts);

/// A command of a device.
struct Service {
    std::uint8_t group, code;  // CID1, CID2
    std::size_t least = 0;     // bytes of INFO a reply needs
    Duration first = std::chrono::seconds(1);
};

/// What else the INFO of a reply must keep to.
using Check = std::function<Reply<void>(ByteView info)>;

/// The host's end of the line to one battery.
class Host {
  public:
    Host(const Dialect& dialect, std::uint8_t address) : dialect_(dialect), address_(address) {}

    std::uint8_t address() const { return address_; }
    /// Another battery may stand at the address from now on.
    void forget() { answers_as_.reset(); }
    /// Asks up to `tries` times until a reply of this battery passes every check; gives its INFO.
    Task<Reply<Bytes>> ask(Channel& channel, Service service, Bytes info, Check check = {}, int tries = 1);
    /// The same, with a `take` that checks the INFO and fills the telemetry out of it.
    Task<Reply<void>> read(Channel& channel, Service service, Bytes info, Reply<void> (*take)(ByteView, Telemetry&),
                           Telemetry& telemetry, int tries = 1);

  private:
    /// The addresses asked on one port: none of them answers for address 0.
    using Asked = std::set<std::uint8_t>;
    Reply<Bytes> take(ByteView text, const Service& service, const Check& check, const Asked& asked);
    bool is_mine(std::uint8_t answered, const Asked& asked) const;

    Dialect dialect_;
    std::uint8_t address_;
    std::optional<std::uint8_t> answers_as_;  // since forget()
};

/// The device's end: damaged requests and those to others stay unanswered.
class AsciiDevice : public Device {
  public:
    AsciiDevice(const Dialect& dialect, std::uint8_t address) : dialect_(dialect), address_(address) {}
    std::size_t receive(ByteView input, Bytes& reply) final;

  protected:
    /// INFO of a good reply, or the return code of a refusal.
    using Answer = std::expected<Bytes, ReturnCode>;
    virtual Answer answer(const Frame& request) = 0;
    std::uint8_t address() const { return address_; }

  private:
    void answer_text(ByteView text, Bytes& reply);

    Dialect dialect_;
    std::uint8_t address_;
};

/// How an INFO with lists is built: at `at` the number of cells, then `size` bytes for each, `between` bytes of other
/// content, the number of sensors, `size` bytes for each, and at least `rest` bytes.
struct Shape {
    std::size_t at, size, between;
    std::size_t most_cells;
    std::size_t least_sensors, most_sensors;
    std::size_t rest;
};

struct Counted {
    std::size_t cells, sensors;
    std::size_t sensors_at;  // the first one
    std::size_t end;         // what follows the last one
};

/// Refused when a number is outside the shape's limits or the INFO too short for it.
Reply<Counted> count(ByteView info, const Shape& shape);

/// The counted positions of an INFO that is yet to be filled; its size is `end` + the shape's `rest`.
Counted counted(const Shape& shape, std::size_t cells, std::size_t sensors);

/// A new INFO with both numbers in their places, else zero; `more` bytes longer than it must be.
Bytes blank(const Shape& shape, const Counted& counted, std::size_t more = 0);

/// Whether all are codes of a cell or sensor: 0 normal, 1 low, 2 high, from 80 on other. The high byte of a voltage is
/// none, so a late reply with voltages is not taken for one with codes.
bool are_codes(ByteView bytes);

/// The number of sensors that makes room for everything of `sensors` that is there: 1 + the last one.
std::size_t sensors_needed(std::span<const Field> sensors, const Telemetry& telemetry);

}  // namespace bmsd::bms::ascii
